"""After a restart or a lost link: the books are made to agree with what the switch shows."""

from datetime import datetime, timedelta

from routing.agents import AgentAct
from routing.engine_events import AgentPresence, CancelRing, LegJoined, SeenCall, SeenLeg, SeenMode, Snapshot
from routing.events import AgentState, LeaveReason, OfferMade, OfferOutcome
from routing.floor import Floor
from routing.records import Call, CallState, Offer, Seat
from routing.seating import add_seat, begin_wrap_up, occupy, phone_seen, set_wrap_up
from routing.talks import call_over, leg_ended, leg_joined

_STATE_OF = {
    SeenMode.WAITING: CallState.WAITING,
    SeenMode.TALKING: CallState.TALKING,
    SeenMode.FALLBACK: CallState.FALLBACK,
    SeenMode.SURVEY: CallState.SERVED,
}
_IN_QUEUE = frozenset({CallState.WAITING, CallState.OFFERED})


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
    floor.touch_all()


def _legs(floor: Floor, snapshot: Snapshot, now: datetime, *, joined: bool) -> None:
    for leg in snapshot.legs:
        if leg.joined and joined:
            leg_joined(floor, LegJoined(leg.leg_id, leg.call_id, leg.endpoint), now)
        elif not leg.joined and not joined:
            _ringing(floor, leg, now)


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
    seat = add_seat(floor, remembered.agent_id, remembered.endpoint, remembered.queues, now)
    seat.wants, seat.wants_reason = remembered.wants, remembered.wants_reason
    seat.missed = remembered.missed
    if remembered.state is AgentState.TALKING:
        floor.move(seat, now, "", AgentAct.JOIN)
    elif remembered.state is AgentState.WRAP_UP and remembered.wrap_up_until is not None:
        _resume_wrap_up(floor, seat, remembered, remembered.wrap_up_until, now)
    else:
        occupy(floor, seat, now)
        _keep_idle_time(floor, seat, min(remembered.idle_since, now))
    seat.since = min(remembered.since, now) if seat.state is remembered.state else now


def _resume_wrap_up(floor: Floor, seat: Seat, remembered: AgentPresence, until: datetime, now: datetime) -> None:
    floor.move(seat, now, "", AgentAct.JOIN, AgentAct.TALK_ENDED)
    limit = remembered.since + timedelta(seconds=floor.policy.wrap_up_limit_seconds)
    set_wrap_up(floor, seat, max(until, now), max(limit, now))


def _keep_idle_time(floor: Floor, seat: Seat, idle_since: datetime) -> None:
    seat.idle_since = idle_since
    floor.replace_in_line(seat)


def _new_call(floor: Floor, seen: SeenCall, now: datetime) -> None:
    if seen.call_id in floor.calls or seen.call_id in floor.ended:
        return
    call = floor.add_call(seen.call_id, seen.queue, seen.entered_at, _STATE_OF[seen.mode])
    if call.state is CallState.WAITING:
        floor.enqueue(call, now)


def _end_what_is_gone(floor: Floor, snapshot: Snapshot, now: datetime) -> None:
    calls = {seen.call_id for seen in snapshot.calls}
    legs = {leg.leg_id for leg in snapshot.legs}
    talking_calls = {leg.call_id for leg in snapshot.legs if leg.joined}
    for leg_id in [leg for leg in floor.talks if leg not in legs]:
        leg_ended(floor, leg_id, OfferOutcome.FAILED, now)
    for call_id in [one for one in floor.calls if one not in calls and one not in talking_calls]:
        call_over(floor, call_id, LeaveReason.LOST, now)
    for offer in [one for leg, one in floor.offers.items() if leg not in legs]:
        floor.ended.add(offer.leg_id, now)
        seat = floor.close_offer(offer, OfferOutcome.FAILED, now)
        floor.settle(seat, now, AgentAct.RELEASE)
        floor.enqueue(offer.call, now)


def _known_call(floor: Floor, seen: SeenCall, now: datetime) -> None:
    call = floor.calls.get(seen.call_id)
    if call is None:
        return
    if seen.mode is SeenMode.WAITING:
        if call.state not in _IN_QUEUE and not call.legs:
            floor.enqueue(call, now)
    elif call.state in _IN_QUEUE:
        fell_back = seen.mode is SeenMode.FALLBACK
        floor.leave_queue(call, _STATE_OF[seen.mode], LeaveReason.FELL_BACK if fell_back else LeaveReason.JOINED, now)


def _ringing(floor: Floor, leg: SeenLeg, now: datetime) -> None:
    """A phone rings: keep the offer, take over that of another engine, or stop what fits nothing."""
    if leg.leg_id in floor.offers:
        floor.guard(floor.offers[leg.leg_id], now)
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
    call.queue.waiting.remove(call.place)
    offer = Offer(floor.new_id(), leg_id, call, seat, now)
    floor.out.append(OfferMade(offer.id, call.id, seat.id, leg_id, "引擎重启前已振铃", None, now))
    floor.open_offer(offer, now)
