"""Databases filled with open tickets, and the product's service on them."""

from dataclasses import dataclass

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bench._tickets.loading import load, multiply
from bench._tickets.matters import pool
from bench._tickets.progress import say
from bench._tickets.rows import World
from core.clock import SystemClock
from core.database import Base, Database
from core.ids import new_id
from hotline.parts.postgresql import PostgreSql
from tickets.model import TicketProfile, Unit
from tickets.profile import load_profile
from tickets.service import TicketService

UNITS = 300
TIMES = 10
_BASE, _TENFOLD = "once", "tenfold"
_PROFILE = "yichun"


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


async def _stage(name: str, url: str, matters: int) -> Stage:
    """Make the tables, units and the made-up matters."""
    database, clock = Database(url), SystemClock()
    async with database.transaction() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    tickets = TicketService(database, clock, load_profile(_PROFILE))
    units, profile = [new_id() for _ in range(UNITS)], tickets.profile
    async with database.transaction() as session:
        session.add(
            TicketProfile(version=profile.version, name=profile.name, content=profile.canonical(), kept_at=clock.now())
        )
        for number, unit_id in enumerate(units):
            session.add(Unit(id=unit_id, code=f"U{number}", name=f"单位{number}", level=2, active=True, kind="agency"))
    return Stage(name, database, tickets, World(pool(matters), units, tickets.profile.version, clock.now()))


async def filled(name: str, url: str, size: int, matters: int) -> Stage:
    """Return a database with `size` open tickets."""
    at = await _stage(name, url, matters)
    say(f"{name}: loading {size:,} open tickets")
    await load(at.database, at.world, size)
    at.loaded = at.originals = size
    return at


async def on_postgresql(server: PostgreSql, size: int, matters: int) -> tuple[Stage, Stage]:
    """Return a database of a server with `size` open tickets, and one with ten times as many."""
    await _run(server.url, f"CREATE DATABASE {_BASE}")
    at = await filled("PostgreSQL", _url_of(server, _BASE), size, matters)
    say(f"PostgreSQL: {size * TIMES:,} open tickets in a second database")
    await at.database.close()
    await _run(server.url, f"CREATE DATABASE {_TENFOLD} TEMPLATE {_BASE} STRATEGY FILE_COPY")
    database = Database(_url_of(server, _TENFOLD))
    await multiply(database, TIMES)
    tickets = TicketService(database, SystemClock(), at.tickets.profile)
    return at, Stage(at.name, database, tickets, at.world, size * TIMES, size)


async def settings_of(at: Stage) -> str:
    """Return the server's settings that figures depend on."""
    names = ("server_version", "shared_buffers", "work_mem", "effective_cache_size", "jit", "fsync")
    async with at.database.reading() as session:
        found = {name: (await session.execute(text(f"SHOW {name}"))).scalar_one() for name in names}
    return ", ".join(f"{name} {value}" for name, value in found.items())


def _url_of(server: PostgreSql, name: str) -> str:
    return make_url(server.url).set(database=name).render_as_string(hide_password=False)


async def _run(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
