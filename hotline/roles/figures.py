"""Figures of the queues: counted from the engine, told once a second, kept as history. Nothing holds the engine up.

Told on `hotline/queues/<queue>` (all together: `hotline/queues/*`) as `routing.figures.lane.LiveFigures`. Only the
engine that is in charge runs this.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

import structlog

from core.errors import HotlineError, NotFound, PartUnavailable
from core.wire import payload_of
from hotline.house import House
from routing.engine_events import Command
from routing.events import AgentStateChanged, RoutingNotice
from routing.figures.board import Board, QueuesOf, WithinOf
from routing.figures.counts import FigureRules
from routing.figures.lane import Interval, LiveFigures
from routing.figures.service import FigureLog

log = structlog.get_logger(__name__)

FIGURES = "hotline/rpc/engine/figures"
"""Asked for the present figures: `{}` → `{"queues": [LiveFigures, …]}`, all together first."""

_TELL_SECONDS = 1.0
_KEEP_SECONDS = 30.0
_PAUSE_SECONDS = 2.0
_GATHER_SECONDS = 0.1
"""Changes are written together that come within this time: a transaction costs processor time."""
_SLICE = 500
"""Rows counted again in one go, so that a busy day does not hold up the engine when it starts."""


KeepChanges = Callable[[Sequence[AgentStateChanged]], Coroutine[Any, Any, None]]
"""Writes changes of agents' states down."""


class FiguresDesk:
    """Counts and tells.

    Args:
        house: bus, database, clock, settings.
        queues_of: tells which queues an agent serves (the engine knows).
        queues: names of the queues that are shown also while nothing happens in them.
        within_of: time to answer of each queue (the plan knows).
    """

    def __init__(
        self,
        house: House,
        queues_of: QueuesOf,
        queues: Callable[[], list[str]],
        within_of: WithinOf = lambda _: None,
        keep_changes: KeepChanges | None = None,
    ) -> None:
        settings = house.settings.queue
        self._bus = house.bus
        self._clock = house.clock
        self._log = FigureLog(house.database, house.clock)
        self._store_changes = keep_changes or self._log.store
        self._rules = FigureRules(
            short_abandon_seconds=settings.short_abandon_seconds, connect_rate_target=settings.connect_rate_target
        )
        self._within_of = within_of
        self._served_by = queues_of
        self._queues = queues
        self._began = house.clock.now()
        self._board = Board(self._rules, self._queues_of, self._began, within_of)
        self._incoming: asyncio.Queue[RoutingNotice] = asyncio.Queue()
        self._changes: asyncio.Queue[AgentStateChanged] = asyncio.Queue()
        self._left_out: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._left_out_here: list[str] = []
        self._unwritten: dict[tuple[str, datetime], Interval] = {}
        self._figures: list[LiveFigures] = []
        self._taken: list[RoutingNotice] | None = []
        """What was taken in since the start, for the board that is being counted again; None: it is in use."""

    # ---- in, called by the engine's driver; never waits

    def take(self, command: Command) -> None:
        """Take in what the engine commands; what it tells is counted."""
        if isinstance(command, RoutingNotice):
            self._incoming.put_nowait(command)
        if isinstance(command, AgentStateChanged):
            self._changes.put_nowait(command)

    def leave_out(self, call_id: str, why: str) -> None:
        """Count nothing of a call: `probe` or `callback`. Said before the engine hears of it."""
        self._board.leave_out(call_id)
        self._left_out.put_nowait((call_id, why))
        if self._taken is not None:
            self._left_out_here.append(call_id)

    # ---- out

    async def run(self) -> None:
        """Count, tell and keep until cancelled. A fault in here is logged and never ends the engine."""
        await self._bus.serve(FIGURES, self._present)
        while True:
            try:
                await self._work()
            except Exception:
                log.exception("figures_failed", again_in_seconds=_PAUSE_SECONDS)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell())
            group.create_task(self._insist("figures_not_counted_again", self._count_again))
            group.create_task(self._keep())
            group.create_task(self._keep_changes())
            group.create_task(self._keep_left_out())

    async def _count_again(self) -> None:
        """Count today's calls from the database: the engine is new, the day is not."""
        history = await self._log.today(self._began)
        board = Board(self._rules, self._queues_of, history.since, self._within_of)
        for call_id in (*history.left_out, *self._left_out_here):
            board.leave_out(call_id)
        for number, notice in enumerate(history.notices):
            board.take(notice)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        for notice in self._taken or ():
            board.take(notice)
        board.figures(self._clock.now())
        over = board.finished()
        self._board, self._taken = board, None
        await self._log.keep(over, only_missing=True)

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._refresh()
            for one in self._figures:
                await self._bus.publish(f"hotline/queues/{one.queue}", payload_of(one))
            due = max(due + _TELL_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())

    def _queues_of(self, agent_id: str) -> tuple[str, ...]:
        try:
            return self._served_by(agent_id)
        except NotFound:
            return ()

    def _refresh(self) -> None:
        while not self._incoming.empty():
            notice = self._incoming.get_nowait()
            self._board.take(notice)
            if self._taken is not None:
                self._taken.append(notice)
        self._board.open(self._queues())
        self._figures = self._board.figures(self._clock.now())
        for one in self._board.finished():
            if self._taken is None:
                self._unwritten[one.queue, one.starts_at] = one

    async def _present(self, request: dict[str, Any]) -> dict[str, object]:
        """Serve `FIGURES`."""
        del request
        self._refresh()
        return {"queues": [payload_of(one) for one in self._figures]}

    # ---- kept

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_SECONDS)
            if self._taken is not None:
                continue
            intervals = [*self._unwritten.values(), *self._board.running()]
            try:
                await self._log.keep(intervals)
            except PartUnavailable as error:
                log.warning("intervals_wait", problem=error.problem)
                continue
            for one in intervals:
                self._unwritten.pop((one.queue, one.starts_at), None)

    async def _keep_changes(self) -> None:
        while True:
            batch = [await self._changes.get()]
            await asyncio.sleep(_GATHER_SECONDS)
            while not self._changes.empty() and len(batch) < _SLICE:
                batch.append(self._changes.get_nowait())
            await self._insist("state_changes_wait", lambda: self._store_changes(batch))  # noqa: B023 - awaited here

    async def _keep_left_out(self) -> None:
        while True:
            call_id, why = await self._left_out.get()
            await self._insist("left_out_call_waits", lambda: self._log.leave_out(call_id, why))  # noqa: B023

    async def _insist(self, event: str, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do it as soon as the database can be used; what it refuses for another reason is told and dropped."""
        while True:
            try:
                await act()
            except PartUnavailable as error:
                log.error(event, problem=error.problem, remedy=error.remedy)  # noqa: TRY400
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            except HotlineError as error:
                log.error(event, problem=error.message)  # noqa: TRY400
            return
