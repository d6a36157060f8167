"""One cell of the table: so many agents, so many waiting, one of the two queues; two waits are measured in it."""

import asyncio
import random
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field

import psutil

from bench._acd.callers import Callers
from bench._acd.line import Line
from bench._acd.phones import Offer, Phone, PhoneBank
from bench._acd.queues import QueueSystem

_TALK_SECONDS = 0.3
_READY_PERIOD = {10: 2.0, 100: 10.0}
_MOST_TALKING = 25
"""More talks at once would measure how much sound two processors can mix, not the queue; other agents are on pause."""
_MEAN_TALK = {10: 1.0, 100: 2.5}
_LONG_LINE, _SLOWER = 500, 2.0
"""The music of so many callers takes half of two processors: agents are released and hang up so much less often, for
both queues, or what is measured is a machine that has more to do than it can."""
_PATIENCE_SECONDS = 20.0


@dataclass
class Cell:
    """What was seen. Seconds, but processors in shares of one."""

    system: str
    agents: int
    waiting: int
    ready: list[float] = field(default_factory=list)
    """From an agent's being made ready to the INVITE at his phone."""
    hung_up: list[float] = field(default_factory=list)
    """From an agent's BYE to the next INVITE at his phone."""
    asterisk_cpu: float = 0.0
    engine_cpu: float = 0.0
    events_per_call: float = 0.0
    waiting_seen: tuple[int, int] = (0, 0)
    missed: int = 0
    """Releases that no INVITE followed."""


class Stage:
    """Runs the cells of one queue with one number of waiting callers."""

    def __init__(
        self, system: QueueSystem, bank: PhoneBank, callers: Callers, line: Line,
        processes: tuple[psutil.Process, psutil.Process],
    ) -> None:  # fmt: skip
        self._system = system
        self._bank = bank
        self._callers = callers
        self._line = line
        self._processes = processes
        self._end = 0.0

    async def run(self, agents: int, waiting: int, seconds: float) -> Cell:
        """Measure one cell: each of the two waits for that long."""
        cell = Cell(self._system.name, agents, waiting)
        phones = list(self._bank.phones.values())[:agents]
        for phone in phones:
            await self._system.sign_on(phone)
        await self._callers.ramp(self._callers.dialled + max(0, waiting - self._line.waiting))
        await self._line.wait_for(waiting)
        self._line.seen.clear()
        begun, events, before = time.monotonic(), self._line.events, self._used()
        await self._ready_phase(cell, phones, seconds)
        await self._hang_up_phase(cell, phones[:_MOST_TALKING], seconds)
        wall, after = time.monotonic() - begun, self._used()
        cell.asterisk_cpu, cell.engine_cpu = ((now - then) / wall for then, now in zip(before, after, strict=True))
        calls = len(cell.ready) + len(cell.hung_up) + min(agents, _MOST_TALKING)
        cell.events_per_call = (self._line.events - events) / calls
        cell.waiting_seen = (min(self._line.seen, default=0), max(self._line.seen, default=0))
        for phone in phones:
            await self._system.sign_off(phone)
        return cell

    def _used(self) -> list[float]:
        return [sum(process.cpu_times()[:2]) for process in self._processes]

    async def _ready_phase(self, cell: Cell, phones: list[Phone], seconds: float) -> None:
        self._end = time.monotonic() + seconds
        period = _READY_PERIOD[cell.agents] * _pace(cell)
        await _all(self._ready_rounds(cell, phone, period, number / len(phones)) for number, phone in enumerate(phones))

    async def _ready_rounds(self, cell: Cell, phone: Phone, period: float, share: float) -> None:
        begun, turn = time.monotonic(), 0
        while (due := begun + (turn + share) * period) < self._end:
            await asyncio.sleep(due - time.monotonic())
            turn += 1
            if not await self._line.release(self._end):
                return
            asked = await self._system.ready(phone)
            call = await self._next(cell, phone)
            if call is not None:
                cell.ready.append(call.at - asked)
                await asyncio.sleep(_TALK_SECONDS)
                await self._last(phone, call)

    async def _hang_up_phase(self, cell: Cell, phones: list[Phone], seconds: float) -> None:
        # a caller for each agent first, so that all talk and as many wait as the cell says
        await self._callers.ramp(self._callers.dialled + len(phones))
        await self._line.wait_for(cell.waiting + len(phones))
        calls = await asyncio.gather(*(self._first(cell, phone) for phone in phones))
        self._end = time.monotonic() + seconds
        mean = _MEAN_TALK[cell.agents] * _pace(cell)
        await _all(self._talks(cell, phone, call, mean) for phone, call in zip(phones, calls, strict=True))

    async def _first(self, cell: Cell, phone: Phone) -> Offer | None:
        await self._system.ready(phone)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                call = await phone.offers.get()
        except TimeoutError:
            cell.missed += 1
            return None
        self._line.offered(released=False)
        return call

    async def _talks(self, cell: Cell, phone: Phone, call: Offer | None, mean: float) -> None:
        # the first talks end at any time, as if they had begun long ago (less than 250 ms would be no talk)
        talk = random.uniform(_TALK_SECONDS, mean)
        while call is not None:
            left = self._end - time.monotonic()
            await asyncio.sleep(max(0.0, min(talk, left)))
            if talk >= left or not await self._line.release(self._end):
                await self._last(phone, call)
                return
            gone = self._bank.hang_up(phone, call)
            call = await self._next(cell, phone)
            if call is not None:
                cell.hung_up.append(call.at - gone)
            talk = random.uniform(0.5 * mean, 1.5 * mean)

    async def _next(self, cell: Cell, phone: Phone) -> Offer | None:
        """Return the offer that a release brought, and let a new caller take the place in the line."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                call = await phone.offers.get()
        except TimeoutError:
            cell.missed += 1
            return None
        self._line.offered()
        self._callers.more()
        return call

    async def _last(self, phone: Phone, call: Offer) -> None:
        await self._system.pause(phone)
        self._bank.hang_up(phone, call)


def _pace(cell: Cell) -> float:
    return _SLOWER if cell.waiting >= _LONG_LINE else 1.0


async def _all(works: Iterable[Coroutine[object, object, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work)
