"""The board: the engine's notices in, the figures of every queue out (pure).

Fed live by the engine, and after a restart by the same notices made from the database's rows; so both give the same.
Instants may come late by as much as the engine's own; one before the last counts as the last.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.events import (
    AgentState,
    AgentStateChanged,
    CallLeftQueue,
    CallQueued,
    LeaveReason,
    OfferMade,
    RoutingNotice,
)
from routing.figures.counts import Count, Counts, FigureRules
from routing.figures.lane import Interval, Lane, LiveFigures
from routing.figures.windows import INTERVAL, interval_of, milliseconds

TOTAL = "*"
"""Name under which all queues are counted together: a call that is moved on counts once, an agent once."""

_OUTCOMES = {
    LeaveReason.JOINED: Count.ANSWERED,
    LeaveReason.ABANDONED: Count.ABANDONED,
    LeaveReason.FELL_BACK: Count.FELL_BACK,
    LeaveReason.LOST: Count.LOST,
    LeaveReason.CALLBACK: Count.CALLBACKS,
    LeaveReason.MOVED: Count.DIVERTED,
    LeaveReason.DIVERTED: Count.DIVERTED,
    LeaveReason.CLOSED: Count.DIVERTED,
    LeaveReason.TAKEN_OUT: Count.DIVERTED,
}
"""How a call left → what is counted. A callback that is cancelled counts as nothing: its call counted long ago."""
_REMEMBERED = timedelta(hours=6)
_LEFT_OUT_REMEMBERED = timedelta(days=2)
"""Longer than a day: when it is counted again, what is left out is said before its midnight."""

QueuesOf = Callable[[str], tuple[str, ...]]
"""Agent id → names of the queues he serves now."""

WithinOf = Callable[[str], float | None]
"""Queue → seconds within which its calls are to be answered; None: as the rules say."""


@dataclass(slots=True)
class _Call:
    queue: str
    entered_at: datetime
    seen_at: datetime
    waiting: bool = True
    in_fallback: bool = False
    outcome: Counts = field(default_factory=Counts)


@dataclass(slots=True)
class _Agent:
    state: AgentState
    since: datetime
    call_id: str | None
    queues: tuple[str, ...]


class Board:
    """Figures of all queues.

    Args:
        rules: what the figures are compared with.
        queues_of: tells which queues an agent serves.
        now: when counting begins.
        within_of: time to answer of a queue that has one of its own.
    """

    def __init__(
        self, rules: FigureRules, queues_of: QueuesOf, now: datetime, within_of: WithinOf = lambda _: None
    ) -> None:
        self._rules = rules
        self._within_of = within_of
        self._queues_of = queues_of
        self._now = now
        self._next_interval = interval_of(now) + INTERVAL
        self._lanes: dict[str, Lane] = {TOTAL: Lane(TOTAL, now)}
        self._calls: dict[str, _Call] = {}
        self._agents: dict[str, _Agent] = {}
        self._left_out: dict[str, datetime] = {}
        self._over: list[Interval] = []

    # ---- in

    def leave_out(self, call_id: str) -> None:
        """Count nothing of a call: a probe call (拨测), or a callback. Said before its first notice."""
        self._left_out[call_id] = self._now

    def open(self, queues: Iterable[str]) -> None:
        """Show these queues also while nothing happens in them."""
        for queue in queues:
            self._lane(queue)

    def take(self, notice: RoutingNotice) -> None:
        """Take in what the engine told."""
        match notice:
            case CallQueued():
                self._queued(notice)
            case CallLeftQueue():
                self._left(notice)
            case AgentStateChanged():
                self._changed(notice)
            case OfferMade():
                self._offered(notice)
            case _:
                pass

    # ---- out

    def figures(self, now: datetime) -> list[LiveFigures]:
        """Return every queue as it stands at `now`, all together first."""
        self._pass(now)
        self._advance()
        return [lane.figures(self._now, self._rules) for lane in self._lanes.values()]

    def finished(self) -> list[Interval]:
        """Return the half hours that ended since this was asked last."""
        over, self._over = self._over, []
        return over

    def running(self) -> list[Interval]:
        """Return the running half hour of every queue, up to the last `figures`."""
        return [lane.running() for lane in self._lanes.values()]

    # ---- calls

    def _queued(self, notice: CallQueued) -> None:
        if notice.call_id in self._left_out:
            return
        now = self._pass(notice.at)
        call = self._calls.get(notice.call_id)
        lane = self._lane(notice.queue)
        if call is None:
            call = self._calls[notice.call_id] = _Call(notice.queue, notice.entered_at, now)
            self._lanes[TOTAL].count(Count.OFFERED, 1, now)
            lane.count(Count.OFFERED, 1, now)
        elif call.queue != notice.queue:
            self._stop_waiting(call, notice.call_id)
            call.queue, call.outcome = notice.queue, Counts()
            lane.count(Count.OFFERED, 1, now)
        self._wait(notice.call_id, call, notice.entered_at, now)

    def _offered(self, notice: OfferMade) -> None:
        """A call that was believed lost rings: its offer was found in the switch."""
        call = self._calls.get(notice.call_id)
        if call is not None and Count.LOST in call.outcome:
            self._wait(notice.call_id, call, call.entered_at, self._pass(notice.at))

    def _wait(self, call_id: str, call: _Call, since: datetime, now: datetime) -> None:
        if not call.waiting:
            # the agent was gone in the instant of joining, or the call is not lost: it had not left after all
            self._count(call, Counts({count: -amount for count, amount in call.outcome.items()}), now)
        call.waiting, call.seen_at, call.outcome = True, now, Counts()
        self._lane(call.queue).enter(call_id, since)
        self._lanes[TOTAL].enter(call_id, call.entered_at)

    def _left(self, notice: CallLeftQueue) -> None:
        if notice.call_id in self._left_out:
            return
        now = self._pass(notice.at)
        call = self._calls.get(notice.call_id)
        if call is None:
            # it had waited before counting began
            entered = notice.at - timedelta(seconds=notice.waited_seconds)
            call = self._calls[notice.call_id] = _Call(notice.queue, entered, now)
        elif not call.waiting:
            if Count.LOST not in call.outcome:
                return
            self._wait(notice.call_id, call, call.entered_at, now)
        self._stop_waiting(call, notice.call_id)
        call.seen_at = now
        count = _OUTCOMES.get(notice.reason)
        call.in_fallback = count is Count.FELL_BACK
        waited_ms = round(notice.waited_seconds * 1000)
        call.outcome = Counts() if count is None else self._outcome(count, call.queue, waited_ms)
        self._count(call, call.outcome, now)

    def _outcome(self, count: Count, queue: str, waited_ms: int) -> Counts:
        counts = Counts({count: 1})
        if count is Count.ANSWERED:
            counts[Count.ANSWER_WAIT_MS] = waited_ms
            within = self._within_of(queue)
            within = self._rules.answer_within_seconds if within is None else within
            counts[Count.ANSWERED_IN_TIME] = int(waited_ms <= within * 1000)
        elif count is Count.ABANDONED:
            counts[Count.ABANDON_WAIT_MS] = waited_ms
            counts[Count.ABANDONED_SHORT] = int(waited_ms < self._rules.short_abandon_seconds * 1000)
        return counts

    def _count(self, call: _Call, counts: Counts, now: datetime) -> None:
        for lane in (self._lane(call.queue), self._lanes[TOTAL]):
            for count, amount in counts.items():
                if amount:
                    lane.count(count, amount, now)

    def _stop_waiting(self, call: _Call, call_id: str) -> None:
        call.waiting = False
        self._lane(call.queue).leave(call_id)
        self._lanes[TOTAL].leave(call_id)

    # ---- agents

    def _changed(self, notice: AgentStateChanged) -> None:
        now = self._pass(notice.at)
        before = self._agents.pop(notice.agent_id, None)
        if before is not None and before.state is not notice.state:
            self._count_work(before, now)
        gone = notice.state is AgentState.OFFLINE
        queues = () if gone else (TOTAL, *self._queues_of(notice.agent_id))
        self._move(before, notice.state, queues, now)
        if not gone:
            same = before is not None and before.state is notice.state
            since = before.since if same and before is not None else now
            self._agents[notice.agent_id] = _Agent(notice.state, since, notice.call_id, queues)
        if notice.state is AgentState.TALKING and notice.call_id is not None:
            self._answered_in_fallback(notice.call_id, now)

    def _move(self, before: _Agent | None, after: AgentState, queues: tuple[str, ...], now: datetime) -> None:
        served = () if before is None else before.queues
        for queue in {*served, *queues}:
            self._lane(queue).move(
                before.state if before is not None and queue in served else None,
                after if queue in queues else None,
                now,
            )

    def _count_work(self, agent: _Agent, now: datetime) -> None:
        """Add the talk or wrap-up that ends to the queue of its call."""
        if agent.call_id is None or agent.call_id in self._left_out:
            return
        span = milliseconds(now - agent.since)
        if agent.state is AgentState.TALKING:
            counts = Counts({Count.HANDLED: 1, Count.TALK_MS: span})
        elif agent.state is AgentState.WRAP_UP:
            counts = Counts({Count.WRAP_UP_MS: span})
        else:
            return
        call = self._calls.get(agent.call_id)
        lanes = [self._lanes[TOTAL], *([] if call is None else [self._lane(call.queue)])]
        for lane in lanes:
            for count, amount in counts.items():
                lane.count(count, amount, now)

    def _answered_in_fallback(self, call_id: str, now: datetime) -> None:
        call = self._calls.get(call_id)
        if call is not None and call.in_fallback:
            call.in_fallback = False
            outcome = self._outcome(Count.ANSWERED, call.queue, milliseconds(now - call.entered_at))
            self._count(call, outcome + Counts({Count.FELL_BACK_ANSWERED: 1}), now)

    # ---- time

    def _lane(self, queue: str) -> Lane:
        lane = self._lanes.get(queue)
        if lane is None:
            lane = self._lanes[queue] = Lane(queue, self._now)
        return lane

    def _pass(self, now: datetime) -> datetime:
        """Let time pass; return the present instant, which never goes back."""
        self._now = max(self._now, now)
        if self._now >= self._next_interval:
            self._next_interval = interval_of(self._now) + INTERVAL
            self._advance()
            self._forget()
        return self._now

    def _advance(self) -> None:
        for lane in self._lanes.values():
            self._over += lane.advance(self._now)

    def _forget(self) -> None:
        """Drop calls of hours ago: an agent may still wrap up a call for a while, not for ever."""
        old = self._now - _REMEMBERED
        held = {agent.call_id for agent in self._agents.values()}
        for call_id, call in list(self._calls.items()):
            if not call.waiting and call.seen_at < old and call_id not in held:
                del self._calls[call_id]
        oldest = self._now - _LEFT_OUT_REMEMBERED
        self._left_out = {one: at for one, at in self._left_out.items() if at >= oldest}
