"""When a queue is open. Pure; the plan's times of day are those of Asia/Shanghai (no summer time since 1991)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.plan.document import Plan, QueueRules

_ZONE = ZoneInfo("Asia/Shanghai")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[datetime, datetime]


def is_open(plan: Plan, queue: str, now: datetime) -> bool:
    """Tell whether the queue takes calls at the instant; a queue without hours, or an unknown one, always does."""
    rules = plan.queue(queue)
    if rules is None or not rules.hours:
        return True
    return any(begin <= now < end for begin, end in spans_of(plan, rules, now.astimezone(_ZONE).date()))


def spans_of(plan: Plan, queue: QueueRules, day: date) -> list[Span]:
    """Return the spans in which the queue is open on a day: those of a special day, else those of the week."""
    special = next((one for one in plan.special_days if one.day == day and _concerns(one.queues, queue)), None)
    if special is not None:
        return [_span(day, begin, end) for begin, end in special.open]
    weekday = _DAYS[day.weekday()]
    return [_span(day, one.from_, one.to) for one in queue.hours if weekday in one.days]


def minutes_of(time_of_day: str) -> int:
    """Return minutes since midnight; `24:00` is 1440."""
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)


def _concerns(queues: tuple[str, ...], queue: QueueRules) -> bool:
    return not queues or queue.name in queues


def _span(day: date, begin: str, end: str) -> Span:
    midnight = datetime.combine(day, time(0), _ZONE)
    return midnight + timedelta(minutes=minutes_of(begin)), midnight + timedelta(minutes=minutes_of(end))
