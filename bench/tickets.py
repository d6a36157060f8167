"""Tickets at size: sweep of due duties, inbox of a unit, search in Chinese, creation; at ten times the size, too.

`python -m bench.tickets [--quick]`: 100,000 and then 1,000,000 open tickets in a real PostgreSQL, 100,000 in SQLite;
through the product's own services. Beside them, on the same rows, the plain ways: LIKE over the text, pages by OFFSET
sorted when asked for, and a sweep that reads every open duty. Last line: JSON of the figures.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bench._tickets.loading import load, multiply
from bench._tickets.matters import QUERIES, pool
from bench._tickets.rows import World
from bench._tickets.timing import each, middle, p95
from core.actors import Actor, Role
from core.clock import SystemClock
from core.database import Base, Database
from core.ids import new_id
from core.personal import Personal, PersonalKeys, install_keys
from hotline.parts.postgresql import PostgreSql
from migrations.models import import_models
from tickets.model import TicketProfile, Unit
from tickets.profile import load_profile
from tickets.service import TicketService
from tickets.shares import ShareState

UNITS = 300
DUE = 100
TURNS = 5
TIMES = 10
CREATED = 40
BASE = "once"
AGENT = Actor("bench-agent", "坐席", Role.AGENT)
LEADER = Actor("bench-leader", "班长", Role.SHIFT_LEADER)
SYSTEM_PROFILE = "yichun"


@dataclass
class Stage:
    """A database with tickets, and the service on it."""

    name: str
    database: Database
    tickets: TicketService
    world: World
    loaded: int = 0
    originals: int = 0
    """How many were loaded before they were multiplied."""


@dataclass
class Took:
    """Times of one stage, turn by turn."""

    sweep: list[float] = field(default_factory=list)
    inbox: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    created: list[float] = field(default_factory=list)
    plain_sweep: list[float] = field(default_factory=list)
    plain_page: list[float] = field(default_factory=list)
    plain_search: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """Figures of one size; milliseconds, except creation (tickets a second)."""

    size: int
    sweep_ms: float
    inbox_p95_ms: float
    search_p95_ms: float
    created_per_second: float
    plain_sweep_ms: float
    plain_page_p95_ms: float
    plain_search_p95_ms: float


async def stage(name: str, url: str, matters: int) -> Stage:
    """Make the tables, units and the made-up matters."""
    database, clock = Database(url), SystemClock()
    async with database.transaction() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    tickets = TicketService(database, clock, load_profile(SYSTEM_PROFILE))
    units, profile = [new_id() for _ in range(UNITS)], tickets.profile
    async with database.transaction() as session:
        session.add(
            TicketProfile(version=profile.version, name=profile.name, content=profile.canonical(), kept_at=clock.now())
        )
        for number, unit_id in enumerate(units):
            session.add(Unit(id=unit_id, code=f"U{number}", name=f"单位{number}", level=2, active=True, kind="agency"))
    return Stage(name, database, tickets, World(pool(matters), units, tickets.profile.version, clock.now()))


async def fill(at: Stage, size: int) -> None:
    """Load `size` tickets."""
    began = time.perf_counter()
    print(f"-- {at.name}: loading {size:,} open tickets", flush=True)
    await load(at.database, at.world, size)
    at.loaded = at.originals = size
    print(f"   in {time.perf_counter() - began:.0f} s", flush=True)


async def tenfold_of(at: Stage, server: PostgreSql) -> Stage:
    """Return a copy of a PostgreSQL stage with ten times the tickets."""
    began = time.perf_counter()
    print(f"-- {at.name}: {at.loaded * TIMES:,} open tickets in a second database", flush=True)
    await at.database.close()
    await _run(server.url, f"CREATE DATABASE tenfold TEMPLATE {BASE}")
    url = make_url(server.url).set(database="tenfold").render_as_string(hide_password=False)
    database = Database(url)
    await multiply(database, TIMES)
    tickets = TicketService(database, SystemClock(), load_profile(SYSTEM_PROFILE))
    print(f"   in {time.perf_counter() - began:.0f} s", flush=True)
    return Stage(at.name, database, tickets, at.world, at.loaded * TIMES, at.originals)


async def _run(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def measure(stages: Sequence[Stage], rounds: int) -> list[Measured]:
    """Measure all the stages, a little of each in turn: what else the machine does then falls on all alike."""
    took = [Took() for _ in stages]
    dice = random.Random(rounds)
    for at in stages:  # connections, prepared statements, caches
        await inbox(at, dice, 20)
        await search(at, dice, len(QUERIES))
        await sweep(at, dice)
    for number in range(TURNS):
        for at, one in zip(stages, took, strict=True):
            one.sweep.append(await sweep(at, dice))
            one.inbox += await inbox(at, dice, rounds // TURNS)
            one.search += await search(at, dice, rounds // TURNS, number)
            one.created.append(await create(at, CREATED))
            one.plain_page += await plain_pages(at, dice, 2)
            one.plain_search += await plain_search(at, 4, number)
    for at, one in zip(stages, took, strict=True):
        one.plain_sweep.append(await plain_sweep(at))
    found = [_measured(at, one) for at, one in zip(stages, took, strict=True)]
    for at, figures in zip(stages, found, strict=True):
        print(_told(at, figures), flush=True)
    return found


def _measured(at: Stage, took: Took) -> Measured:
    return Measured(
        size=at.loaded,
        sweep_ms=middle(took.sweep),
        inbox_p95_ms=p95(took.inbox),
        search_p95_ms=p95(took.search),
        created_per_second=middle(took.created),
        plain_sweep_ms=middle(took.plain_sweep),
        plain_page_p95_ms=p95(took.plain_page),
        plain_search_p95_ms=p95(took.plain_search),
    )


def _told(at: Stage, found: Measured) -> str:
    lines = (
        (f"sweep of {DUE} due, ms", found.sweep_ms, "every open duty read", found.plain_sweep_ms),
        ("inbox page p95, ms", found.inbox_p95_ms, "sorted, OFFSET", found.plain_page_p95_ms),
        ("search p95, ms", found.search_p95_ms, "LIKE on titles", found.plain_search_p95_ms),
    )
    told = "".join(f"\n   {ours:22}{a:9.1f}   plain, {plain:22}{b:9.1f}" for ours, a, plain, b in lines)
    return f"{at.name}, {at.loaded:,} open tickets{told}\n   created a second      {found.created_per_second:9.1f}"


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
        actor = unit if number % 3 == 0 else LEADER
        acts.append(partial(at.tickets.search, actor, words, limit=20))
    return await each(acts)


async def create(at: Stage, count: int) -> float:
    """Return how many tickets with contents are created a second, eight clerks at once."""
    fields = {"category": "help", "title": "路灯不亮", "summary": "秀江路夜间路灯连续多日不亮", "caller_name": "某先生"}
    waiting = iter(range(count))

    async def clerk() -> None:
        for _ in waiting:
            ticket_id = await at.tickets.open_draft(new_id(), Personal("13800138000"), "12345", AGENT)
            await at.tickets.edit_draft(ticket_id, AGENT, fields)

    began = time.perf_counter()
    await asyncio.gather(*(clerk() for _ in range(8)))
    return count / (time.perf_counter() - began)


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


async def run(*, quick: bool) -> dict[str, object]:
    """Measure both databases and return the figures."""
    install_keys(PersonalKeys(b"key of the bench, thirty-two byte"[:32]))
    import_models()
    small = 10_000 if quick else 100_000
    rounds = 120 if quick else 300
    server = PostgreSql(shared_buffers="1GB")
    try:
        server.start()
        server.wait_ready()
        await _run(server.url, f"CREATE DATABASE {BASE}")
        url = make_url(server.url).set(database=BASE).render_as_string(hide_password=False)
        first = await stage("PostgreSQL", url, 2_000 if quick else 20_000)
        await fill(first, small)
        second = await tenfold_of(first, server)
        once, tenfold = await measure([first, second], rounds)
        await first.database.close()
        await second.database.close()
    finally:
        server.stop()
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        sqlite = await stage("SQLite", f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}", 2_000)
        await fill(sqlite, small)
        (light,) = await measure([sqlite], rounds)
        await sqlite.database.close()
    return _figures(once, tenfold, light)


def _figures(once: Measured, tenfold: Measured, light: Measured) -> dict[str, object]:
    ratio = {
        name: round(getattr(tenfold, name) / getattr(once, name), 2)
        for name in ("sweep_ms", "inbox_p95_ms", "search_p95_ms", "created_per_second", "plain_sweep_ms")
    }
    print("\nat ten times the size against once: " + ", ".join(f"{name} ×{value}" for name, value in ratio.items()))
    rounded = {
        f"{where}_{name}": round(value, 1)
        for where, measured in (("postgresql", tenfold), ("postgresql_tenth", once), ("sqlite", light))
        for name, value in vars(measured).items()
    }
    return {
        "inbox_p95_ms": round(tenfold.inbox_p95_ms, 1),
        "search_p95_ms": round(tenfold.search_p95_ms, 1),
        "sweep_cost_ratio_10x": ratio["sweep_ms"],
        "created_per_second": round(tenfold.created_per_second, 1),
        **rounded,
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    began = time.perf_counter()
    figures = asyncio.run(run(quick=parser.parse_args().quick))
    print(f"whole run {time.perf_counter() - began:.0f} s", flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
