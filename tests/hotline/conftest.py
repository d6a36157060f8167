"""The whole product, started once for this folder; each test begins and ends with an empty, ready system."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from asterisk import provision
from core.settings import AsteriskSettings
from hotline.demo.watch import watching
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
