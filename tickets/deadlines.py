"""Counting periods, and saying in words how they were counted. Pure.

The day of the starting event is day 0 at whatever hour (AMB-01, Civil Code 201); the last day ends at close of
business (AMB-02, Civil Code 203). Nothing pauses a clock (AMB-44).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.clock import LOCAL
from tickets.calendar import WEEKDAYS, Day, DayKind, WorkingCalendar
from tickets.profile_values import Basis, BusinessHours, Limit, LimitUnit

_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Due:
    """An instant computed by rule, with its clause, basis and counting.

    Attributes:
        at: aware UTC; an act exactly then is in time.
        counting: lines for people, in Chinese.
        provisional: a year that is not yet published was touched; to be computed again (AMB-10).
    """

    at: datetime
    clause: str
    basis: Basis
    counting: tuple[str, ...]
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A calendar and the business hours kept on its working days."""

    calendar: WorkingCalendar
    hours: BusinessHours

    def end_of(self, day: date) -> datetime:
        """Return the instant (aware UTC) at which working day `day` ends."""
        if self.hours.day_end == "midnight":
            return _instant(day + _DAY, _MIDNIGHT)
        return _instant(day, self.hours.sessions(day)[-1][1])

    def works_at(self, instant: datetime) -> bool:
        """Tell whether `instant` (aware) lies in business hours of a working day."""
        local = _local(instant)
        sessions = self.hours.sessions(local.date()) if self.calendar.day(local.date()).works else ()
        return any(begins <= local.time() < ends for begins, ends in sessions)


def due_after(limit: Limit, start: datetime, time_of: WorkingTime) -> Due:
    """Return when the period `limit` that starts at `start` (aware) ends."""
    counters = {
        LimitUnit.WORKING_DAYS: _working_days,
        LimitUnit.WORKING_HOURS: _working_hours,
        LimitUnit.NATURAL_HOURS: _natural,
        LimitUnit.NATURAL_MINUTES: _natural,
        LimitUnit.SAME_DAY: _same_day,
        LimitUnit.CALENDAR_YEARS: _calendar_years,
    }
    return counters[limit.unit](limit, start, time_of)


def extended(original: Due, days: int, clause: str, basis: Basis, time_of: WorkingTime) -> Due:
    """Return the deadline `days` working days after `original`, whose day is day 0 (AMB-13)."""
    base = _local(original.at).date()
    last, lines, provisional = _count_days(base, days, time_of.calendar)
    counting = (*original.counting, f"延期{days}个工作日,原期限届满日为第0日:{_named(base)}", *lines)
    at = time_of.end_of(last)
    both = original.clause if original.clause.endswith(clause) else f"{original.clause}+{clause}"
    return Due(at, both, basis, (*counting, _end_line(at)), provisional or original.provisional)


def before(due: Due, limit: Limit, time_of: WorkingTime) -> datetime:
    """Return the instant `limit.amount` working days before `due`: the close of the working day counted back to."""
    day = _local(due.at - timedelta(microseconds=1)).date()
    left = limit.amount
    while left:
        day -= _DAY
        left -= time_of.calendar.day(day).works
    return time_of.end_of(day)


def half_day_before(due: Due, time_of: WorkingTime) -> datetime:
    """Return the last instant one business session before `due` (AMB-14): the end of the session before the last."""
    sessions = [(_local(due.at).date(), session) for session in time_of.hours.sessions(_local(due.at).date())]
    ends = [_instant(day, session[1]) for day, session in sessions if _instant(day, session[1]) < due.at]
    return ends[-1] if ends else before(due, _one_day(), time_of)


def _one_day() -> Limit:
    return Limit.model_validate(
        {"amount": 1, "unit": "working_days", "start": "due", "clause": "AMB-14", "basis": "reading"}
    )


def _working_days(limit: Limit, start: datetime, time_of: WorkingTime) -> Due:
    first = _local(start).date()
    last, lines, provisional = _count_days(first, limit.amount, time_of.calendar)
    at = time_of.end_of(last)
    counting = (f"起算日(第0日,当日不计入)= {_named(first)}", *lines, _end_line(at))
    return Due(at, limit.clause, limit.basis, counting, provisional)


def _count_days(day_zero: date, days: int, calendar: WorkingCalendar) -> tuple[date, list[str], bool]:
    lines: list[str] = []
    skipped: list[Day] = []
    day, counted, provisional = day_zero, 0, False
    while counted < days:
        day += _DAY
        kind = calendar.day(day)
        if not kind.official and not provisional:
            provisional = True
            lines.append(f"{day.year}年放假安排尚未公布,暂按周一至周五计,公布后重新计算")
        if not kind.works:
            skipped.append(kind)
            continue
        if skipped:
            lines.append(_skip_line(skipped))
            skipped = []
        counted += 1
        lines.append(f"第{counted}个工作日 = {_named(day, adjusted=kind.kind is DayKind.ADJUSTED)}")
    return day, lines, provisional


def _working_hours(limit: Limit, start: datetime, time_of: WorkingTime) -> Due:
    left = timedelta(hours=limit.amount)
    lines = [f"起算 = {_moment(start)},只计工作时间"]
    for opens, closes in _sessions_from(start, time_of):
        begin = max(opens, start)
        spent = min(left, closes - begin)
        left -= spent
        lines.append(f"{_moment(begin)} 至 {_local(begin + spent):%H:%M},计{int(spent.total_seconds() // 60)}分钟")
        if not left:
            at = begin + spent
            last = _local(at - timedelta(microseconds=1)).date()
            provisional = not (
                time_of.calendar.day(last).official and time_of.calendar.day(_local(start).date()).official
            )
            return Due(at, limit.clause, limit.basis, (*lines, _end_line(at)), provisional)
    raise AssertionError("business sessions never end")


def _sessions_from(start: datetime, time_of: WorkingTime) -> Iterator[tuple[datetime, datetime]]:
    day = _local(start).date()
    while True:
        if time_of.calendar.day(day).works:
            for opens, closes in time_of.hours.sessions(day):
                if _instant(day, closes) > start:
                    yield _instant(day, opens), _instant(day, closes)
        day += _DAY


def _natural(limit: Limit, start: datetime, time_of: WorkingTime) -> Due:
    del time_of
    in_hours = limit.unit is LimitUnit.NATURAL_HOURS
    at = start.astimezone(UTC) + (timedelta(hours=limit.amount) if in_hours else timedelta(minutes=limit.amount))
    words = f"{limit.amount}{'小时' if in_hours else '分钟'}"
    counting = (f"起算 = {_moment(start)}", f"自然时间{words},昼夜及节假日连续计算", _end_line(at))
    return Due(at, limit.clause, limit.basis, counting)


def _same_day(limit: Limit, start: datetime, time_of: WorkingTime) -> Due:
    del time_of
    day = _local(start).date()
    at = _instant(day + _DAY, _MIDNIGHT)
    return Due(at, limit.clause, limit.basis, (f"当天 = {_named(day)},至24:00",))


def _calendar_years(limit: Limit, start: datetime, time_of: WorkingTime) -> Due:
    del time_of
    first = _local(start).date()
    last = add_years(first, limit.amount)
    counting = (f"自{first:%Y-%m-%d}起满{limit.amount}年,保存至{last:%Y-%m-%d}当日", "次日0时起方可处理")
    return Due(_instant(last + _DAY, _MIDNIGHT), limit.clause, limit.basis, counting)


def midnight(day: date) -> datetime:
    """Return the instant (aware UTC) at which local day `day` begins."""
    return _instant(day, _MIDNIGHT)


def add_years(day: date, years: int) -> date:
    """Return the corresponding day `years` later; 29 February gives 28 February (Civil Code 202)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(LOCAL)


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LOCAL).astimezone(UTC)


def _named(day: date, *, adjusted: bool = False) -> str:
    return f"{day:%Y-%m-%d}(周{WEEKDAYS[day.weekday()]}{',调休上班' if adjusted else ''})"


def _moment(instant: datetime) -> str:
    local = _local(instant)
    return f"{_named(local.date())} {local:%H:%M}"


def _end_line(at: datetime) -> str:
    return f"届满 = {_moment(at)}"


def _skip_line(days: list[Day]) -> str:
    names = list(dict.fromkeys(day.name for day in days if day.kind is DayKind.HOLIDAY and day.name))
    first, last = days[0].day, days[-1].day
    span = f"{first:%m-%d}" if first == last else f"{first:%m-%d}至{last:%m-%d}"
    return f"跳过 {span}({'、'.join(names) + '放假' if names else '周末'})"


def worked_between(start: datetime, end: datetime, time_of: WorkingTime) -> timedelta:
    """Return the working time in [start, end) (平均处理时间, profiles §15)."""
    spent = timedelta()
    for opens, closes in _sessions_from(start, time_of):
        if opens >= end:
            return spent
        spent += max(min(closes, end) - max(opens, start), timedelta())
    raise AssertionError("business sessions never end")
