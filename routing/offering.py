"""Offers: a phone rings for a call; how that begins, and the ways in which it ends."""

from datetime import datetime, timedelta

from routing.agents import AgentAct
from routing.engine_events import CancelRing, OfferKind, RingAgent
from routing.events import AgentState, CallLeftQueue, LeaveReason, OfferEnded, OfferMade, OfferOutcome, Verdict
from routing.floor import Floor
from routing.records import QUEUED, Call, CallState, Offer, Seat, TimerKind
from routing.trace import in_words, trace_decision

MISSED = frozenset({OfferOutcome.BUSY, OfferOutcome.REJECTED, OfferOutcome.NO_ANSWER})
"""Outcomes that count as missed by the agent; the others are not his doing."""


def make_offer(floor: Floor, call: Call, seat: Seat, rule: str, now: datetime) -> None:
    """Ring the agent's phone for a call that waits; why is told before anything is changed."""
    trace = trace_decision(floor, call, seat, rule, now)
    offer = Offer(floor.new_id(), floor.new_id(), call, seat, now)
    take_from_line(floor, call, now)
    kind = OfferKind.CALLBACK if call.callback else OfferKind.CALL
    seconds = call.queue.terms.offer_seconds
    floor.out.append(RingAgent(offer.id, offer.leg_id, call.id, seat.id, seat.endpoint, seconds, kind))
    floor.out.append(OfferMade(offer.id, call.id, seat.id, offer.leg_id, in_words(trace), trace, now))
    open_offer(floor, offer, now)


def take_from_line(floor: Floor, call: Call, now: datetime) -> None:
    """Take a call out of its line, if it stands in one."""
    if call.state is CallState.WAITING:
        floor.lineup.remove_call(call, now)
    call.step_due = None


def open_offer(floor: Floor, offer: Offer, now: datetime) -> None:
    """Tie the call (not in line any more) and the seat together and set the guard."""
    call, seat = offer.call, offer.seat
    call.state = CallState.OFFERED
    call.attempts += 1
    call.offer = seat.offer = offer
    floor.offers[offer.leg_id] = offer
    guard(floor, offer, now)
    floor.move(seat, now, "", AgentAct.OFFER, call_id=call.id)


def guard(floor: Floor, offer: Offer, now: datetime) -> None:
    """Give the offer up when the switch says nothing of it for the whole time that a phone may ring."""
    offer.guarded_until = now + offer.call.queue.terms.offer_time
    floor.timers.add(offer.guarded_until, TimerKind.OFFER, offer.leg_id)


def close_offer(floor: Floor, offer: Offer, outcome: OfferOutcome, now: datetime) -> Seat:
    """Untie call and seat; the caller of this says what becomes of both."""
    del floor.offers[offer.leg_id]
    offer.call.offer = offer.seat.offer = None
    floor.out.append(OfferEnded(offer.id, offer.call.id, offer.seat.id, outcome, now))
    return offer.seat


def withdraw(floor: Floor, offer: Offer, now: datetime) -> Seat:
    """Cancel the ringing. The agent keeps his idle time and is passed over until his phone is seen free."""
    seat = close_offer(floor, offer, OfferOutcome.CANCELLED, now)
    floor.out.append(CancelRing(offer.leg_id))
    floor.hold(seat, Verdict.RELEASING, now + timedelta(seconds=floor.policy.release_seconds), offer.leg_id)
    return seat


def withdraw_from(floor: Floor, seat: Seat, now: datetime) -> None:
    """Withdraw the offer that rings at the seat, if any; the call goes back to its place."""
    offer = seat.offer
    if offer is not None:
        withdraw(floor, offer, now)
        floor.enqueue(offer.call, now)


def fail_offer(floor: Floor, offer: Offer, outcome: OfferOutcome, now: datetime) -> None:
    """The phone did not take the call: others first, the call keeps its place."""
    seat, call = close_offer(floor, offer, outcome, now), offer.call
    if outcome is not OfferOutcome.CANCELLED:
        seat.idle_since = now
        call.missed_by += (seat.id,)
    if outcome in MISSED:
        seat.missed += 1
        if seat.missed >= call.queue.terms.missed_offers_to_pause:
            seat.wants, seat.wants_reason = AgentState.PAUSED, "missed_offers"
    elif outcome is OfferOutcome.UNREGISTERED:
        # dated to the begin of the offer: a registration seen since then is newer news
        floor.note_phone(seat.endpoint, registered=False, at=offer.made_at)
    floor.hold(seat, Verdict.COOLING_DOWN, now + timedelta(seconds=floor.policy.cool_down_seconds))
    floor.settle(seat, now, AgentAct.RELEASE)
    floor.enqueue(call, now)


def leave_queue(floor: Floor, call: Call, state: CallState, reason: LeaveReason, now: datetime) -> None:
    """Take a call that has not left its queue out of it; an open offer is withdrawn."""
    assert call.state in QUEUED
    if call.offer is not None:
        floor.settle(withdraw(floor, call.offer, now), now, AgentAct.RELEASE)
    take_from_line(floor, call, now)
    call.state = state
    waited = max(0.0, (now - call.entered_at).total_seconds())
    floor.out.append(CallLeftQueue(call.id, call.queue.name, reason, waited, now))
