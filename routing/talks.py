"""Talks: agents' legs that join a caller and leave him, as the switch shows them."""

from datetime import datetime

from routing.agents import AgentAct
from routing.engine_events import DialCallback, LegJoined
from routing.events import AgentState, LeaveReason, OfferOutcome
from routing.floor import Floor
from routing.offering import close_offer, fail_offer, leave_queue, withdraw_from
from routing.records import QUEUED, Call, CallState, Seat
from routing.seating import begin_wrap_up


def leg_joined(floor: Floor, event: LegJoined, now: datetime) -> None:
    """An agent's phone talks with a caller: the switch is right, whatever the books said of either."""
    if event.leg_id in floor.talks or event.leg_id in floor.ended:
        return
    offer = floor.offers.get(event.leg_id)
    call_id = offer.call.id if offer is not None else event.call_id
    if call_id in floor.ended:
        return
    call = floor.calls.get(call_id)
    if call is None:
        call = floor.add_unqueued_call(call_id, now)
    seat = offer.seat if offer is not None else floor.seat_at.get(event.endpoint)
    endpoint = seat.endpoint if seat is not None else event.endpoint
    if offer is not None:
        close_offer(floor, offer, OfferOutcome.JOINED, now)
    _take_call(floor, call, now)
    call.legs += (event.leg_id,)
    floor.talks[event.leg_id] = (call_id, endpoint)
    floor.busy[endpoint] = floor.busy.get(endpoint, 0) + 1
    if seat is not None:
        _take_seat(floor, seat, call, now)
        if call.callback and offer is not None:
            floor.out.append(DialCallback(call.id, event.leg_id, seat.id, endpoint))


def _take_call(floor: Floor, call: Call, now: datetime) -> None:
    if call.state in QUEUED:
        leave_queue(floor, call, CallState.TALKING, LeaveReason.JOINED, now)
        call.queue.rate.call_served(now.timestamp())
    else:
        call.state = CallState.TALKING


def _take_seat(floor: Floor, seat: Seat, call: Call, now: datetime) -> None:
    withdraw_from(floor, seat, now)
    floor.drop_hold(seat)
    if seat.state is not AgentState.TALKING:
        seat.talk_since = now
        seat.calls_taken += 1
    seat.talk_queue = call.queue if call.queue.name else None
    seat.missed = 0
    floor.last_agents.note(call.caller_key, seat.id)
    floor.move(seat, now, "", AgentAct.JOIN, call_id=call.id)


def leg_ended(floor: Floor, leg_id: str, outcome: OfferOutcome, now: datetime) -> None:
    """An agent's leg is gone: his offer failed, his talk is over, or his phone is free after a withdrawn offer."""
    floor.ended.add(leg_id, now)
    offer = floor.offers.get(leg_id)
    if offer is not None:
        fail_offer(floor, offer, OfferOutcome.FAILED if outcome is OfferOutcome.JOINED else outcome, now)
        return
    held = floor.held_by_leg.get(leg_id)
    if held is not None:
        floor.drop_hold(held)
    talk = floor.talks.pop(leg_id, None)
    if talk is not None:
        _end_talk(floor, leg_id, *talk, now)


def _end_talk(floor: Floor, leg_id: str, call_id: str, endpoint: str, now: datetime) -> None:
    floor.busy[endpoint] -= 1
    if not floor.busy[endpoint]:
        del floor.busy[endpoint]
        seat = floor.seat_at.get(endpoint)
        if seat is not None and seat.state is AgentState.TALKING:
            begin_wrap_up(floor, seat, now)
    call = floor.calls[call_id]
    call.legs = () if call.legs == (leg_id,) else tuple(leg for leg in call.legs if leg != leg_id)
    if not call.legs:
        call.state = CallState.SERVED
        if call_id in floor.ended:
            del floor.calls[call_id]


def call_over(floor: Floor, call_id: str, reason: LeaveReason, now: datetime) -> None:
    """Nothing of the call is left in the switch."""
    floor.ended.add(call_id, now)
    call = floor.calls.get(call_id)
    if call is None:
        return
    if call.state in QUEUED:
        leave_queue(floor, call, CallState.SERVED, reason, now)
    for leg_id in call.legs:
        leg_ended(floor, leg_id, OfferOutcome.FAILED, now)
    floor.calls.pop(call_id, None)


def call_returned(floor: Floor, call_id: str, queue: str, now: datetime) -> None:
    """Nobody serves the caller: put him back to the place he had, in another queue if one is named."""
    call = floor.calls.get(call_id)
    if call is None or call.state not in (CallState.TALKING, CallState.SERVED, CallState.DIVERTED):
        return
    for leg_id in call.legs:
        leg_ended(floor, leg_id, OfferOutcome.FAILED, now)
    if call_id not in floor.ended:
        if queue and queue != call.queue.name:
            call.queue = floor.queue(queue)
        floor.enqueue(call, now)
