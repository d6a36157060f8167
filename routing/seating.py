"""Acts of agents and their phones: signing on and off, ready, pause, wrap-up, registration."""

from datetime import datetime, timedelta

from core.errors import Conflict, InvalidInput
from routing.agents import AgentAct, after
from routing.engine_events import AgentPresence, AgentSignedOn
from routing.events import AgentState
from routing.floor import Floor
from routing.records import Seat, TimerKind

_MAY_CHANGE_SEAT = frozenset({AgentState.OFFLINE, AgentState.PAUSED})


def sign_on(floor: Floor, event: AgentSignedOn, now: datetime) -> None:
    """Give the agent a seat; who is signed on already keeps it, or changes phone or queues while paused."""
    queues = ("general",) if event.queues is None else event.queues
    if not queues:
        raise InvalidInput("queues", "至少选择一个队列")
    holder = floor.seat_at.get(event.endpoint)
    if holder is not None and holder.id != event.agent_id:
        raise Conflict(f"话机 {event.endpoint} 已有其他坐席签入", code="phone_taken")
    seat = floor.seats.get(event.agent_id)
    names = tuple(dict.fromkeys(queues))
    if seat is not None and (seat.endpoint != event.endpoint or tuple(q.name for q in seat.queues) != names):
        if seat.state not in _MAY_CHANGE_SEAT:
            raise Conflict("请先示忙或签出,再更换话机或队列", code="seat_in_use")
        remove_seat(floor, seat)
        seat = None
    if seat is None:
        seat = add_seat(floor, event.agent_id, event.endpoint, names, now)
    elif seat.wants is AgentState.OFFLINE:
        seat.wants, seat.wants_reason, seat.missed = AgentState.PAUSED, "signed_on", 0
        floor.seat_at[seat.endpoint] = seat
    occupy(floor, seat, now)


def add_seat(floor: Floor, agent_id: str, endpoint: str, queues: tuple[str, ...], now: datetime) -> Seat:
    """Set up a seat whose agent is offline and wants to be paused."""
    seat = Seat(agent_id, endpoint, tuple(floor.queue(name) for name in queues), floor.ordinal(), now)
    for queue in seat.queues:
        queue.agents[seat.state] += 1
    floor.seats[agent_id] = seat
    floor.seat_at[endpoint] = seat
    return seat


def remove_seat(floor: Floor, seat: Seat) -> None:
    """Take away the seat of an agent who is offline or paused."""
    floor.drop_hold(seat)
    for queue in seat.queues:
        queue.agents[seat.state] -= 1
    floor.seats.pop(seat.id, None)
    if floor.seat_at.get(seat.endpoint) is seat:
        del floor.seat_at[seat.endpoint]


def occupy(floor: Floor, seat: Seat, now: datetime) -> None:
    """Bring an offline agent who wants to work to the state his phone allows."""
    if seat.state is not AgentState.OFFLINE:
        return
    if seat.endpoint in floor.busy:
        calls = [call for call, endpoint in floor.talks.values() if endpoint == seat.endpoint]
        floor.move(seat, now, "", AgentAct.JOIN, call_id=calls[-1])
    elif floor.phone_usable(seat.endpoint):
        seat.idle_since = now
        floor.settle(seat, now, AgentAct.RESUME)
    else:
        floor.move(seat, now, "phone_unregistered", AgentAct.PHONE_LOST)


def sign_off(floor: Floor, seat: Seat, now: datetime) -> None:
    """Take the agent off; an offer that rings is withdrawn, a talk goes on."""
    after(seat.state, AgentAct.SIGN_OFF)
    seat.wants, seat.wants_reason = AgentState.OFFLINE, "signed_off"
    if seat.state is not AgentState.TALKING:
        withdraw_from(floor, seat, now)
        floor.settle(seat, now)


def ready(floor: Floor, seat: Seat, now: datetime) -> None:
    """Let the agent take calls; without a registered phone it holds from its registration on."""
    if seat.wants is AgentState.OFFLINE or seat.state is not AgentState.OFFLINE:
        after(seat.state, AgentAct.READY)
    if seat.wants is AgentState.READY and seat.state is not AgentState.WRAP_UP:
        return
    seat.wants, seat.wants_reason, seat.missed = AgentState.READY, "", 0
    if seat.state is AgentState.PAUSED or seat.state is AgentState.WRAP_UP:
        seat.idle_since = now
        floor.settle(seat, now, AgentAct.READY)


def pause(floor: Floor, seat: Seat, reason: str, now: datetime) -> None:
    """Take the agent out of the line; an offer that rings is withdrawn."""
    if seat.wants is AgentState.OFFLINE or seat.state is not AgentState.OFFLINE:
        after(seat.state, AgentAct.PAUSE)
    if not reason:
        raise InvalidInput("reason", "示忙须说明原因")
    seat.wants, seat.wants_reason = AgentState.PAUSED, reason
    if seat.state is not AgentState.TALKING and seat.state is not AgentState.OFFLINE:
        withdraw_from(floor, seat, now)
        floor.settle(seat, now)


def withdraw_from(floor: Floor, seat: Seat, now: datetime) -> None:
    """Withdraw the offer that rings at the seat, if any; the call goes back to its place."""
    offer = seat.offer
    if offer is not None:
        floor.withdraw(offer, now)
        floor.enqueue(offer.call, now)


def begin_wrap_up(floor: Floor, seat: Seat, now: datetime) -> None:
    """End the agent's talk; no wrap-up for who signed off meanwhile, or when the policy gives none."""
    limit = now + timedelta(seconds=floor.policy.wrap_up_limit_seconds)
    if seat.wants is AgentState.OFFLINE or not floor.policy.wrap_up_seconds:
        seat.idle_since = now
        floor.settle(seat, now, AgentAct.TALK_ENDED, AgentAct.END_WRAP_UP)
        return
    call_id = seat.call_id
    floor.move(seat, now, "", AgentAct.TALK_ENDED, call_id=call_id)
    set_wrap_up(floor, seat, min(now + timedelta(seconds=floor.policy.wrap_up_seconds), limit), limit)


def set_wrap_up(floor: Floor, seat: Seat, until: datetime, limit: datetime) -> None:
    """Set when the wrap-up ends and how far it may be extended."""
    seat.wrap_up_until, seat.wrap_up_limit = until, limit
    floor.timers.add(until, TimerKind.WRAP_UP, seat.id)


def end_wrap_up(floor: Floor, seat: Seat, now: datetime) -> None:
    """End the wrap-up; then what the agent wants and his phone allows holds."""
    after(seat.state, AgentAct.END_WRAP_UP)
    seat.idle_since = now
    floor.settle(seat, now, AgentAct.END_WRAP_UP)


def extend_wrap_up(floor: Floor, seat: Seat, seconds: int, now: datetime) -> None:
    """Give the agent more time for the wrap-up, up to the limit."""
    after(seat.state, AgentAct.EXTEND_WRAP_UP)
    if seconds <= 0:
        raise InvalidInput("seconds", "延长时间须大于零")
    assert seat.wrap_up_until is not None
    assert seat.wrap_up_limit is not None
    until = min(seat.wrap_up_until + timedelta(seconds=seconds), seat.wrap_up_limit)
    if until <= seat.wrap_up_until or until <= now:
        raise Conflict("话后处理时长已达上限", code="wrap_up_limit")
    set_wrap_up(floor, seat, until, seat.wrap_up_limit)


def phone_seen(floor: Floor, endpoint: str, *, registered: bool, at: datetime, now: datetime) -> None:
    """Take in a registration or its end."""
    if not floor.note_phone(endpoint, registered=registered, at=at):
        return
    seat = floor.seat_at.get(endpoint)
    if seat is None:
        return
    if registered:
        occupy(floor, seat, now)
    elif seat.state in {AgentState.READY, AgentState.OFFERED, AgentState.PAUSED}:
        withdraw_from(floor, seat, now)
        floor.settle(seat, now)


def presence_of(seat: Seat) -> AgentPresence:
    """Return the seat as it is to be remembered outside the engine."""
    return AgentPresence(
        agent_id=seat.id,
        endpoint=seat.endpoint,
        queues=tuple(queue.name for queue in seat.queues),
        state=seat.state,
        reason=seat.reason,
        since=seat.since,
        idle_since=seat.idle_since,
        wants=seat.wants,
        wants_reason=seat.wants_reason,
        missed=seat.missed,
        wrap_up_until=seat.wrap_up_until if seat.state is AgentState.WRAP_UP else None,
    )
