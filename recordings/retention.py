"""How long a recording is kept: calendar years from the end of the recording, through the corresponding day.

YC-13.9b 「电话录音应至少保存 3 年」; 民法典 201, 202: a term of years ends on the corresponding day, or on the last day
of that month when there is none (29 February). It is kept through that day and may go on the next (AMB-31).
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.clock import LOCAL


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """The value of a regional profile, with where it comes from."""

    years: int
    clause: str
    """Clause id, e.g. ``YC-13.9b``."""
    basis: str
    """`regulation`, `reading` or `product default`."""


def keep_until(ended_at: datetime, rule: RetentionRule) -> date:
    """Return the last day (Asia/Shanghai) on which a recording that ended at `ended_at` must exist."""
    day = ended_at.astimezone(LOCAL).date()
    year = day.year + rule.years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def earliest_erasure(last_day: date) -> date:
    """Return the first day (Asia/Shanghai) on which it may be erased."""
    return last_day + timedelta(days=1)


def may_be_erased(last_day: date, now: datetime, *, held: bool) -> bool:
    """Tell whether a recording kept through `last_day` may be erased at `now`; a legal hold stops it."""
    return not held and now.astimezone(LOCAL).date() >= earliest_erasure(last_day)
