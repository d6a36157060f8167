"""The floor: seats, calls and queues, and the few ways in which they change. Every change keeps the books in step.

What holds after each change: a call waits in one line or has one offer or is in neither; a seat stands in the lines it
may serve (or is fresh) exactly while it is READY and not held; an open offer ties one call to one seat.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from routing.agents import AgentAct, after
from routing.engine_events import Command
from routing.events import AgentState, AgentStateChanged, CallQueued, Verdict
from routing.lineup import Lineup
from routing.plan.document import AgentRule, PauseRule, Plan
from routing.policy import Policy
from routing.records import Call, CallState, Ended, Offer, Queue, Seat, TimerKind, Timers
from routing.regulars import LastAgents
from routing.terms import terms_of

_NO_QUEUE = ""
"""Queue of calls that were first seen outside ours."""


class Floor:
    """State of the engine; `out` gathers the commands of the event that is being handled."""

    def __init__(self, policy: Policy, new_id: Callable[[], str]) -> None:
        self.policy = policy
        self.new_id = new_id
        self.plan: Plan | None = None
        self.plan_version = 0
        self.planned_queues: frozenset[str] = frozenset()
        self.agent_rules: Mapping[str, AgentRule] = {}
        """What the plan says of agents, by id."""
        self.pause_rules: Mapping[str, PauseRule] = {}
        self.seen = False
        """Whether the switch is seen."""
        self.out: list[Command] = []
        self.lineup = Lineup()
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
        self.last_agents = LastAgents()
        self.ended = Ended()
        self.timers = Timers(self._timer_holds)
        self._ordinal = 0

    # ---- queues and calls

    def queue(self, name: str, dialled: str = "") -> Queue:
        """Return the queue, opened at its first use; the plan's default queue for one that the plan does not know."""
        plan = self.plan
        if plan is not None and name and name not in self.planned_queues:
            name = plan.queue_of_dialled(dialled)
        found = self.queues.get(name)
        if found is None:
            found = self.queues[name] = Queue(name, terms_of(name, plan, self.policy))
        return found

    def ordinal(self) -> int:
        """Return the next tie-break number."""
        self._ordinal += 1
        return self._ordinal

    def add_call(self, call_id: str, queue: Queue, entered_at: datetime, state: CallState) -> Call:
        """Note a call that is not in line (yet)."""
        call = Call(call_id, queue, entered_at, self.ordinal(), state)
        self.calls[call_id] = call
        return call

    def add_unqueued_call(self, call_id: str, now: datetime) -> Call:
        """Note a call that was first seen outside our queues."""
        return self.add_call(call_id, self.queue(_NO_QUEUE), now, CallState.FALLBACK)

    def enqueue(self, call: Call, now: datetime) -> None:
        """Put the call in line at its own place and at the step its age has reached."""
        if call.not_before is not None and call.not_before > now:
            call.state, call.step_due = CallState.PARKED, call.not_before
            self.timers.add(call.not_before, TimerKind.STEP, call.id)
        else:
            self.stand_in_line(call, now)
        queue = call.queue
        self.out.append(CallQueued(call.id, queue.name, queue.position(call.place), call.entered_at, now))

    def stand_in_line(self, call: Call, now: datetime) -> None:
        """Put the call in line and set the timer for what comes next of its steps; nobody is told."""
        lineup = self.lineup
        call.state = CallState.WAITING
        waited = (now - call.moved_at).total_seconds()
        lineup.add_call(call, lineup.ladder_of(call).step_at(waited), now)
        self.wait_for_step(call, now)

    def wait_for_step(self, call: Call, now: datetime) -> None:
        """Set the timer for the next widening or overflow of a call in line; what is overdue comes at once."""
        ladder, overflow = call.ladder, call.queue.terms.overflow
        assert ladder is not None
        after: timedelta | None = None
        if call.step + 1 < len(ladder.opens):
            after = ladder.opens[call.step + 1]
        if call.overflowed < len(overflow):
            over = timedelta(seconds=overflow[call.overflowed].after_seconds)
            after = over if after is None or over < after else after
        if after is None:
            call.step_due = None
            return
        due = call.moved_at + after
        call.step_due = max(due, now)
        self.timers.add(call.step_due, TimerKind.STEP, call.id)

    # ---- seats

    def move(self, seat: Seat, now: datetime, reason: str, *acts: AgentAct, call_id: str | None = None) -> None:
        """Apply acts of the transition table; the state they end in is told once.

        Raises:
            TransitionRefused: the table does not list an act; nothing was changed.
        """
        state = before = seat.state
        for act in acts:
            state = after(state, act)
        if state is before and reason == seat.reason and call_id == seat.call_id:
            return
        if state is not before:
            for queue in seat.queues:
                counts = queue.agents
                counts[before] -= 1
                counts[state] += 1
            seat.since = now
        pause_begins = state is AgentState.PAUSED and (before is not state or reason != seat.reason)
        seat.state, seat.reason, seat.call_id = state, reason, call_id
        if state is AgentState.READY and seat.held_until is None:
            self.lineup.free(seat)
        elif before is AgentState.READY:
            self.lineup.step_out(seat)
        if pause_begins:
            seat.since = now
            self.limit_pause(seat)
        self.out.append(AgentStateChanged(seat.id, state, call_id, reason, now))

    def settle(self, seat: Seat, now: datetime, *acts: AgentAct) -> None:
        """Apply acts that leave the agent free, then what he wants and what his phone allows."""
        if seat.wants is AgentState.OFFLINE:
            self.move(seat, now, seat.wants_reason, *acts, AgentAct.SIGN_OFF)
            if self.seat_at.get(seat.endpoint) is seat:
                del self.seat_at[seat.endpoint]
        elif not self.phone_usable(seat.endpoint):
            self.move(seat, now, "phone_unregistered", *acts, AgentAct.PHONE_LOST)
        elif seat.wants is AgentState.PAUSED:
            self.move(seat, now, seat.wants_reason, *acts, AgentAct.PAUSE)
        else:
            self.move(seat, now, "", *acts)

    def limit_pause(self, seat: Seat) -> None:
        """Set the timer for the end of a pause that the plan limits; it counts from `seat.since`."""
        rule = self.pause_rules.get(seat.reason)
        seat.pause_due = None
        if rule is not None and rule.limit_seconds:
            seat.pause_due = seat.since + timedelta(seconds=rule.limit_seconds)
            self.timers.add(seat.pause_due, TimerKind.PAUSE, seat.id)

    def hold(self, seat: Seat, verdict: Verdict, until: datetime, leg_id: str | None = None) -> None:
        """Pass the agent over until the instant, or until the leg is gone."""
        self.drop_hold(seat)
        seat.held_until, seat.held_verdict, seat.held_leg = until, verdict, leg_id
        self.held[seat.id] = seat
        if leg_id is not None:
            self.held_by_leg[leg_id] = seat
        self.timers.add(until, TimerKind.HOLD, seat.id)
        self.lineup.step_out(seat)

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
            self.lineup.free(seat)

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
        if kind is TimerKind.STEP:
            call = self.calls.get(key)
            return self.seen and call is not None and call.step_due == due
        if kind is TimerKind.OFFER:
            # unseen, the phone may have answered long since; the next Restore tells, and guards the offers anew
            offer = self.offers.get(key)
            return self.seen and offer is not None and offer.guarded_until == due
        seat = self.seats.get(key)
        return seat is not None and _seat_timer_holds(kind, seat, due)


def _seat_timer_holds(kind: TimerKind, seat: Seat, due: datetime) -> bool:
    if kind is TimerKind.HOLD:
        return seat.held_until == due
    if kind is TimerKind.PAUSE:
        return seat.state is AgentState.PAUSED and seat.pause_due == due
    return seat.state is AgentState.WRAP_UP and seat.wrap_up_until == due
