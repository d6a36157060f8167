"""Periods: which reports fall due, and in which month a ticket is assessed. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time

from core.clock import LOCAL
from tickets.profile import Profile

_JANUARY, _QUARTER = 1, 3
_LAST_MONTH = 12


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a closed ticket is assessed: month `YYYY-MM`, year, and the month in which the result is published."""

    month: str
    year: int
    published_in: str


def counted_in(closed_at: datetime) -> Counted:
    """Return the period of a ticket closed at `closed_at`: its closing decides (JS-21b, AMB-39)."""
    day = closed_at.astimezone(LOCAL).date()
    after = date(day.year + day.month // _LAST_MONTH, day.month % _LAST_MONTH + 1, 1)
    return Counted(f"{day:%Y-%m}", day.year, f"{after:%Y-%m}")


def reports_due(profile: Profile, at: datetime, *, public_emergency: bool = False) -> tuple[str, ...]:
    """Return the reports that fall due at this instant: at 00:00 of the first day after their period.

    In a public emergency the daily report takes the place of the others, where the profile orders one (JS-19c).
    """
    local = at.astimezone(LOCAL)
    if local.time() != time(0):
        return ()
    rule, day = profile.reports, local.date()
    if public_emergency and rule.daily_in_emergency:
        return ("daily",)
    first = day.day == 1
    begins = {
        "weekly": day.weekday() == 0,
        "monthly": first,
        "quarterly": first and day.month % _QUARTER == 1,
        "annual": first and day.month == _JANUARY,
    }
    return tuple(cadence for cadence, due in begins.items() if due and cadence in rule.cadences)
