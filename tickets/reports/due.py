"""Which reports fall due at a midnight, for which period, to whom. Pure; the cadences are `tickets.rules.periods`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.clock import LOCAL
from tickets.profile import Profile
from tickets.rules.periods import reports_due

_LENGTHS = {"quarterly": 3, "monthly": 1, "annual": 12}
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Due:
    """A report that falls due.

    Attributes:
        period: first and last day.
        by: centre, units.
    """

    title: str
    cadence: str
    contents: str
    period: tuple[date, date]
    due_at: datetime
    by: str
    to: tuple[str, ...]
    released_by: str
    clause: str
    basis: str


def due_at_midnight(profile: Profile, midnight: datetime, *, public_emergency: bool) -> list[Due]:
    """Return what falls due at a local midnight: the named reports, and the bulletins of its cadences."""
    rule = profile.reports
    found = []
    for cadence in reports_due(profile, midnight, public_emergency=public_emergency):
        period = period_before(cadence, midnight)
        titles = ("每日报告",) if cadence == "daily" else rule.kinds
        found += [
            Due(title, cadence, _CONTENTS.get(title, "hot"), period, midnight, "centre", rule.to,
                rule.released_by.value, rule.clause, rule.basis)
            for title in titles
        ]  # fmt: skip
    # a bulletin has a cadence of its own, whatever the reports have
    every = profile.model_copy(
        update={"reports": rule.model_copy(update={"cadences": tuple(_EVERY), "daily_in_emergency": False})}
    )
    for cadence in reports_due(every, midnight):
        found += [
            Due(one.title, cadence, one.contents, period_before(cadence, midnight), midnight, one.by, one.to,
                one.released_by or rule.released_by.value, one.clause, one.basis)
            for one in rule.bulletins if cadence in one.cadences
        ]  # fmt: skip
    return found


_CONTENTS = {"分析专报": "analysis"}
_EVERY: Sequence[str] = ("weekly", "monthly", "quarterly", "annual")


def period_before(cadence: str, midnight: datetime) -> tuple[date, date]:
    """Return first and last day of the period that ends at a local midnight."""
    end = midnight.astimezone(LOCAL).date()
    last = end - timedelta(days=1)
    if cadence == "daily":
        return last, last
    if cadence == "weekly":
        return end - timedelta(days=7), last
    months = end.year * _MONTHS + end.month - 1 - _LENGTHS[cadence]
    return date(months // _MONTHS, months % _MONTHS + 1, 1), last


def midnights(after: datetime, until: datetime) -> list[datetime]:
    """Return the local midnights in (after, until], oldest first."""
    day = after.astimezone(LOCAL).date() + timedelta(days=1)
    found = []
    while (midnight := datetime.combine(day, time(0), LOCAL)) <= until:
        found.append(midnight)
        day += timedelta(days=1)
    return found
