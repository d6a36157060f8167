"""Opening hours as text: `1-5 08:30-17:30; 6 09:00-12:00` (1 = Monday … 7); empty: always open (pure).

A public holiday counts as a Sunday, a weekend day worked in exchange (调休) as a Monday.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from core.clock import LOCAL
from core.errors import InvalidInput

_DAYS = re.compile(r"([1-7])(?:-([1-7]))?")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)|([01]\d|2[0-3]):([0-5]\d)-24:00")

_MONDAY, _SATURDAY, _SUNDAY = 1, 6, 7

WorkingDays = Callable[[date], bool]
"""Tells whether a day is worked."""


def weekdays_work(day: date) -> bool:
    """Tell whether a day is worked where no calendar is known: Monday to Friday."""
    return day.isoweekday() < _SATURDAY


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody answers."""

    text: str
    spans: tuple[tuple[int, time, time | None], ...]
    """Weekday (1 = Monday), from, until (None: end of the day)."""

    def are_open(self, at: datetime, works: WorkingDays = weekdays_work) -> bool:
        """Tell whether an instant lies in the hours (local time of the hotline)."""
        if not self.spans:
            return True
        local = at.astimezone(LOCAL)
        weekday, working = local.isoweekday(), works(local.date())
        if working is not (weekday < _SATURDAY):
            weekday = _MONDAY if working else _SUNDAY
        return any(
            day == weekday and start <= local.time() and (end is None or local.time() < end)
            for day, start, end in self.spans
        )


def parse(text: str) -> Hours:
    """Read opening hours.

    Raises:
        InvalidInput: they cannot be read; says which piece.
    """
    spans: list[tuple[int, time, time | None]] = []
    for piece in filter(None, (part.strip() for part in text.split(";"))):
        days, *times = piece.split()
        found = _DAYS.fullmatch(days)
        if found is None or not times:
            raise InvalidInput("hours", f"无法识别「{piece}」,格式如 1-5 08:30-17:30; 6 09:00-12:00")
        first, last = int(found[1]), int(found[2] or found[1])
        for one in times:
            start, end = _span(one)
            spans += [(day, start, end) for day in range(first, last + 1)]
    return Hours(text.strip(), tuple(spans))


def _span(text: str) -> tuple[time, time | None]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise InvalidInput("hours", f"无法识别时间「{text}」,格式如 08:30-17:30")
    if found[5]:
        return time(int(found[5]), int(found[6])), None
    start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if end <= start:
        raise InvalidInput("hours", f"「{text}」的结束时间须晚于开始时间")
    return start, end
