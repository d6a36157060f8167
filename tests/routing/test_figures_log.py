"""The rows behind the figures, on SQLite and PostgreSQL: what is counted again equals what was counted live."""

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import ManualClock
from core.database import Database
from core.ids import new_id
from routing.engine import Engine
from routing.engine_events import (
    AgentReady,
    AgentSignedOn,
    CallGone,
    CallWaiting,
    EngineEvent,
    LegEnded,
    LegJoined,
    OfferFailed,
    Restore,
    RingAgent,
)
from routing.events import AgentState, AgentStateChanged, CallQueued, OfferOutcome, RoutingNotice
from routing.figures.board import TOTAL, Board
from routing.figures.counts import Count, Counts, FigureRules
from routing.figures.lane import Interval
from routing.figures.service import FigureLog
from routing.policy import Policy
from routing.service import DecisionLog

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)


@pytest.fixture
def log(database: Database, clock: ManualClock) -> FigureLog:
    return FigureLog(database, clock)


class Shift:
    """An engine at work, whose notices go to a board and to the rows, as in the product."""

    def __init__(self, clock: ManualClock, decisions: DecisionLog, log: FigureLog) -> None:
        self.clock, self._decisions, self._log = clock, decisions, log
        self.engine = Engine(Policy(wrap_up_seconds=20), new_id)
        self.board = Board(FigureRules(), self.queues_of, clock.now())
        self._kept: list[RoutingNotice] = []

    def queues_of(self, agent_id: str) -> tuple[str, ...]:
        return self.engine.presence_of(agent_id).queues

    async def tell(self, *events: EngineEvent) -> list[object]:
        did: list[object] = []
        for event in events:
            did += self.engine.handle(event, self.clock.now())
        for notice in did:
            if isinstance(notice, RoutingNotice):
                self.board.take(notice)
                self._kept.append(notice)
        return did

    async def write_down(self) -> None:
        await self._decisions.store(self._kept)
        await self._log.store([one for one in self._kept if isinstance(one, AgentStateChanged)])

    async def work(self) -> str:
        """Two agents, four calls: answered, answered by the second agent, abandoned, and one that waits on."""
        a, b = new_id(), new_id()
        await self.tell(Restore(), AgentSignedOn(a, "8001"), AgentReady(a), AgentSignedOn(b, "8002"), AgentReady(b))
        for seconds, failed in ((10, False), (25, True)):
            self.clock.advance(timedelta(seconds=60))
            call = new_id()
            did = await self.tell(CallWaiting(call, "general", self.clock.now()))
            self.clock.advance(timedelta(seconds=seconds))
            ring = next(one for one in did if isinstance(one, RingAgent))
            if failed:
                did = await self.tell(OfferFailed(ring.leg_id, OfferOutcome.BUSY))
                ring = next(one for one in did if isinstance(one, RingAgent))
            await self.tell(LegJoined(ring.leg_id, call, ring.endpoint))
            self.clock.advance(timedelta(seconds=90))
            await self.tell(LegEnded(ring.leg_id), CallGone(call))
        busy = [new_id() for _ in range(4)]
        for call in busy:
            await self.tell(CallWaiting(call, "general", self.clock.advance(timedelta(seconds=1))))
        self.clock.advance(timedelta(seconds=7))
        await self.tell(CallGone(busy[3]))
        return busy[2]


async def test_counted_again_from_the_rows_the_figures_are_those_counted_live(
    database: Database, clock: ManualClock, log: FigureLog
) -> None:
    clock.advance(MORNING - clock.now())
    shift = Shift(clock, DecisionLog(database), log)
    waits = await shift.work()
    await shift.write_down()
    history = await log.today(clock.now() + timedelta(microseconds=1))
    assert history.since == MIDNIGHT
    again = Board(FigureRules(), shift.queues_of, history.since)
    for notice in history.notices:
        again.take(notice)
    # who still waits, the engine tells again when it has read the switch
    for call in shift.engine.waiting("general"):
        again.take(CallQueued(call.call_id, call.queue, call.position, call.entered_at, clock.now()))
    now = clock.now()
    live = {one.queue: one for one in shift.board.figures(now)}
    counted = {one.queue: one for one in again.figures(now)}
    for queue in ("general", TOTAL):
        assert counted[queue].agents == live[queue].agents
        assert counted[queue].today.answered == live[queue].today.answered == 2
        assert counted[queue].today.answered_in_time == live[queue].today.answered_in_time == 1
        assert counted[queue].today.abandoned == live[queue].today.abandoned == 1
        assert counted[queue].today.occupancy == pytest.approx(live[queue].today.occupancy, abs=0.001)
        assert counted[queue].last_30_minutes.occupancy == pytest.approx(
            live[queue].last_30_minutes.occupancy, abs=0.01
        )
        assert counted[queue].today.average_handle_seconds == live[queue].today.average_handle_seconds
    assert waits


async def test_a_call_that_had_not_left_is_lost_until_the_engine_tells_of_it_again(
    database: Database, clock: ManualClock, log: FigureLog
) -> None:
    call = new_id()
    queued = CallQueued(call, "general", 1, clock.now(), clock.now())
    await DecisionLog(database).store([queued])
    clock.advance(timedelta(seconds=40))
    history = await log.today(clock.now())
    board = Board(FigureRules(), lambda _: (), history.since)
    for notice in history.notices:
        board.take(notice)
    (total, general) = board.figures(clock.now())
    assert (general.today.lost, general.waiting, total.today.offered) == (1, 0, 1)
    board.take(queued)
    (total, general) = board.figures(clock.now())
    assert (general.today.lost, general.waiting, general.today.offered) == (0, 1, 1)
    assert general.longest_wait_seconds == 40


async def test_yesterdays_calls_do_not_count_today_but_an_agents_state_of_yesterday_goes_on(
    database: Database, clock: ManualClock, log: FigureLog
) -> None:
    clock.advance(MIDNIGHT - timedelta(hours=2) - clock.now())
    agent = new_id()
    await log.store([AgentStateChanged(agent, AgentState.READY, None, "", clock.now())])
    await DecisionLog(database).store([CallQueued(new_id(), "general", 1, clock.now(), clock.now())])
    clock.advance(timedelta(hours=3))
    history = await log.today(clock.now())
    assert [(type(one), one.at) for one in history.notices] == [(AgentStateChanged, MIDNIGHT)]


async def test_half_hours_are_kept_once_and_the_last_word_holds(log: FigureLog, clock: ManualClock) -> None:
    begin = clock.now().replace(minute=0, second=0, microsecond=0)
    counts = Counts({Count.OFFERED: 3, Count.ANSWERED: 2, Count.LOST: 0})
    await log.keep([Interval("general", begin, counts)])
    (kept,) = await log.intervals("general", begin, begin + timedelta(hours=1))
    assert (kept.interval.counts, kept.complete) == ({Count.OFFERED: 3, Count.ANSWERED: 2}, False)
    clock.advance(timedelta(hours=1))
    await log.keep([Interval("general", begin, Counts({Count.OFFERED: 9}))], only_missing=True)
    assert (await log.intervals("general", begin, clock.now()))[0] == kept
    await log.keep([Interval("general", begin, Counts({Count.OFFERED: 4}))])
    (kept,) = await log.intervals("general", begin, clock.now())
    assert (kept.interval.counts, kept.complete) == ({Count.OFFERED: 4}, True)
    assert await log.intervals("other", begin, clock.now()) == []


async def test_what_an_agent_did_is_told_newest_first(log: FigureLog, clock: ManualClock) -> None:
    agent, at = new_id(), clock.now()
    await log.store(
        [
            AgentStateChanged(agent, AgentState.PAUSED, None, "lunch", at),
            AgentStateChanged(agent, AgentState.READY, None, "", at),
            AgentStateChanged(new_id(), AgentState.READY, None, "", at),
        ]
    )
    told = await log.changes_of(agent, at, at + timedelta(seconds=1))
    assert [(one.state, one.reason) for one in told] == [(AgentState.READY, ""), (AgentState.PAUSED, "lunch")]


async def test_a_probe_call_is_noted_once(log: FigureLog, clock: ManualClock) -> None:
    call = new_id()
    await log.leave_out(call, "probe")
    await log.leave_out(call, "probe")
    assert (await log.today(clock.now())).left_out == (call,)
