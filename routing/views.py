"""What the floor shows: figures of a queue, who waits in it, and how long he has yet to wait. Nothing is changed."""

from datetime import datetime

from routing.events import AgentState, QueueFigures, WaitEstimate, WaitingCall
from routing.floor import Floor
from routing.places import Places
from routing.records import CallState
from routing.waiting import expected_wait

_AT_WORK = (AgentState.READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP)


def figures(floor: Floor, queue: str, now: datetime) -> QueueFigures:
    """Return how a queue stands at `now`; a queue never used stands empty."""
    found = floor.queues.get(queue)
    if found is None:
        return QueueFigures(queue, 0, 0.0, dict.fromkeys(AgentState, 0))
    since = min((_oldest(floor, line.waiting, now.timestamp()) for line in found.lines), default=now.timestamp())
    return QueueFigures(queue, found.count, max(0.0, now.timestamp() - since), found.agents.copy())


def _oldest(floor: Floor, waiting: Places, now: float) -> float:
    """Return since when the one who waits longest does; a head start may have put later ones before him.

    Nobody stands later than he came: whoever stands behind the oldest found so far came after him.
    """
    oldest = now
    for place in waiting:
        if place[0] >= oldest:
            break
        oldest = min(oldest, floor.calls[place[2]].entered_at.timestamp())
    return oldest


def queues(floor: Floor) -> list[str]:
    """Return the names of the queues of the plan and of those used so far."""
    planned = [] if floor.plan is None else [one.name for one in floor.plan.queues]
    return list(dict.fromkeys([*planned, *(name for name in floor.queues if name)]))


def waiting(floor: Floor, queue: str) -> list[WaitingCall]:
    """Return the calls in line in a queue, the first first."""
    found = floor.queues.get(queue)
    if found is None:
        return []
    calls = [floor.calls[place[2]] for line in found.lines for place in line.waiting]
    return [
        WaitingCall(
            call_id=call.id,
            queue=queue,
            entered_at=call.entered_at,
            position=position,
            priority=call.priority,
            step=call.step,
            attempts=call.attempts,
            callback=call.callback,
        )
        for position, call in enumerate(sorted(calls, key=lambda one: one.place), start=1)
    ]


def estimate(floor: Floor, call_id: str, now: datetime) -> WaitEstimate | None:
    """Return where a call stands and how long it has probably yet to wait; one that rings stands first."""
    call = floor.calls.get(call_id)
    if call is None or call.state not in (CallState.WAITING, CallState.OFFERED):
        return None
    queue = call.queue
    position = 1 if call.state is CallState.OFFERED else queue.position(call.place)
    at_work = sum(queue.agents[state] for state in _AT_WORK)
    return expected_wait(position, queue.rate.per_second(now.timestamp()), at_work, queue.rate.handling_seconds)
