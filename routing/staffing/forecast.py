"""How many calls each half hour of a day will bring, from comparable days of the past (pure).

Comparable are, in this order, as soon as three of them were seen in that half hour: the same weekday of the same kind
(working, off, holiday); any day of the same kind; any day at all. Of these the median counts, so that one storm or one
outage does not move the forecast. A half hour that was seen on no day lies between its neighbours.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import fmean, median

from core.clock import LOCAL
from routing.staffing.history import HalfHour

SLOTS = 48
_ENOUGH = 3
_MOST_SAME_WEEKDAY = 8
_MOST_SAME_KIND = 20
_ENOUGH_HANDLED = 20
_ENOUGH_ABANDONED = 20

KindOf = Callable[[date], str]
"""Day → what kind it is for the demand, e.g. 工作日, 休息日, 节假日."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one half hour."""

    starts_at: datetime
    calls: float
    handle_seconds: float
    basis: str
    """What it rests on, for people."""


@dataclass(frozen=True, slots=True)
class _Past:
    """History of the days before the one that is forecast, newest first."""

    slots: dict[int, list[tuple[date, HalfHour]]]
    kind_of: KindOf

    def seen(self, slot: int, wanted: Callable[[date], bool], most: int) -> list[HalfHour]:
        return [half_hour for day, half_hour in self.slots[slot] if wanted(day)][:most]


def forecast(history: Iterable[HalfHour], day: date, kind_of: KindOf, default_handle_seconds: float) -> list[Expected]:
    """Return what each half hour of `day` will bring, in order; empty when there is no history at all.

    Args:
        history: half hours that were seen; those of `day` and later are not looked at.
        day: civil date.
        kind_of: tells working days, days off and holidays apart.
        default_handle_seconds: handle time while too few talks were seen.
    """
    past = _past(history, day, kind_of)
    if not past.slots:
        return []
    drafts = [_draft(past, day, slot) for slot in range(SLOTS)]
    known = {slot: draft.calls for slot, draft in enumerate(drafts) if draft.calls is not None}
    handle = _handle_of([one for draft in drafts for one in draft.seen], default_handle_seconds)
    midnight = datetime.combine(day, time(), LOCAL)
    return [
        _expected(midnight + slot * timedelta(minutes=30), draft, _between(known, slot), handle)
        for slot, draft in enumerate(drafts)
    ]


def _expected(starts_at: datetime, draft: "_Draft", between: float, handle: tuple[float, str]) -> Expected:
    own = _handle_of(draft.seen, 0.0)
    seconds, words = own if own[0] else handle
    calls, basis = (between, "无同时段历史,取相邻时段") if draft.calls is None else (draft.calls, draft.basis)
    return Expected(starts_at, calls, seconds, f"{basis};{words}")


def patience(history: Sequence[HalfHour]) -> float | None:
    """Return the mean patience in seconds, as the waiting of all callers ÷ those who gave up; None: too few gave up.

    It is the likeliest value when patience is exponential, callers who were answered count as having waited on.
    """
    abandoned = sum(one.abandoned for one in history)
    waited = sum(one.wait_seconds for one in history)
    return waited / abandoned if abandoned >= _ENOUGH_ABANDONED and waited > 0 else None


@dataclass(frozen=True, slots=True)
class _Draft:
    """What one half hour was on comparable days; `calls` None: seen on none."""

    calls: float | None
    seen: list[HalfHour]
    basis: str


def _past(history: Iterable[HalfHour], day: date, kind_of: KindOf) -> _Past:
    slots: dict[int, list[tuple[date, HalfHour]]] = defaultdict(list)
    for one in history:
        local = one.starts_at.astimezone(LOCAL)
        if local.date() < day:
            slots[local.hour * 2 + local.minute // 30].append((local.date(), one))
    for seen in slots.values():
        seen.sort(key=lambda entry: entry[0], reverse=True)
    return _Past(slots, kind_of)


def _draft(past: _Past, day: date, slot: int) -> _Draft:
    kind, weekday = past.kind_of(day), day.weekday()
    tiers = (
        (
            f"近{{}}个同星期的{kind}",
            lambda d: d.weekday() == weekday and past.kind_of(d) == kind,
            _MOST_SAME_WEEKDAY,
        ),
        (f"近{{}}个{kind}", lambda d: past.kind_of(d) == kind, _MOST_SAME_KIND),
        ("近{}天(不分日期类型)", lambda _: True, _MOST_SAME_KIND),
    )
    best: tuple[list[HalfHour], str] = ([], "")
    for words, wanted, most in tiers:
        seen = past.seen(slot, wanted, most)
        if len(seen) > len(best[0]):
            best = (seen, words)
        if len(seen) >= _ENOUGH:
            break
    seen, words = best
    if not seen:
        return _Draft(None, [], "")
    counts = [one.calls for one in seen]
    value = median(counts) if len(counts) >= _ENOUGH else fmean(counts)
    return _Draft(float(value), seen, f"{words.format(len(seen))}{'中位数' if len(counts) >= _ENOUGH else '平均'}")


def _handle_of(seen: Sequence[HalfHour], default: float) -> tuple[float, str]:
    handled = sum(one.handled for one in seen)
    if handled < _ENOUGH_HANDLED:
        return default, f"平均处理时长取设定值{default:.0f}秒"
    return sum(one.handle_seconds for one in seen) / handled, f"平均处理时长来自{handled}通"


def _between(known: dict[int, float], slot: int) -> float:
    """The value of a slot on the line between its nearest neighbours; at the ends that of the one there is."""
    before = max((one for one in known if one <= slot), default=min(known))
    after = min((one for one in known if one >= slot), default=max(known))
    share = (slot - before) / (after - before) if after > before else 0.0
    return known[before] * (1 - share) + known[after] * share
