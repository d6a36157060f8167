"""How calls come, wait, widen and overflow; callbacks that keep a place; what a supervisor does with a waiting call."""

from datetime import datetime

from core.errors import Conflict, NotFound
from routing.agents import AgentAct
from routing.engine_events import (
    CallAssigned,
    CallbackWaiting,
    CallDescribed,
    CallMoved,
    CallTakenOut,
    CallWaiting,
    DivertCall,
    KeepQueue,
    Wants,
)
from routing.events import AgentState, LeaveReason
from routing.floor import Floor
from routing.offering import leave_queue, make_offer, withdraw
from routing.plan.document import CLOSED_ANNOUNCEMENT, Diversion, OverflowAction
from routing.plan.hours import is_open
from routing.records import QUEUED, Call, CallState, Queue


def call_waits(floor: Floor, event: CallWaiting, now: datetime) -> None:
    """A caller waits: put him in line, unless his queue is closed and leads elsewhere."""
    if event.call_id in floor.calls or event.call_id in floor.ended:
        return
    call = floor.add_call(event.call_id, floor.queue(event.queue, event.dialled), event.entered_at, CallState.SERVED)
    know_caller(floor, call, event.caller_key)
    call.wishes = wishes_of(event.wants)
    call.own_priority = event.priority
    closed = _closed(floor, call, now)
    floor.enqueue(call, now)
    if closed is not None:
        _divert(floor, call, closed, now)


def know_caller(floor: Floor, call: Call, caller_key: str) -> None:
    """Note whose call it is and who served him last."""
    if caller_key:
        call.caller_key = caller_key
        call.last_agent_id = floor.last_agents.of(caller_key)


def wishes_of(wants: Wants) -> Wants:
    """Return wishes in their one order, so that the same wishes are the same line."""
    return tuple(sorted(dict(wants).items())) if wants else ()


def _closed(floor: Floor, call: Call, now: datetime) -> Diversion | None:
    """Follow the way of closed queues; return what the last one says when it leads to no other queue."""
    while (closed := call.queue.terms.closed) is not None:
        assert floor.plan is not None
        if is_open(floor.plan, call.queue.name, now):
            return None
        if closed.action is not OverflowAction.QUEUE:
            return closed
        call.came_from += (call.queue.name,)
        call.queue, call.moved_at = floor.queue(closed.target), now
        floor.out.append(KeepQueue(call.id, call.queue.name, now))
    return None


def describe(floor: Floor, event: CallDescribed, now: datetime) -> None:
    """Take in what was found out about a call; a waiting one goes where it then belongs."""
    call = floor.calls.get(event.call_id)
    if call is None:
        return
    waits = call.state is CallState.WAITING
    if waits:
        floor.lineup.remove_call(call, now)
    know_caller(floor, call, event.caller_key)
    call.last_agent_id = event.last_agent_id or call.last_agent_id
    if event.calls_on_matter is not None:
        call.calls_on_matter = event.calls_on_matter
    if event.wants is not None:
        call.wishes = wishes_of(event.wants)
    if event.priority is not None:
        call.own_priority = event.priority
    if waits:
        floor.stand_in_line(call, now)


# ---- steps


def step_due(floor: Floor, call: Call, now: datetime) -> None:
    """A parked callback's time has come, or a waiting call widens or overflows."""
    if call.state is CallState.PARKED:
        call.not_before = None
        floor.stand_in_line(call, now)
        return
    assert call.ladder is not None
    waited = (now - call.moved_at).total_seconds()
    overflow = call.queue.terms.overflow
    if call.overflowed < len(overflow) and overflow[call.overflowed].after_seconds <= waited:
        step = overflow[call.overflowed]
        call.overflowed += 1
        _divert(floor, call, step, now)
    else:
        step_reached = call.ladder.step_at(waited)
        if step_reached != call.step:
            floor.lineup.widen(call, step_reached)
    if call.state is CallState.WAITING:
        floor.wait_for_step(call, now)


def _divert(floor: Floor, call: Call, way: Diversion, now: datetime) -> None:
    queue = call.queue
    if way.action is OverflowAction.QUEUE:
        to_queue(floor, call, floor.queue(way.target), now)
    elif call.callback:
        return
    elif way.action is OverflowAction.PARTNER:
        partner = floor.plan.partner(way.target) if floor.plan is not None else None
        assert partner is not None
        leave_queue(floor, call, CallState.DIVERTED, LeaveReason.DIVERTED, now)
        floor.out.append(DivertCall(call.id, queue.name, way.action, way.target, partner.number, partner.trunk))
    elif way.action is OverflowAction.END:
        leave_queue(floor, call, CallState.DIVERTED, LeaveReason.CLOSED, now)
        floor.out.append(DivertCall(call.id, queue.name, way.action, way.target or CLOSED_ANNOUNCEMENT))
    elif way.action is not OverflowAction.CALLBACK or _may_be_called_back(floor, queue):
        floor.out.append(DivertCall(call.id, queue.name, way.action, way.target))


def _may_be_called_back(floor: Floor, queue: Queue) -> bool:
    rules = floor.plan.queue(queue.name) if floor.plan is not None else None
    return rules is None or rules.callbacks


def to_queue(floor: Floor, call: Call, queue: Queue, now: datetime) -> None:
    """Let a call that has not left its queue wait in another one; its age counts there."""
    if queue is call.queue:
        return
    leave_queue(floor, call, CallState.SERVED, LeaveReason.MOVED, now)
    call.came_from += (call.queue.name,)
    call.queue, call.moved_at, call.overflowed = queue, now, 0
    if not call.callback:
        floor.out.append(KeepQueue(call.id, queue.name, now))
    floor.enqueue(call, now)


def divert_failed(floor: Floor, call_id: str, now: datetime) -> None:
    """The caller could not be sent away: he waits again, at the place he had."""
    call = floor.calls.get(call_id)
    if call is not None and call.state is CallState.DIVERTED:
        floor.enqueue(call, now)


# ---- callbacks


def callback_waits(floor: Floor, event: CallbackWaiting, now: datetime) -> None:
    """A callback stands in line, at the place of the call it stands for, if that waits now."""
    if event.callback_id in floor.calls or event.callback_id in floor.ended:
        return
    origin = floor.calls.get(event.from_call) if event.from_call else None
    if origin is not None and origin.state in QUEUED:
        leave_queue(floor, origin, CallState.SERVED, LeaveReason.CALLBACK, now)
    elif origin is not None and origin.state is CallState.DIVERTED:
        # news that the partner did not answer may still come: it waits no more
        origin.state = CallState.SERVED
    elif event.from_call and origin is None and event.from_call not in floor.ended:
        # news that it waits may still come: it waits no more
        floor.add_call(event.from_call, floor.queue(event.queue), event.entered_at, CallState.SERVED)
    else:
        origin = None
    call = floor.add_call(event.callback_id, floor.queue(event.queue), event.entered_at, CallState.SERVED)
    call.callback = True
    call.not_before = event.not_before
    call.wishes = wishes_of(event.wants)
    call.own_priority = event.priority
    know_caller(floor, call, event.caller_key)
    if origin is not None:
        _inherit(call, origin)
    floor.enqueue(call, now)


def _inherit(call: Call, origin: Call) -> None:
    """Give a callback the place of the call it stands for: when it came, and its rank among those of that instant."""
    call.entered_at, call.ordinal = origin.entered_at, origin.ordinal
    call.moved_at = origin.moved_at if call.queue is origin.queue else call.moved_at
    call.own_priority = origin.priority if call.own_priority is None else call.own_priority
    call.wishes = call.wishes or origin.wishes
    call.caller_key = call.caller_key or origin.caller_key
    call.last_agent_id = call.last_agent_id or origin.last_agent_id
    call.calls_on_matter = origin.calls_on_matter


def callback_cancelled(floor: Floor, callback_id: str, now: datetime) -> None:
    """Nobody is to be called back any more; a talk that goes on is left alone."""
    call = floor.calls.get(callback_id)
    if call is None or not call.callback:
        floor.ended.add(callback_id, now)
    elif call.state in QUEUED:
        floor.ended.add(callback_id, now)
        leave_queue(floor, call, CallState.SERVED, LeaveReason.CANCELLED, now)
        del floor.calls[callback_id]


# ---- what a supervisor does


def move_call(floor: Floor, event: CallMoved, now: datetime) -> None:
    """Put a waiting call into another queue.

    Raises:
        NotFound: no such queue, or no such call waits.
    """
    call = _waiting(floor, event.call_id)
    known = event.queue in floor.queues if floor.plan is None else floor.plan.queue(event.queue) is not None
    if not known:
        raise NotFound("队列", event.queue)
    to_queue(floor, call, floor.queue(event.queue), now)


def take_out(floor: Floor, event: CallTakenOut, now: datetime) -> None:
    """Take a waiting call out of its queue.

    Raises:
        NotFound: no such call waits.
    """
    call = _waiting(floor, event.call_id)
    leave_queue(floor, call, CallState.SERVED, LeaveReason.TAKEN_OUT, now)
    if call.callback:
        floor.ended.add(call.id, now)
        del floor.calls[call.id]


def assign(floor: Floor, event: CallAssigned, now: datetime) -> None:
    """Ring an agent of the supervisor's choice for a waiting call.

    Raises:
        NotFound: no such agent, or no such call waits.
        Conflict: the agent is not free, or the switch is not seen.
    """
    call, seat = _waiting(floor, event.call_id), floor.seats.get(event.agent_id)
    if seat is None:
        raise NotFound("签入的坐席", event.agent_id)
    if seat.state is not AgentState.READY or seat.held_until is not None or not floor.seen:
        raise Conflict("该坐席现在不能接听,请另选就绪的坐席", code="agent_not_free")
    if call.offer is not None:
        floor.settle(withdraw(floor, call.offer, now), now, AgentAct.RELEASE)
    make_offer(floor, call, seat, "supervisor", now)


def _waiting(floor: Floor, call_id: str) -> Call:
    call = floor.calls.get(call_id)
    if call is None or call.state not in QUEUED:
        raise NotFound("等候中的来电", call_id)
    return call
