"""Acts of agents and their phones: signing on and off, ready, pause, wrap-up, registration."""

from datetime import datetime, timedelta

from core.errors import Conflict, InvalidInput
from routing.agents import AgentAct, after
from routing.engine_events import AgentPresence, AgentSignedOn
from routing.events import AgentState, PauseOverran
from routing.floor import Floor
from routing.offering import withdraw_from
from routing.plan.document import PauseThen
from routing.records import Queue, Seat, TimerKind

_MAY_CHANGE_SEAT = frozenset({AgentState.OFFLINE, AgentState.PAUSED})
_UNPLANNED_QUEUES = ("general",)


def sign_on(floor: Floor, event: AgentSignedOn, now: datetime) -> None:
    """Give the agent a seat; who is signed on already keeps it, or changes phone or queues while paused."""
    holder = floor.seat_at.get(event.endpoint)
    if holder is not None and holder.id != event.agent_id:
        raise Conflict(f"话机 {event.endpoint} 已有其他坐席签入", code="phone_taken")
    asked = asked_queues(floor, event.queues)
    seat = floor.seats.get(event.agent_id)
    names = [queue.name for queue in queues_for(floor, event.agent_id, asked)]
    if seat is not None and (seat.endpoint != event.endpoint or [queue.name for queue in seat.queues] != names):
        if seat.state not in _MAY_CHANGE_SEAT:
            raise Conflict("请先示忙或签出,再更换话机或队列", code="seat_in_use")
        remove_seat(floor, seat)
        seat = None
    if seat is None:
        seat = add_seat(floor, event.agent_id, event.endpoint, asked, now)
    elif seat.wants is AgentState.OFFLINE:
        seat.wants, seat.wants_reason, seat.missed, seat.calls_taken = AgentState.PAUSED, "signed_on", 0, 0
        floor.seat_at[seat.endpoint] = seat
    occupy(floor, seat, now)


def asked_queues(floor: Floor, queues: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the queues an agent is to serve where the plan does not name him.

    Raises:
        InvalidInput: none is named, or one that the plan does not know.
    """
    if queues is None:
        return _UNPLANNED_QUEUES if floor.plan is None else floor.plan.agent_default.queues
    if not queues:
        raise InvalidInput("queues", "至少选择一个队列")
    if floor.plan is not None and (unknown := [name for name in queues if floor.plan.queue(name) is None]):
        raise InvalidInput("queues", f"队列「{unknown[0]}」没有定义")
    return tuple(dict.fromkeys(queues))


def queues_for(floor: Floor, agent_id: str, asked: tuple[str, ...]) -> tuple[Queue, ...]:
    """Return the queues an agent serves: those of the plan where it names him."""
    rule = floor.agent_rules.get(agent_id)
    return tuple(dict.fromkeys(floor.queue(name) for name in (asked if rule is None else rule.queues)))


def serve(floor: Floor, seat: Seat) -> None:
    """Let a seat serve what the plan says (or he asked for), with the skills it says; he stands in no line."""
    for queue in seat.queues:
        queue.agents[seat.state] -= 1
        del queue.seats[seat.id]
    seat.queues = queues_for(floor, seat.id, seat.asked_queues)
    for queue in seat.queues:
        queue.agents[seat.state] += 1
        queue.seats[seat.id] = seat
    rule = floor.agent_rules.get(seat.id)
    unnamed = {} if floor.plan is None else floor.plan.agent_default.skills
    skills = unnamed if rule is None else rule.skills
    seat.profile = floor.lineup.profile(frozenset(queue.name for queue in seat.queues), skills)


def add_seat(floor: Floor, agent_id: str, endpoint: str, asked: tuple[str, ...], now: datetime) -> Seat:
    """Set up a seat whose agent is offline and wants to be paused."""
    seat = Seat(agent_id, endpoint, asked, floor.ordinal(), now)
    serve(floor, seat)
    floor.seats[agent_id] = seat
    floor.seat_at[endpoint] = seat
    return seat


def remove_seat(floor: Floor, seat: Seat) -> None:
    """Take away the seat of an agent who is offline or paused."""
    floor.drop_hold(seat)
    for queue in seat.queues:
        queue.agents[seat.state] -= 1
        del queue.seats[seat.id]
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


def sign_off(floor: Floor, seat: Seat, by: str, now: datetime) -> None:
    """Take the agent off; an offer that rings is withdrawn, a talk goes on. `by`: the supervisor who does it."""
    after(seat.state, AgentAct.SIGN_OFF)
    seat.wants, seat.wants_reason = AgentState.OFFLINE, "signed_off_by_supervisor" if by else "signed_off"
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
    seat.wants, seat.wants_reason = AgentState.PAUSED, _pause_reason(floor, seat, reason)
    if seat.state is not AgentState.TALKING and seat.state is not AgentState.OFFLINE:
        withdraw_from(floor, seat, now)
        floor.settle(seat, now)


def _pause_reason(floor: Floor, seat: Seat, reason: str) -> str:
    """Return the code of a pause reason given by code or label; without a list in the plan any words will do."""
    if not reason:
        raise InvalidInput("reason", "示忙须说明原因")
    rules = floor.pause_rules
    if not rules:
        return reason
    rule = rules.get(reason) or next((one for one in rules.values() if one.label == reason), None)
    if rule is None:
        raise InvalidInput("reason", f"示忙原因只能是:{'、'.join(one.label for one in rules.values())}")
    others = (one for one in floor.seats.values() if one is not seat and one.wants_reason == rule.code)
    if rule.at_once and sum(one.wants is AgentState.PAUSED for one in others) >= rule.at_once:
        raise Conflict(f"「{rule.label}」已有 {rule.at_once} 人,请稍后再示忙", code="pause_full")
    return rule.code


def pause_overran(floor: Floor, seat: Seat, now: datetime) -> None:
    """A pause has reached its limit: the supervisor is told; where the plan says so, the agent takes calls again."""
    rule = floor.pause_rules.get(seat.reason)
    seat.pause_due = None
    if rule is None:
        return
    floor.out.append(PauseOverran(seat.id, rule.code, seat.since, rule.limit_seconds, now))
    if rule.then is PauseThen.READY:
        ready(floor, seat, now)


def begin_wrap_up(floor: Floor, seat: Seat, now: datetime) -> None:
    """End the agent's talk; no wrap-up for who signed off meanwhile, or where none is given."""
    given, most = _wrap_up_terms(floor, seat)
    if seat.wants is AgentState.OFFLINE or not given:
        _count_handling(seat, now)
        seat.idle_since = now
        floor.settle(seat, now, AgentAct.TALK_ENDED, AgentAct.END_WRAP_UP)
        return
    floor.move(seat, now, "", AgentAct.TALK_ENDED, call_id=seat.call_id)
    set_wrap_up(floor, seat, now + min(given, most), now + most)


def _wrap_up_terms(floor: Floor, seat: Seat) -> tuple[timedelta, timedelta]:
    """Return how long the wrap-up is and may become: by the queue of the talk, else by the policy."""
    if seat.talk_queue is None:
        policy = floor.policy
        return timedelta(seconds=policy.wrap_up_seconds), timedelta(seconds=policy.wrap_up_limit_seconds)
    terms = seat.talk_queue.terms
    return terms.wrap_up_time, terms.wrap_up_limit


def _count_handling(seat: Seat, now: datetime) -> None:
    if seat.talk_since is not None and seat.talk_queue is not None:
        seat.talk_queue.rate.call_handled((now - seat.talk_since).total_seconds())
    seat.talk_since = None


def set_wrap_up(floor: Floor, seat: Seat, until: datetime, limit: datetime) -> None:
    """Set when the wrap-up ends and how far it may be extended."""
    seat.wrap_up_until, seat.wrap_up_limit = until, limit
    floor.timers.add(until, TimerKind.WRAP_UP, seat.id)


def end_wrap_up(floor: Floor, seat: Seat, now: datetime) -> None:
    """End the wrap-up; then what the agent wants and his phone allows holds."""
    after(seat.state, AgentAct.END_WRAP_UP)
    _count_handling(seat, now)
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
        calls_taken=seat.calls_taken,
    )
