"""What is measured: the product's acts, and beside them the plain ways on the same rows."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import text

from bench._tickets.crowd import Crowd, Tally
from bench._tickets.matters import QUERIES
from bench._tickets.stages import UNITS, Stage
from bench._tickets.timing import each
from core.actors import Actor, Role
from core.clock import SystemClock
from core.database import Database
from core.ids import new_id
from core.personal import Personal
from tickets.service import TicketService
from tickets.shares import ShareState
from tickets.states import TicketState

DUE = 100
PEOPLE = 50
_AGENT = Actor("bench-agent", "坐席", Role.AGENT)
_LEADER = Actor("bench-leader", "班长", Role.SHIFT_LEADER)


async def sweep(at: Stage, dice: random.Random) -> float:
    """Return the time of a sweep with `DUE` duties due, in ms."""
    await _make_due(at, dice)
    (spent,) = await each([lambda: at.tickets.sweep(limit=DUE)])
    assert not await at.tickets.due(), "the sweep has left something due"
    return spent


async def _make_due(at: Stage, dice: random.Random) -> None:
    """Let `DUE` duties of tickets anywhere in the table be due since a moment ago."""
    hour_ago = (at.world.now - timedelta(hours=1)).isoformat()
    cast = ":at" if at.database.is_sqlite else "CAST(:at AS text)::timestamptz"
    one = text(
        f"UPDATE ticket_duties SET due_at = {cast}, next_alert_at = {cast} WHERE kind = 'resolve' AND ticket_id = "  # noqa: S608
        "(SELECT id FROM tickets WHERE number = :number)"
    )
    when = hour_ago.replace("T", " ").split("+")[0] if at.database.is_sqlite else hour_ago
    async with at.database.transaction() as session:
        for number in dice.sample(range(at.originals), DUE):
            await session.execute(one, {"at": when, "number": f"B{number:09d}{_copy_of(at, dice)}"})


def _copy_of(at: Stage, dice: random.Random) -> str:
    which = dice.randrange(at.loaded // at.originals)
    return f"-{which}" if which else ""


async def inbox(at: Stage, dice: random.Random, rounds: int) -> list[float]:
    """Return the times of first and further pages of units' inboxes."""
    took: list[float] = []
    for _ in range(rounds // 2):
        unit = Actor("bench-unit", "经办人", Role.UNIT, unit_id=dice.choice(at.world.units[: UNITS // 3]))
        state = dice.choice((ShareState.WAITING, ShareState.WORKING))
        began = time.perf_counter()
        first = await at.tickets.inbox(unit, state, limit=50)
        took.append((time.perf_counter() - began) * 1000)
        if first.next:
            took += await each([partial(at.tickets.inbox, unit, state, after=first.next, limit=50)])
    return took


async def search(at: Stage, dice: random.Random, rounds: int, first: int = 0) -> list[float]:
    """Return the times of searches by the centre and by units."""
    acts: list[Callable[[], Awaitable[object]]] = []
    for number in range(rounds):
        words = QUERIES[(first * rounds + number) % len(QUERIES)]
        unit = Actor("bench-unit", "经办人", Role.UNIT, unit_id=dice.choice(at.world.units))
        actor = unit if number % 3 == 0 else _LEADER
        acts.append(partial(at.tickets.search, actor, words, limit=20))
    return await each(acts)


async def create(at: Stage, count: int, clerks: int = 8) -> float:
    """Return how many tickets with contents are created a second by clerks at once."""
    waiting = iter(range(count))

    async def clerk() -> None:
        for _ in waiting:
            await _draft(at, {})

    began = time.perf_counter()
    await asyncio.gather(*(clerk() for _ in range(clerks)))
    return count / (time.perf_counter() - began)


async def _draft(at: Stage, more: dict[str, str]) -> str:
    ticket_id = await at.tickets.open_draft(new_id(), Personal("13800138000"), "12345", _AGENT)
    told = {"title": "路灯不亮", "summary": "秀江路夜间路灯连续多日不亮", "caller_name": "某先生"}
    await at.tickets.edit_draft(ticket_id, _AGENT, {"category": "help", **told, **more})
    return ticket_id


async def signed(at: Stage) -> str:
    """Return a ticket that a unit has signed for."""
    unit = Actor("bench-unit", "经办人", Role.UNIT, unit_id=at.world.units[0])
    ticket_id = await _draft(at, {"unit_id": at.world.units[0]})
    await at.tickets.accept(ticket_id, _AGENT)
    if (await at.tickets.get(ticket_id)).state == TicketState.AWAITING_APPROVAL:
        await at.tickets.approve(ticket_id, _LEADER)
    await at.tickets.dispatch(ticket_id, _AGENT)
    await at.tickets.sign(ticket_id, unit)
    return ticket_id


async def crowded(at: Stage, seconds: float) -> Tally:
    """Let fifty people act on four tickets through two services, as two processes would."""
    there = Database(at.database.url)
    services = [at.tickets, TicketService(there, SystemClock(), at.tickets.profile)]
    try:
        return await Crowd(services, [await signed(at) for _ in range(4)]).act(PEOPLE, seconds=seconds)
    finally:
        await there.close()


async def plain_sweep(at: Stage) -> float:
    """Return the time of a sweep that looks at every open duty, without the index of what is due, in ms."""
    every = text("SELECT count(*) FROM ticket_duties WHERE open AND CASE WHEN due_at < :now THEN 1 ELSE 0 END = 1")

    async def look() -> None:
        async with at.database.reading() as session:
            now = at.world.now.replace(tzinfo=None) if at.database.is_sqlite else at.world.now
            (await session.execute(every, {"now": str(now) if at.database.is_sqlite else now})).all()

    (spent,) = await each([look])
    return spent


async def plain_pages(at: Stage, dice: random.Random, rounds: int) -> list[float]:
    """Return the times of pages by OFFSET, found and sorted without the inbox's index."""
    statement = text(
        "SELECT t.id, t.number, t.title, a.due_at FROM tickets t JOIN ticket_assignments a ON a.id = t.assignment_id "
        "WHERE a.unit_id || '' = :unit AND a.state || '' = 'working' ORDER BY a.due_at LIMIT 50 OFFSET 100"
    )

    async def page() -> None:
        async with at.database.reading() as session:
            (await session.execute(statement, {"unit": dice.choice(at.world.units[: UNITS // 3])})).all()

    return await each([page for _ in range(rounds)])


async def plain_search(at: Stage, rounds: int, first: int) -> list[float]:
    """Return the times of LIKE '%…%' over titles, newest first."""
    statement = text("SELECT id, number, title FROM tickets WHERE title LIKE :like ORDER BY id DESC LIMIT 20")

    async def find(words: str) -> None:
        async with at.database.reading() as session:
            (await session.execute(statement, {"like": f"%{words}%"})).all()

    return await each([partial(find, QUERIES[(first * rounds + number) % len(QUERIES)]) for number in range(rounds)])
