"""Opening hours that cannot be. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from routing.plan.document import Plan, QueueRules
from routing.plan.hours import minutes_of
from routing.plan.problem import Path, Problem

_DAY_NAMES = {"mon": "周一", "tue": "周二", "wed": "周三", "thu": "周四", "fri": "周五", "sat": "周六", "sun": "周日"}


def problems(plan: Plan) -> Iterator[Problem]:
    """Yield what is impossible in the hours of queues and on special days."""
    for n, queue in enumerate(plan.queues):
        yield from _of_queue(("queues", n), queue)
    seen: set[tuple[date, str]] = set()
    for n, special in enumerate(plan.special_days):
        spans = [(("special_days", n, "open", m), begin, end) for m, (begin, end) in enumerate(special.open)]
        yield from _inverted(spans)
        yield from _overlapping(spans, special.day.isoformat())
        for name in special.queues or ("",):
            if (special.day, name) in seen:
                yield Problem(("special_days", n, "day"), f"{special.day} 写了两次", "合并为一处")
            seen.add((special.day, name))


def _of_queue(path: Path, queue: QueueRules) -> Iterator[Problem]:
    spans = [((*path, "hours", m), one.from_, one.to) for m, one in enumerate(queue.hours)]
    yield from _inverted(spans)
    for day, name in _DAY_NAMES.items():
        of_day = [span for span, opening in zip(spans, queue.hours, strict=True) if day in opening.days]
        yield from _overlapping(of_day, name)
    for m, opening in enumerate(queue.hours):
        if len(set(opening.days)) < len(opening.days):
            yield Problem((*path, "hours", m, "days"), "同一天写了两次", "删去重复的星期")
    if queue.hours and queue.closed is None:
        yield Problem((*path, "hours"), "有开放时间,但没有说明非开放时间如何处理", "加上 [queues.closed]")
    if queue.closed is not None and not queue.hours:
        yield Problem((*path, "closed"), "全天开放的队列不会关闭", "加上 [[queues.hours]] 或删除 [queues.closed]")


Spans = Sequence[tuple[Path, str, str]]


def _inverted(spans: Spans) -> Iterator[Problem]:
    for path, begin, end in spans:
        if minutes_of(begin) >= minutes_of(end):
            yield Problem(path, f"开放时间不可能:{begin} 不早于 {end}", "跨夜的时段拆成两段,写到 24:00 为止")


def _overlapping(spans: Spans, day: str) -> Iterator[Problem]:
    ordered = sorted(spans, key=lambda span: minutes_of(span[1]))
    for (_, begin, end), (path, second, last) in pairwise(ordered):
        if minutes_of(second) < minutes_of(end):
            yield Problem(path, f"{day} 的时段 {second}-{last} 与 {begin}-{end} 重叠", "合并或错开两个时段")
