"""After a restart or a lost link: the books are made to agree with what the switch shows."""

from datetime import datetime, timedelta

from routing.agents import AgentAct
from routing.engine_events import AgentPresence, CancelRing, LegJoined, SeenCall, SeenLeg, SeenMode, Snapshot
from routing.events import AgentState, LeaveReason, OfferMade, OfferOutcome
from routing.floor import Floor
from routing.flow import know_caller
from routing.offering import close_offer, guard, leave_queue, open_offer, take_from_line
from routing.records import QUEUED, Call, CallState, Offer, Seat, TimerKind
from routing.seating import add_seat, asked_queues, begin_wrap_up, occupy, phone_seen, set_wrap_up
from routing.talks import call_over, leg_ended, leg_joined

_STATE_OF = {
    SeenMode.WAITING: CallState.WAITING,
    SeenMode.TALKING: CallState.TALKING,
    SeenMode.FALLBACK: CallState.FALLBACK,
    SeenMode.SURVEY: CallState.SERVED,
}


def reconcile(floor: Floor, snapshot: Snapshot, now: datetime) -> None:
    """Take the snapshot as complete: add what is new, end what is gone, keep what agrees. No agent is blamed."""
    floor.seen = True
    _phones(floor, snapshot, now)
    for remembered in snapshot.presence:
        _seat(floor, remembered, now)
    for seen in snapshot.calls:
        _new_call(floor, seen, now)
    _legs(floor, snapshot, now, joined=True)
    _end_what_is_gone(floor, snapshot, now)
    for seen in snapshot.calls:
        _known_call(floor, seen, now)
    _legs(floor, snapshot, now, joined=False)
    _end_unseen_talks(floor, now)
    _go_on_waiting(floor, now)


def _legs(floor: Floor, snapshot: Snapshot, now: datetime, *, joined: bool) -> None:
    for leg in snapshot.legs:
        if leg.joined and joined:
            leg_joined(floor, LegJoined(leg.leg_id, leg.call_id, leg.endpoint), now)
        elif not leg.joined and not joined:
            _ringing(floor, leg, now)


def _go_on_waiting(floor: Floor, now: datetime) -> None:
    """Steps of waiting calls rested while the switch was not seen."""
    for call in floor.calls.values():
        if call.state is CallState.WAITING and call.step_due is not None:
            floor.wait_for_step(call, now)
        elif call.state is CallState.PARKED and call.step_due is not None:
            floor.timers.add(max(now, call.step_due), TimerKind.STEP, call.id)
            call.step_due = max(now, call.step_due)


def _end_unseen_talks(floor: Floor, now: datetime) -> None:
    """Agents remembered as talking, of whose phone no leg is left."""
    for seat in floor.seats.values():
        if seat.state is AgentState.TALKING and seat.endpoint not in floor.busy:
            begin_wrap_up(floor, seat, now)


def _phones(floor: Floor, snapshot: Snapshot, now: datetime) -> None:
    if snapshot.registered is None:
        return
    known = {seat.endpoint for seat in floor.seats.values()} | {one.endpoint for one in snapshot.presence}
    for endpoint in sorted(known | floor.phones.keys() | snapshot.registered):
        phone_seen(floor, endpoint, registered=endpoint in snapshot.registered, at=now, now=now)


def _seat(floor: Floor, remembered: AgentPresence, now: datetime) -> None:
    taken = remembered.endpoint in floor.seat_at or remembered.agent_id in floor.seats
    if taken or remembered.wants is AgentState.OFFLINE or not remembered.queues:
        return
    known = tuple(name for name in remembered.queues if floor.plan is None or floor.plan.queue(name) is not None)
    asked = asked_queues(floor, known or None)
    seat = add_seat(floor, remembered.agent_id, remembered.endpoint, asked, now)
    seat.wants, seat.wants_reason = remembered.wants, remembered.wants_reason
    seat.missed, seat.calls_taken = remembered.missed, remembered.calls_taken
    if remembered.state is AgentState.TALKING:
        floor.move(seat, now, "", AgentAct.JOIN)
    elif remembered.state is AgentState.WRAP_UP and remembered.wrap_up_until is not None:
        _resume_wrap_up(floor, seat, remembered, remembered.wrap_up_until, now)
    else:
        occupy(floor, seat, now)
        # he stands in no line before the next match
        seat.idle_since = min(remembered.idle_since, now)
    seat.since = min(remembered.since, now) if seat.state is remembered.state else now
    if seat.state is AgentState.PAUSED:
        floor.limit_pause(seat)


def _resume_wrap_up(floor: Floor, seat: Seat, remembered: AgentPresence, until: datetime, now: datetime) -> None:
    floor.move(seat, now, "", AgentAct.JOIN, AgentAct.TALK_ENDED)
    limit = remembered.since + timedelta(seconds=floor.policy.wrap_up_limit_seconds)
    set_wrap_up(floor, seat, max(until, now), max(limit, now))


def _new_call(floor: Floor, seen: SeenCall, now: datetime) -> None:
    if seen.call_id in floor.calls or seen.call_id in floor.ended:
        return
    call = floor.add_call(seen.call_id, floor.queue(seen.queue, seen.dialled), seen.entered_at, _STATE_OF[seen.mode])
    call.moved_at = seen.moved_at or seen.entered_at
    know_caller(floor, call, seen.caller_key)
    if call.state is CallState.WAITING:
        floor.enqueue(call, now)


def _end_what_is_gone(floor: Floor, snapshot: Snapshot, now: datetime) -> None:
    calls = {seen.call_id for seen in snapshot.calls}
    legs = {leg.leg_id for leg in snapshot.legs}
    talking_calls = {leg.call_id for leg in snapshot.legs if leg.joined}
    for leg_id in [leg for leg in floor.talks if leg not in legs]:
        leg_ended(floor, leg_id, OfferOutcome.FAILED, now)
    for call_id in [id_ for id_, one in floor.calls.items() if id_ not in calls and not _waits_without_caller(one)]:
        if call_id in talking_calls:
            continue
        call_over(floor, call_id, LeaveReason.LOST, now)
    for offer in [one for leg, one in floor.offers.items() if leg not in legs]:
        floor.ended.add(offer.leg_id, now)
        seat = close_offer(floor, offer, OfferOutcome.FAILED, now)
        floor.settle(seat, now, AgentAct.RELEASE)
        floor.enqueue(offer.call, now)


def _waits_without_caller(call: Call) -> bool:
    """A callback that waits is nowhere in the switch."""
    return call.callback and call.state in QUEUED


def _known_call(floor: Floor, seen: SeenCall, now: datetime) -> None:
    call = floor.calls.get(seen.call_id)
    if call is None:
        return
    if seen.mode is SeenMode.WAITING:
        if call.state not in QUEUED and not call.legs:
            floor.enqueue(call, now)
    elif call.state in QUEUED and not call.callback:
        fell_back = seen.mode is SeenMode.FALLBACK
        leave_queue(floor, call, _STATE_OF[seen.mode], LeaveReason.FELL_BACK if fell_back else LeaveReason.JOINED, now)


def _ringing(floor: Floor, leg: SeenLeg, now: datetime) -> None:
    """A phone rings: keep the offer, take over that of another engine, or stop what fits nothing."""
    if leg.leg_id in floor.offers:
        guard(floor, floor.offers[leg.leg_id], now)
        return
    call, seat = floor.calls.get(leg.call_id), floor.seat_at.get(leg.endpoint)
    if call is not None and call.state in {CallState.FALLBACK, CallState.TALKING}:
        return
    if call is None or seat is None or call.state is not CallState.WAITING or seat.state is not AgentState.READY:
        floor.out.append(CancelRing(leg.leg_id))
        return
    _adopt(floor, leg.leg_id, call, seat, now)


def _adopt(floor: Floor, leg_id: str, call: Call, seat: Seat, now: datetime) -> None:
    floor.drop_hold(seat)
    take_from_line(floor, call, now)
    offer = Offer(floor.new_id(), leg_id, call, seat, now)
    floor.out.append(OfferMade(offer.id, call.id, seat.id, leg_id, "引擎重启前已振铃", None, now))
    open_offer(floor, offer, now)
