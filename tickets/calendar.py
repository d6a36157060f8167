"""Working days of the official State Council calendar, adjusted working days (调休) included.

Years that are not yet published are told as such: a count that touches them is provisional (AMB-10).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import chinese_calendar

WEEKDAYS = "一二三四五六日"
_SATURDAY = 5


class DayKind(StrEnum):
    """What kind of day it is."""

    WORKING = "working"
    ADJUSTED = "adjusted"
    """A weekend day worked in exchange for a holiday: a full working day."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    """A weekday or weekend day that is off for a holiday."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; `official` is False where the year is not published."""

    day: date
    kind: DayKind
    name: str
    official: bool

    @property
    def works(self) -> bool:
        """Whether units work."""
        return self.kind in (DayKind.WORKING, DayKind.ADJUSTED)


class WorkingCalendar:
    """The official calendar with the administrator's table on top.

    Args:
        last_official: last published day; None: as far as the installed chinesecalendar knows.
        overrides: day → (works, reason), e.g. a local holiday; they count as official.
        published: years whose arrangement stands wholly in `overrides`: their other days are Monday–Friday, officially.
    """

    def __init__(
        self,
        last_official: date | None = None,
        overrides: Mapping[date, tuple[bool, str]] | None = None,
        published: Collection[int] = (),
    ) -> None:
        known = chinese_calendar.constants.holidays.keys() | chinese_calendar.constants.workdays.keys()
        years = {day.year for day in known}
        self.first_official = date(min(years), 1, 1)
        package_end = date(max(years), 12, 31)
        self.last_official = min(last_official, package_end) if last_official else package_end
        self._overrides = dict(overrides or {})
        self._published = frozenset(published)

    def day(self, day: date) -> Day:
        """Tell what `day` is; outside the published years a guess from Monday–Friday with `official` False."""
        if day in self._overrides:
            works, reason = self._overrides[day]
            return Day(day, _kind(works=works, day=day, named=True), reason, official=True)
        if not self.first_official <= day <= self.last_official:
            official = day.year in self._published
            return Day(day, _kind(works=day.weekday() < _SATURDAY, day=day, named=False), "", official=official)
        works = chinese_calendar.is_workday(day)
        name = _holiday_name(day)
        return Day(day, _kind(works=works, day=day, named=bool(name)), name, official=True)


def _kind(*, works: bool, day: date, named: bool) -> DayKind:
    weekend = day.weekday() >= _SATURDAY
    if works:
        return DayKind.ADJUSTED if weekend else DayKind.WORKING
    return DayKind.HOLIDAY if named or not weekend else DayKind.WEEKEND


def _holiday_name(day: date) -> str:
    constants = chinese_calendar.constants
    english = constants.holidays.get(day) or constants.workdays.get(day) or constants.in_lieu_days.get(day)
    if english is None:
        return ""
    return next((holiday.chinese for holiday in chinese_calendar.Holiday if holiday.value == english), "")
