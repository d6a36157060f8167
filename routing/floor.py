"""The floor: seats, queues and offers, and the few ways in which they change. Every change keeps the books in step.

What holds after each change: a call waits in one line or has one offer or is in neither; a seat stands in the ready
lines of all its queues exactly while it is READY and not held; an open offer ties one call to one seat.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from routing.agents import AgentAct, after
from routing.engine_events import CancelRing, Command, RingAgent
from routing.events import (
    AgentState,
    AgentStateChanged,
    CallLeftQueue,
    CallQueued,
    LeaveReason,
    OfferEnded,
    OfferMade,
    OfferOutcome,
    Verdict,
)
from routing.policy import Policy
from routing.records import Call, CallState, Ended, Offer, Queue, Seat, TimerKind, Timers
from routing.trace import in_words, trace_decision

MISSED = frozenset({OfferOutcome.BUSY, OfferOutcome.REJECTED, OfferOutcome.NO_ANSWER})
"""Outcomes that count as missed by the agent; the others are not his doing."""


class Floor:
    """State of the engine; `out` gathers the commands of the event that is being handled."""

    def __init__(self, policy: Policy, new_id: Callable[[], str]) -> None:
        self.policy = policy
        self.new_id = new_id
        self.seen = False
        """Whether the switch is seen."""
        self.out: list[Command] = []
        self.seats: dict[str, Seat] = {}
        self.seat_at: dict[str, Seat] = {}
        """Signed-on seats by endpoint."""
        self.calls: dict[str, Call] = {}
        self.queues: dict[str, Queue] = {}
        self.offers: dict[str, Offer] = {}
        """Open offers by leg."""
        self.talks: dict[str, tuple[str, str]] = {}
        """Joined agents' legs: call id and endpoint."""
        self.busy: dict[str, int] = {}
        """Joined legs at each endpoint, seats or not."""
        self.phones: dict[str, tuple[bool, datetime]] = {}
        """Registration as last seen; no entry: not known, taken as registered until an offer fails."""
        self.held: dict[str, Seat] = {}
        self.held_by_leg: dict[str, Seat] = {}
        self.ended = Ended()
        self.timers = Timers(self._timer_holds)
        self.dirty: set[Queue] = set()
        """Queues in which a call or a ready agent is new since the last match."""
        self._ordinal = 0
        self._offer_time = timedelta(seconds=policy.offer_seconds + policy.offer_guard_seconds)

    # ---- calls

    def queue(self, name: str) -> Queue:
        """Return the queue, opened at its first use."""
        found = self.queues.get(name)
        if found is None:
            found = self.queues[name] = Queue(name)
        return found

    def ordinal(self) -> int:
        """Return the next tie-break number."""
        self._ordinal += 1
        return self._ordinal

    def add_call(self, call_id: str, queue: str, entered_at: datetime, state: CallState) -> Call:
        """Note a call that is not in line (yet)."""
        call = Call(self.queue(queue), (entered_at, self.ordinal(), call_id), state)
        self.calls[call_id] = call
        return call

    def enqueue(self, call: Call, now: datetime) -> None:
        """Put the call in line at its own place."""
        queue = call.queue
        call.state = CallState.WAITING
        queue.waiting.add(call.place)
        self.dirty.add(queue)
        self.out.append(CallQueued(call.id, queue.name, queue.position(call.place), call.place[0], now))

    def leave_queue(self, call: Call, state: CallState, reason: LeaveReason, now: datetime) -> None:
        """Take a waiting or offered call out of the queue for good; an open offer is withdrawn."""
        if call.state is CallState.WAITING:
            call.queue.waiting.remove(call.place)
        elif call.offer is not None:
            seat = self.withdraw(call.offer, now)
            self.settle(seat, now, AgentAct.RELEASE)
        call.state = state
        waited = max(0.0, (now - call.place[0]).total_seconds())
        self.out.append(CallLeftQueue(call.id, call.queue.name, reason, waited, now))

    # ---- offers

    def match(self, now: datetime) -> None:
        """Offer calls for as long as a queue that changed has both a call and a ready agent; first come over all."""
        if not self.seen:
            return
        dirty = self.dirty
        while dirty:
            first: Queue | None = None
            for queue in tuple(dirty):
                if not queue.waiting or not queue.ready:
                    dirty.discard(queue)
                elif first is None or queue.waiting[0] < first.waiting[0]:
                    first = queue
            if first is not None:
                self._offer(self.calls[first.waiting[0][2]], self.seats[first.ready[0][2]], now)

    def touch_all(self) -> None:
        """Have the next `match` look at every queue."""
        self.dirty.update(self.queues.values())

    def _offer(self, call: Call, seat: Seat, now: datetime) -> None:
        trace = trace_decision(call, seat, self.held.values(), self.policy.trace_candidates, now)
        offer = Offer(self.new_id(), self.new_id(), call, seat, now)
        call.queue.waiting.remove(call.place)
        self.out.append(RingAgent(offer.id, offer.leg_id, call.id, seat.id, seat.endpoint, self.policy.offer_seconds))
        self.out.append(OfferMade(offer.id, call.id, seat.id, offer.leg_id, in_words(trace), trace, now))
        self.open_offer(offer, now)

    def open_offer(self, offer: Offer, now: datetime) -> None:
        """Tie the call (not in line any more) and the seat together and set the guard."""
        call, seat = offer.call, offer.seat
        call.state = CallState.OFFERED
        call.attempts += 1
        call.offer = seat.offer = offer
        self.offers[offer.leg_id] = offer
        self.guard(offer, now)
        self.move(seat, now, "", AgentAct.OFFER, call_id=call.id)

    def guard(self, offer: Offer, now: datetime) -> None:
        """Give the offer up when the switch says nothing of it for the whole time that a phone may ring."""
        offer.guarded_until = now + self._offer_time
        self.timers.add(offer.guarded_until, TimerKind.OFFER, offer.leg_id)

    def close_offer(self, offer: Offer, outcome: OfferOutcome, now: datetime) -> Seat:
        """Untie call and seat; the caller of this says what becomes of both."""
        del self.offers[offer.leg_id]
        offer.call.offer = offer.seat.offer = None
        self.out.append(OfferEnded(offer.id, offer.call.id, offer.seat.id, outcome, now))
        return offer.seat

    def withdraw(self, offer: Offer, now: datetime) -> Seat:
        """Cancel the ringing. The agent keeps his idle time and is passed over until his phone is seen free."""
        seat = self.close_offer(offer, OfferOutcome.CANCELLED, now)
        self.out.append(CancelRing(offer.leg_id))
        self.hold(seat, Verdict.RELEASING, now + timedelta(seconds=self.policy.release_seconds), offer.leg_id)
        return seat

    def fail_offer(self, offer: Offer, outcome: OfferOutcome, now: datetime) -> None:
        """The phone did not take the call: others first, the call keeps its place."""
        seat, call = self.close_offer(offer, outcome, now), offer.call
        if outcome is not OfferOutcome.CANCELLED:
            seat.idle_since = now
            call.missed_by += (seat.id,)
        if outcome in MISSED:
            seat.missed += 1
            if seat.missed >= self.policy.missed_offers_to_pause:
                seat.wants, seat.wants_reason = AgentState.PAUSED, "missed_offers"
        elif outcome is OfferOutcome.UNREGISTERED:
            # dated to the begin of the offer: a registration seen since then is newer news
            self.note_phone(seat.endpoint, registered=False, at=offer.made_at)
        self.hold(seat, Verdict.COOLING_DOWN, now + timedelta(seconds=self.policy.cool_down_seconds))
        self.settle(seat, now, AgentAct.RELEASE)
        self.enqueue(call, now)

    # ---- seats

    def move(self, seat: Seat, now: datetime, reason: str, *acts: AgentAct, call_id: str | None = None) -> None:
        """Apply acts of the transition table; the state they end in is told once.

        Raises:
            TransitionRefused: the table does not list an act; nothing was changed.
        """
        state = seat.state
        for act in acts:
            state = after(state, act)
        if state is seat.state and reason == seat.reason and call_id == seat.call_id:
            return
        for queue in seat.queues:
            queue.agents[seat.state] -= 1
            queue.agents[state] += 1
        if state is not seat.state:
            seat.since = now
        seat.state, seat.reason, seat.call_id = state, reason, call_id
        if state is AgentState.READY and seat.held_until is None:
            self._line_up(seat)
        elif seat.line_place is not None:
            self._step_out(seat)
        self.out.append(AgentStateChanged(seat.id, state, call_id, reason, now))

    def settle(self, seat: Seat, now: datetime, *acts: AgentAct) -> None:
        """Apply acts that leave the agent free, then what he wants and what his phone allows."""
        if seat.wants is AgentState.OFFLINE:
            self.move(seat, now, "signed_off", *acts, AgentAct.SIGN_OFF)
            if self.seat_at.get(seat.endpoint) is seat:
                del self.seat_at[seat.endpoint]
        elif not self.phone_usable(seat.endpoint):
            self.move(seat, now, "phone_unregistered", *acts, AgentAct.PHONE_LOST)
        elif seat.wants is AgentState.PAUSED:
            self.move(seat, now, seat.wants_reason, *acts, AgentAct.PAUSE)
        else:
            self.move(seat, now, "", *acts)

    def hold(self, seat: Seat, verdict: Verdict, until: datetime, leg_id: str | None = None) -> None:
        """Pass the agent over until the instant, or until the leg is gone."""
        self.drop_hold(seat)
        seat.held_until, seat.held_verdict, seat.held_leg = until, verdict, leg_id
        self.held[seat.id] = seat
        if leg_id is not None:
            self.held_by_leg[leg_id] = seat
        self.timers.add(until, TimerKind.HOLD, seat.id)
        if seat.line_place is not None:
            self._step_out(seat)

    def drop_hold(self, seat: Seat) -> None:
        """Let the agent be offered calls again."""
        if seat.held_until is None:
            return
        seat.held_until = None
        del self.held[seat.id]
        if seat.held_leg is not None:
            del self.held_by_leg[seat.held_leg]
            seat.held_leg = None
        if seat.state is AgentState.READY:
            self._line_up(seat)

    def replace_in_line(self, seat: Seat) -> None:
        """Give a ready agent the place of his present idle time."""
        if seat.line_place is not None:
            self._step_out(seat)
            self._line_up(seat)

    def _line_up(self, seat: Seat) -> None:
        if seat.line_place is None:
            seat.line_place = (seat.idle_since, seat.ordinal, seat.id)
            for queue in seat.queues:
                queue.ready.add(seat.line_place)
        self.dirty.update(seat.queues)

    def _step_out(self, seat: Seat) -> None:
        for queue in seat.queues:
            queue.ready.remove(seat.line_place)
        seat.line_place = None

    # ---- phones and timers

    def phone_usable(self, endpoint: str) -> bool:
        """Tell whether the phone is registered or nothing is known of it."""
        seen = self.phones.get(endpoint)
        return seen is None or seen[0]

    def note_phone(self, endpoint: str, *, registered: bool, at: datetime) -> bool:
        """Keep the newest news of a phone; tell whether this was it."""
        seen = self.phones.get(endpoint)
        if seen is not None and at < seen[1]:
            return False
        self.phones[endpoint] = (registered, at)
        return True

    def _timer_holds(self, kind: TimerKind, key: str, due: datetime) -> bool:
        if kind is TimerKind.OFFER:
            # unseen, the phone may have answered long since; the next Restore tells, and guards the offers anew
            offer = self.offers.get(key)
            return self.seen and offer is not None and offer.guarded_until == due
        seat = self.seats.get(key)
        if seat is None:
            return False
        if kind is TimerKind.HOLD:
            return seat.held_until == due
        return seat.state is AgentState.WRAP_UP and seat.wrap_up_until == due
