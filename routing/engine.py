"""The ACD engine: which agent's phone rings for which call, and why.

Pure: an event and the instant go in, commands come out; no clock, no I/O. One engine decides at a time; its driver
gives it events one after another. A fresh engine makes no offer until its first `Restore`.

    engine = Engine(Policy(), new_id)
    for command in engine.handle(Restore(snapshot), now): ...
    wake = engine.next_wake(now)  # then: engine.handle(TimePassed(), wake)
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from core.errors import NotFound
from routing import views
from routing.engine_events import (
    AgentPaused,
    AgentPresence,
    AgentReady,
    AgentSignedOff,
    AgentSignedOn,
    CallAssigned,
    CallbackCancelled,
    CallbackWaiting,
    CallDescribed,
    CallFellBack,
    CallGone,
    CallMoved,
    CallOver,
    CallReturned,
    CallTakenOut,
    CallWaiting,
    CancelRing,
    Command,
    DivertFailed,
    EngineEvent,
    LegEnded,
    LegJoined,
    OfferFailed,
    OfferRinging,
    PhoneSeen,
    PlanChanged,
    Restore,
    SwitchLost,
    TimePassed,
    WrapUpDone,
    WrapUpExtended,
)
from routing.events import LeaveReason, OfferOutcome, QueueFigures, WaitEstimate, WaitingCall
from routing.floor import Floor
from routing.flow import (
    assign,
    call_waits,
    callback_cancelled,
    callback_waits,
    describe,
    divert_failed,
    move_call,
    step_due,
    take_out,
)
from routing.matching import match
from routing.offering import fail_offer, leave_queue
from routing.plan.document import Plan
from routing.policy import Policy
from routing.records import QUEUED, CallState, Seat, TimerKind
from routing.replan import change_plan, set_plan
from routing.restore import reconcile
from routing.seating import (
    end_wrap_up,
    extend_wrap_up,
    pause,
    pause_overran,
    phone_seen,
    presence_of,
    ready,
    sign_off,
    sign_on,
)
from routing.talks import call_over, call_returned, leg_ended, leg_joined


class Engine:
    """The first call in line over all that an agent may take; for a call the best agent by its queue's strategy.

    A call's place is the instant it came less its head start (priority, repeat caller): all waiting calls grow older
    at the same pace, so whoever came more than `routing.terms.overtaking_bound` seconds after a call is never served
    before it by an agent who could have taken it. No one starves.

    Args:
        policy: limits of offering and wrapping up where the plan is silent.
        new_id: makes ids of offers and legs (UUIDv7); passed in, so that tests can foresee them.
        plan: the plan of queues in force, agents' ids filled in; None: every queue asked for is there, without skills.
        plan_version: its version.
    """

    def __init__(
        self, policy: Policy, new_id: Callable[[], str], plan: Plan | None = None, plan_version: int = 0
    ) -> None:
        self._floor = Floor(policy, new_id)
        if plan is not None:
            set_plan(self._floor, plan, plan_version)
        self._latest: datetime | None = None
        self._handlers: dict[type, Callable[[Any, datetime], None]] = {
            CallWaiting: partial(call_waits, self._floor),
            CallDescribed: partial(describe, self._floor),
            CallbackWaiting: partial(callback_waits, self._floor),
            CallbackCancelled: self._callback_cancelled,
            DivertFailed: self._divert_failed,
            CallMoved: partial(move_call, self._floor),
            CallAssigned: partial(assign, self._floor),
            CallTakenOut: partial(take_out, self._floor),
            PlanChanged: self._plan_changed,
            CallGone: self._call_gone,
            CallOver: self._call_over,
            CallFellBack: self._call_fell_back,
            CallReturned: self._call_returned,
            OfferRinging: self._offer_ringing,
            OfferFailed: self._offer_failed,
            LegJoined: partial(leg_joined, self._floor),
            LegEnded: self._leg_ended,
            PhoneSeen: self._phone_seen,
            SwitchLost: self._switch_lost,
            AgentSignedOn: partial(sign_on, self._floor),
            AgentSignedOff: self._signed_off,
            AgentReady: self._ready,
            AgentPaused: self._paused,
            WrapUpDone: self._wrap_up_done,
            WrapUpExtended: self._wrap_up_extended,
            TimePassed: self._time_passed,
            Restore: self._restore,
        }

    def handle(self, event: EngineEvent, now: datetime) -> list[Command]:
        """Take in one event and return what is to be done, in order.

        Timers that are due at `now` run after the event. A `now` before an earlier one counts as that one.

        Raises:
            NotFound: an act of an agent who never signed on.
            TransitionRefused, Conflict, InvalidInput: an act that is impossible now; nothing was changed.
        """
        if self._latest is not None and now < self._latest:
            now = self._latest
        self._latest = now
        floor = self._floor
        out: list[Command] = []
        floor.out = out
        self._handlers[type(event)](event, now)
        if floor.timers.may_be_due(now):
            while (timer := floor.timers.pop_due(now)) is not None:
                self._timer_due(*timer, now)
        lineup = floor.lineup
        if lineup.fresh_calls or lineup.fresh_seats:
            match(floor, now)
        return out

    def next_wake(self, now: datetime) -> datetime | None:
        """Return when `TimePassed` is wanted (never before `now`), or None when no timer runs."""
        due = self._floor.timers.next_due()
        return None if due is None else max(due, now)

    # ---- reading

    def presence(self) -> list[AgentPresence]:
        """Return every agent as he is to be remembered outside the engine."""
        return [presence_of(seat) for seat in self._floor.seats.values()]

    def presence_of(self, agent_id: str) -> AgentPresence:
        """Return one agent as he is to be remembered outside the engine.

        Raises:
            NotFound: the agent never signed on.
        """
        return presence_of(self._seat(agent_id))

    def figures(self, queue: str, now: datetime) -> QueueFigures:
        """Return how a queue stands at `now`; a queue never used stands empty."""
        return views.figures(self._floor, queue, now)

    def queues(self) -> list[str]:
        """Return the names of the queues of the plan and of those used so far."""
        return views.queues(self._floor)

    def waiting(self, queue: str) -> list[WaitingCall]:
        """Return the calls in line in a queue, the first first; those that ring at an agent are not among them."""
        return views.waiting(self._floor, queue)

    def estimate(self, call_id: str, now: datetime) -> WaitEstimate | None:
        """Return where a call stands in its queue and how long it has probably yet to wait; None: it does not wait."""
        return views.estimate(self._floor, call_id, now)

    def _seat(self, agent_id: str) -> Seat:
        seat = self._floor.seats.get(agent_id)
        if seat is None:
            raise NotFound("签入的坐席", agent_id)
        return seat

    # ---- calls

    def _call_gone(self, event: CallGone, now: datetime) -> None:
        floor = self._floor
        floor.ended.add(event.call_id, now)
        call = floor.calls.get(event.call_id)
        if call is None:
            return
        if call.state in QUEUED:
            leave_queue(floor, call, CallState.SERVED, LeaveReason.ABANDONED, now)
        if not call.legs:
            del floor.calls[call.id]

    def _call_over(self, event: CallOver, now: datetime) -> None:
        call_over(self._floor, event.call_id, LeaveReason.ABANDONED, now)

    def _call_fell_back(self, event: CallFellBack, now: datetime) -> None:
        floor = self._floor
        call = floor.calls.get(event.call_id)
        if call is None:
            if event.call_id not in floor.ended:
                floor.add_unqueued_call(event.call_id, now)
        elif call.state in QUEUED:
            leave_queue(floor, call, CallState.FALLBACK, LeaveReason.FELL_BACK, now)

    def _callback_cancelled(self, event: CallbackCancelled, now: datetime) -> None:
        callback_cancelled(self._floor, event.callback_id, now)

    def _divert_failed(self, event: DivertFailed, now: datetime) -> None:
        divert_failed(self._floor, event.call_id, now)

    def _plan_changed(self, event: PlanChanged, now: datetime) -> None:
        change_plan(self._floor, event.plan, event.version, now)

    def _call_returned(self, event: CallReturned, now: datetime) -> None:
        call_returned(self._floor, event.call_id, event.queue, now)

    # ---- offers and legs

    def _offer_ringing(self, event: OfferRinging, now: datetime) -> None:
        del now
        offer = self._floor.offers.get(event.leg_id)
        if offer is not None:
            offer.ringing = True

    def _offer_failed(self, event: OfferFailed, now: datetime) -> None:
        floor = self._floor
        offer = floor.offers.get(event.leg_id)
        if offer is not None:
            outcome = OfferOutcome.FAILED if event.outcome is OfferOutcome.JOINED else event.outcome
            fail_offer(floor, offer, outcome, now)
        elif event.leg_id in floor.held_by_leg:
            floor.drop_hold(floor.held_by_leg[event.leg_id])

    def _leg_ended(self, event: LegEnded, now: datetime) -> None:
        leg_ended(self._floor, event.leg_id, event.outcome, now)

    def _phone_seen(self, event: PhoneSeen, now: datetime) -> None:
        phone_seen(self._floor, event.endpoint, registered=event.registered, at=event.at, now=now)

    def _switch_lost(self, event: SwitchLost, now: datetime) -> None:
        del event, now
        self._floor.seen = False

    # ---- acts of people

    def _signed_off(self, event: AgentSignedOff, now: datetime) -> None:
        sign_off(self._floor, self._seat(event.agent_id), event.by, now)

    def _ready(self, event: AgentReady, now: datetime) -> None:
        ready(self._floor, self._seat(event.agent_id), now)

    def _paused(self, event: AgentPaused, now: datetime) -> None:
        pause(self._floor, self._seat(event.agent_id), event.reason, now)

    def _wrap_up_done(self, event: WrapUpDone, now: datetime) -> None:
        end_wrap_up(self._floor, self._seat(event.agent_id), now)

    def _wrap_up_extended(self, event: WrapUpExtended, now: datetime) -> None:
        extend_wrap_up(self._floor, self._seat(event.agent_id), event.seconds, now)

    # ---- time and restart

    def _time_passed(self, event: TimePassed, now: datetime) -> None:
        """Nothing of its own: timers run after every event."""

    def _timer_due(self, kind: TimerKind, key: str, now: datetime) -> None:
        floor = self._floor
        if kind is TimerKind.OFFER:
            floor.out.append(CancelRing(key))
            fail_offer(floor, floor.offers[key], OfferOutcome.NO_ANSWER, now)
        elif kind is TimerKind.HOLD:
            floor.drop_hold(floor.seats[key])
        elif kind is TimerKind.STEP:
            step_due(floor, floor.calls[key], now)
        elif kind is TimerKind.PAUSE:
            pause_overran(floor, floor.seats[key], now)
        else:
            end_wrap_up(floor, floor.seats[key], now)

    def _restore(self, event: Restore, now: datetime) -> None:
        reconcile(self._floor, event.snapshot, now)
