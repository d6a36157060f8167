"""The whole product, started once for this folder; each test begins and ends with an empty, ready system."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from asterisk import provision
from core.database import Base, Database
from core.personal import PersonalKeys, install_keys
from core.secrets import Secrets
from core.settings import AsteriskSettings
from hotline.demo.watch import watching
from migrations.models import import_models
from tests.conftest import free_port
from tests.hotline.desk import Desk
from tests.hotline.system import System, make_system


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """The running product, without recognition."""
    demand_switch()
    made = make_system()
    yield made
    made.stage.stop()
    made.stage.remove()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance of which nothing runs: keys, and a database with empty tables."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    monkeypatch.setenv("HOTLINE_MQTT__PORT", str(free_port()))
    monkeypatch.setenv("COLUMNS", "200")
    install_keys(PersonalKeys(Secrets.load_or_create(home).personal_key))
    import_models()

    async def make_tables() -> None:
        async with opened(home) as database, database.transaction() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)

    asyncio.run(make_tables())
    return home


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Database]:
    """The database of the instance."""
    database = Database(f"sqlite+aiosqlite:///{home / 'hotline.db'}")
    try:
        yield database
    finally:
        await database.close()


def demand_switch() -> None:
    """Skip where no switch can run."""
    if os.geteuid() != 0:
        pytest.skip("starting Asterisk in its root file system needs root")
    if not provision.is_ready(AsteriskSettings().rootfs):
        pytest.skip("no Asterisk root file system (make setup)")


@pytest.fixture
async def desk(system: System) -> AsyncIterator[Desk]:
    """Phones 8001 and 8002 registered, nobody signed on, no call in the switch."""
    await system.wait_ready()
    agents = {number: system.person(seat.login) for number, seat in system.seats.items()}
    async with watching(system.settings, system.secrets) as watch:
        opened = Desk(system, watch, system.person("leader"), agents)
        await opened.register("8001", "8002")
        yield opened
        await opened.close()
    await system.wait_empty()
