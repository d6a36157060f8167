"""The administrator's table on top of the official calendar: a TOML file, read again when it changes.

[year.2027]                     # the State Council's notice for a year the product does not know yet
off = ["2027-01-01..2027-01-03"]
work = ["2027-01-09"]

[[day]]                         # a single day, e.g. a local closure
date = "2026-07-15"
works = false
reason = "台风停工"
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import PartUnavailable
from tickets.calendar import Day, WorkingCalendar

_LONGEST_SPAN = 31


class _Year(BaseModel):
    model_config = ConfigDict(extra="forbid")

    off: tuple[str, ...] = ()
    work: tuple[str, ...] = ()


class _Single(BaseModel):
    model_config = ConfigDict(extra="forbid")

    date: date
    works: bool
    reason: str = Field(min_length=1, max_length=60)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    year: dict[int, _Year] = Field(default_factory=dict)
    day: tuple[_Single, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarTable:
    """What the administrator has entered: days with reason, and the years that are entered wholly."""

    days: dict[date, tuple[bool, str]] = field(default_factory=dict)
    years: frozenset[int] = frozenset()


def read_table(path: Path) -> CalendarTable:
    """Read the table; a missing file is an empty one.

    Raises:
        PartUnavailable: it cannot be read; the message names file, place and reason.
    """
    try:
        return _table(_File.model_validate(tomllib.loads(path.read_text("utf-8"))))
    except FileNotFoundError:
        return CalendarTable()
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _wrong(path, f"{place}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise _wrong(path, str(error)) from error


def _wrong(path: Path, reason: str) -> PartUnavailable:
    return PartUnavailable("calendar", f"{path.name}: {reason}", remedy=f"修改 {path}")


def _table(file: _File) -> CalendarTable:
    days: dict[date, tuple[bool, str]] = {}
    for year, arrangement in file.year.items():
        for works, spans, reason in ((False, arrangement.off, "法定节假日"), (True, arrangement.work, "调休上班")):
            for span in spans:
                for day in _days(span):
                    if day.year != year:
                        raise ValueError(f"year.{year}: {day} 不在该年")
                    if day in days:
                        raise ValueError(f"year.{year}: {day} 出现两次")
                    days[day] = (works, reason)
    return CalendarTable(days | {one.date: (one.works, one.reason) for one in file.day}, frozenset(file.year))


def _days(span: str) -> list[date]:
    first, _, last = span.partition("..")
    start = date.fromisoformat(first.strip())
    end = date.fromisoformat(last.strip()) if last else start
    length = (end - start).days + 1
    if not 1 <= length <= _LONGEST_SPAN:
        raise ValueError(f"{span}: 起止日期不合理")
    return [start + timedelta(days=number) for number in range(length)]


class FollowedCalendar(WorkingCalendar):
    """The official calendar with the administrator's table on top, read again when its file changes."""

    def __init__(self, path: Path, last_official: date | None = None) -> None:
        self._path = path
        self._limit = last_official
        self._stamp: tuple[int, int] | None = None
        super().__init__(last_official)
        self._follow()

    def day(self, day: date) -> Day:
        """Tell what `day` is by the table as it is now."""
        self._follow()
        return super().day(day)

    @property
    def stamp(self) -> tuple[Any, ...]:
        """Something that changes when the calendar does: deadlines are then computed again."""
        self._follow()
        return (self.last_official, self._stamp)

    def _follow(self) -> None:
        try:
            found = self._path.stat()
            stamp: tuple[int, int] | None = (found.st_mtime_ns, found.st_size)
        except FileNotFoundError:
            stamp = None
        if stamp != self._stamp:
            table = read_table(self._path)
            super().__init__(self._limit, table.days, table.years)
            self._stamp = stamp
