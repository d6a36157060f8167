"""Another version of the plan comes into force while callers wait and agents talk: nobody loses his place."""

from datetime import datetime

from routing.engine_events import KeepQueue
from routing.events import AgentState, CallLeftQueue, CallQueued, LeaveReason, PlanTaken
from routing.floor import Floor
from routing.plan.document import Plan
from routing.records import Call, CallState
from routing.seating import serve
from routing.terms import terms_of


def change_plan(floor: Floor, plan: Plan, version: int, now: datetime) -> None:
    """Let the plan hold from now on. Talks and ringing phones go on; waiting calls keep their age."""
    set_plan(floor, plan, version)
    waiting = [call for call in floor.calls.values() if call.state is CallState.WAITING]
    for call in waiting:
        floor.lineup.remove_call(call, now)
    floor.lineup.clear()
    for queue in floor.queues.values():
        queue.lines.clear()
        queue.terms = terms_of(queue.name, plan, floor.policy)
    for seat in floor.seats.values():
        serve(floor, seat)
        if seat.state is AgentState.READY and seat.held_until is None:
            floor.lineup.free(seat)
        elif seat.state is AgentState.PAUSED:
            floor.limit_pause(seat)
    for call in list(floor.calls.values()):
        _rehouse(floor, call, now)
    for call in waiting:
        floor.stand_in_line(call, now)
    floor.out.append(PlanTaken(version, now))


def set_plan(floor: Floor, plan: Plan, version: int) -> None:
    """Note the plan; queues, seats and calls are seen to by the caller of this."""
    floor.plan, floor.plan_version = plan, version
    floor.planned_queues = frozenset(one.name for one in plan.queues)
    floor.agent_rules = {one.agent_id: one for one in plan.agents if one.agent_id}
    floor.pause_rules = {one.code: one for one in plan.pauses}


def _rehouse(floor: Floor, call: Call, now: datetime) -> None:
    """Give a call of a queue that is no more to the default queue."""
    queue = floor.queue(call.queue.name)
    if queue is call.queue:
        return
    old, call.queue = call.queue, queue
    call.came_from += (old.name,)
    call.moved_at, call.overflowed = now, 0
    if call.state not in (CallState.WAITING, CallState.PARKED, CallState.OFFERED):
        return
    waited = max(0.0, (now - call.entered_at).total_seconds())
    floor.out.append(CallLeftQueue(call.id, old.name, LeaveReason.MOVED, waited, now))
    if not call.callback:
        floor.out.append(KeepQueue(call.id, queue.name, now))
    floor.out.append(CallQueued(call.id, queue.name, queue.position(call.place), call.entered_at, now))
