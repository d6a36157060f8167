"""Fixtures of every test: real servers on free ports, databases of both kinds, a clock that stands still."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from core.clock import ManualClock
from core.database import Base, Database
from core.ids import new_id
from core.personal import PersonalKeys, install_keys
from core.settings import ServerSettings
from hotline.parts.mosquitto import USERNAME, Mosquitto
from hotline.parts.postgresql import PostgreSql
from hotline.parts.process import free_port as _free_port
from hotline.parts.valkey import Valkey
from migrations.models import import_models

# how long an example may take says nothing on a machine that does other work too
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

MONDAY_MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""09:00 on a Monday in Asia/Shanghai, an ordinary working day."""


def free_port() -> int:
    """Return a TCP port of the loopback address that is free now."""
    return _free_port()


@dataclass(frozen=True)
class RunningServer:
    """A real server of this test session."""

    settings: ServerSettings
    username: str
    password: str


@pytest.fixture(autouse=True)
def personal_keys() -> PersonalKeys:
    """Keys for personal data, the same in every test."""
    keys = PersonalKeys(b"test key for personal data......")
    install_keys(keys)
    return keys


@pytest.fixture
def clock() -> ManualClock:
    """A clock at Monday 2026-03-02 09:00 in Asia/Shanghai."""
    return ManualClock(MONDAY_MORNING)


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """Directory of the logs of this session's servers."""
    home = Path(tempfile.mkdtemp(prefix="hotline-servers-"))
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey_server(server_home: Path) -> Iterator[RunningServer]:
    """A real Valkey; tests keep apart by their key names."""
    settings = ServerSettings(port=free_port())
    server = Valkey(settings, "valkey-test-password", server_home)
    server.start()
    server.wait_ready()
    yield RunningServer(settings, "", "valkey-test-password")
    server.stop()


@pytest.fixture(scope="session")
def mqtt_broker(server_home: Path) -> Iterator[RunningServer]:
    """A real Mosquitto; tests keep apart by their topics."""
    settings = ServerSettings(port=free_port())
    server = Mosquitto(settings, "mqtt-test-password", server_home)
    server.start()
    server.wait_ready()
    yield RunningServer(settings, USERNAME, "mqtt-test-password")
    server.stop()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of the maintenance database of a real PostgreSQL of this session."""
    server = PostgreSql()
    try:
        server.start()
        server.wait_ready()
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """Name of a database with every table, from which each test's database is copied."""
    name = f"template_{new_id()[-12:]}"
    run_now(_make_template(postgres_url, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(server_home: Path) -> Path:
    """A SQLite file with every table, from which each test's database is copied."""
    path = server_home / f"template-{os.getpid()}.db"
    run_now(_create_all(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """URL of a fresh SQLite database with every table."""
    path = tmp_path / "hotline.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A fresh database with every table; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        opened = Database(request.getfixturevalue("sqlite_url"))
        yield opened
        await opened.close()
        return
    async with fresh_database(
        request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    ) as opened:
        yield opened


@asynccontextmanager
async def fresh_database(maintenance: str, template: str) -> AsyncIterator[Database]:
    """Open a fresh PostgreSQL database copied from `template`; drop it afterwards."""
    name = f"test_{new_id().replace('-', '')}"
    await _run(maintenance, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    opened = Database(_with_name(maintenance, name))
    try:
        yield opened
    finally:
        await opened.close()
        await _run(maintenance, f'DROP DATABASE "{name}" WITH (FORCE)')


def run_now(work: Coroutine[object, object, None]) -> None:
    """Run to its end, also from within a running event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def _make_template(maintenance: str, name: str) -> None:
    await _run(maintenance, f'CREATE DATABASE "{name}"')
    await _create_all(_with_name(maintenance, name))


async def _create_all(url: str) -> None:
    import_models()
    opened = Database(url)
    async with opened.transaction() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    await opened.close()


async def _run(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _with_name(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
