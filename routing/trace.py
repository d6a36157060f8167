"""The reason of a decision, as data and in words."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from routing.events import Candidate, DecisionTrace, Verdict
from routing.records import Call, Queue, Seat

_HELD_LOOKED_AT = 8
"""Agents held for a moment that a trace looks through: a bound on its cost."""


def trace_decision(call: Call, seat: Seat, held: Iterable[Seat], limit: int, now: datetime) -> DecisionTrace:
    """Return why `seat` gets `call`; taken before anything is changed.

    Args:
        call: the first in line of its queue.
        seat: the longest idle of its ready agents.
        held: agents passed over for a moment.
        limit: how many agents of each kind are named.
        now: the decision's instant.
    """
    queue = call.queue
    candidates = [Candidate(seat.id, Verdict.CHOSEN, (now - seat.idle_since).total_seconds())]
    if limit:
        candidates += [
            Candidate(place[2], Verdict.LESS_IDLE, (now - place[0]).total_seconds())
            for place in islice(queue.ready, 1, limit + 1)
        ]
        candidates += _held_candidates(queue, held, limit, now)
    return DecisionTrace(
        queue=queue.name,
        call_rule="first_come",
        agent_rule="longest_idle",
        waited_seconds=max(0.0, (now - call.place[0]).total_seconds()),
        waiting=len(queue.waiting),
        attempt=call.attempts + 1,
        missed_by=call.missed_by,
        agents=queue.agents.copy(),
        candidates=tuple(candidates),
    )


def _held_candidates(queue: Queue, held: Iterable[Seat], limit: int, now: datetime) -> Iterable[Candidate]:
    serving = (seat for seat in islice(held, _HELD_LOOKED_AT) if queue in seat.queues)
    return (
        Candidate(seat.id, seat.held_verdict, (now - seat.idle_since).total_seconds())
        for seat in islice(serving, limit)
    )


def in_words(trace: DecisionTrace) -> str:
    """Return the reason as a supervisor reads it."""
    idle = trace.candidates[0].idle_seconds
    return (
        f"先到先接:已等候{trace.waited_seconds:.0f}秒,排在{trace.waiting}个来电之首;"
        f"最长空闲:已空闲{idle:.0f}秒,{trace.agents['ready']}名就绪坐席之首"
    )
