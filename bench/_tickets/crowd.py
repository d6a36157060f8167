"""Many people at once on few tickets, and whether every act of theirs stands in a ledger exactly once.

What they do is chosen so that they collide: they urge and supplement the same tickets, act on a version that another
may have changed meanwhile, and open tickets for calls that somebody else opens one for at the same moment.
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.actors import Actor, Role
from core.errors import Conflict
from core.ids import new_id
from core.personal import Personal
from tickets.service import TicketService

_REVIEWER = Actor("crowd-reviewer", "审核员", Role.REVIEWER)
_LEADER = Actor("crowd-leader", "班长", Role.SHIFT_LEADER)
_AGENT = Actor("crowd-agent", "坐席", Role.AGENT)


@dataclass
class Tally:
    """What a crowd did, and what of it stands in the ledgers."""

    acts: int = 0
    refused: int = 0
    """Acts that were told that somebody else had changed the ticket: they must have left nothing."""
    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    """Milliseconds of each act, waiting for its turn included."""
    lost: int = 0
    doubled: int = 0
    broken: list[str] = field(default_factory=list)
    """What is wrong with the chains of events."""


class Crowd:
    """People who act on some tickets at the same time.

    Args:
        services: what they act through; one a process that there would be.
        tickets: ids of tickets that a unit has signed for.
    """

    def __init__(self, services: Sequence[TicketService], tickets: Sequence[str]) -> None:
        self._services = services
        self._tickets = tickets
        self._done: Counter[tuple[str, str, str]] = Counter()
        self._calls: defaultdict[tuple[int, int], str] = defaultdict(new_id)
        self._opened: defaultdict[str, set[str]] = defaultdict(set)

    async def act(self, people: int, *, seconds: float = 0.0, turns: int = 1) -> Tally:
        """Let `people` act until the time is up, `turns` times at least, then read every ledger."""
        tally = Tally()
        before = {ticket_id: len(await self._services[0].ledger(ticket_id)) for ticket_id in self._tickets}
        began = time.perf_counter()
        await asyncio.gather(*(self._person(tally, number, seconds, turns) for number in range(people)))
        tally.seconds = time.perf_counter() - began
        for ticket_id in self._tickets:
            await self._read(tally, ticket_id, before[ticket_id])
        for ids in self._opened.values():
            await self._read_opened(tally, ids)
        return tally

    async def _person(self, tally: Tally, number: int, seconds: float, turns: int) -> None:
        dice, service = random.Random(number), self._services[number % len(self._services)]
        for turn in _turns(seconds, turns):
            began = time.perf_counter()
            try:
                await self._one(service, dice, number, turn)
                tally.acts += 1
            except Conflict:
                tally.refused += 1
            tally.took.append((time.perf_counter() - began) * 1000)

    async def _one(self, service: TicketService, dice: random.Random, number: int, turn: int) -> None:
        ticket_id, note = dice.choice(self._tickets), f"{number}-{turn}"
        what = dice.choice(("urged", "supplemented", "upon_version", "opened"))
        if what == "opened":
            # two people at a time have the same call before them
            call_id = self._calls[number // 2, turn]
            self._opened[call_id].add(await service.open_draft(call_id, Personal("13800138000"), "12345", _AGENT))
            return
        if what == "urged":
            await service.urge(ticket_id, _REVIEWER, note)
        elif what == "supplemented":
            await service.supplement(ticket_id, _AGENT, note)
        else:
            seen = (await service.get(ticket_id)).version
            what = "supplemented"
            await service.supplement(ticket_id, _LEADER, note, seen)
        self._done[ticket_id, what, note] += 1

    async def _read(self, tally: Tally, ticket_id: str, before: int) -> None:
        service = self._services[0]
        ledger = await service.ledger(ticket_id)
        kept = Counter((ticket_id, entry.event, entry.note.reveal()) for entry in ledger[before:] if entry.note)
        done = Counter({key: count for key, count in self._done.items() if key[0] == ticket_id})
        tally.lost += (done - kept).total()
        tally.doubled += (kept - done).total()
        urged = [entry.data["count"] for entry in ledger if entry.event == "urged"]
        if urged != list(range(1, len(urged) + 1)):
            tally.broken.append(f"{ticket_id}: urged {urged}")
        await _check_chain(tally, service, ticket_id)

    async def _read_opened(self, tally: Tally, ids: set[str]) -> None:
        tally.doubled += len(ids) - 1
        for ticket_id in ids:
            events = [entry.event for entry in await self._services[0].ledger(ticket_id)]
            tally.lost += "opened" not in events
            tally.doubled += max(0, len(events) - 1)
            await _check_chain(tally, self._services[0], ticket_id)


async def _check_chain(tally: Tally, service: TicketService, ticket_id: str) -> None:
    if fault := await service.verify_ledger(ticket_id):
        tally.broken.append(f"{ticket_id}: {fault}")


def _turns(seconds: float, least: int) -> Iterator[int]:
    until, turn = time.monotonic() + seconds, 0
    while turn < least or time.monotonic() < until:
        yield turn
        turn += 1
