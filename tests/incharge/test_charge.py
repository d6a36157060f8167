"""Who is in charge, with a real Valkey. Of the switch only its two variables take part here, so that it can be cut off;
the real ones are in tests/asterisk/test_fence.py, the whole product in tests/hotline/test_in_charge.py.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from core.clock import SystemClock
from core.errors import PartUnavailable
from core.ids import new_id
from core.settings import ServerSettings
from core.valkey import Lease, connect
from hotline.parts.process import free_port
from hotline.parts.valkey import Valkey
from hotline.roles.charge import LEASE_SECONDS, Charge, ChargeLostError
from telephony.fence import Pulse, SwitchFence

pytestmark = pytest.mark.servers


@dataclass
class Variables:
    """The switch's two variables."""

    token: int = 0
    pulse: Pulse | None = None


@dataclass
class Wire:
    """One engine's way to them, which can be cut."""

    variables: Variables
    cut: bool = False

    async def token(self) -> int:
        return self._reach().token

    async def set_token(self, token: int) -> None:
        self._reach().token = token

    async def pulse(self) -> Pulse | None:
        return self._reach().pulse

    async def set_pulse(self, pulse: Pulse | None) -> None:
        self._reach().pulse = pulse

    def _reach(self) -> Variables:
        if self.cut:
            raise PartUnavailable("asterisk", "cut", remedy="")
        return self.variables


@dataclass
class Process:
    """An engine process as far as its charge goes."""

    charge: Charge
    wire: Wire
    terms: list[int] = field(default_factory=list)
    lost: int = 0
    task: asyncio.Task[None] | None = None

    @property
    def in_charge(self) -> bool:
        return len(self.terms) > self.lost

    async def run(self) -> None:
        fence = cast("SwitchFence", self.wire)
        while True:
            await self.charge.take(fence)
            await self.charge.claim(fence)
            self.terms.append(self.charge.token)
            try:
                await self.charge.keep(fence)
            except* ChargeLostError:
                self.charge.put_down()
                self.lost += 1

    def kill(self) -> None:
        assert self.task is not None
        self.task.cancel()


@dataclass
class Field:
    """Valkey, the variables, and the processes around them."""

    server: Valkey
    settings: ServerSettings
    name: str
    variables: Variables = field(default_factory=Variables)
    clients: list[Redis] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)

    def start(self, *, standby: bool) -> Process:
        client = connect(self.settings, "secret")
        self.clients.append(client)
        lease = Lease(client, self.name, new_id(), LEASE_SECONDS)
        process = Process(Charge(lease, SystemClock(), standby=standby), Wire(self.variables))
        process.task = asyncio.create_task(process.run())
        self.processes.append(process)
        return process

    async def close(self) -> None:
        for process in self.processes:
            process.kill()
            with suppress(asyncio.CancelledError):
                await process.task  # type: ignore[misc]
        for client in self.clients:
            await client.aclose()
        self.server.stop()


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Field]:
    settings = ServerSettings(port=free_port())
    server = Valkey(settings, "secret", tmp_path)
    server.start()
    await asyncio.to_thread(server.wait_ready)
    made = Field(server, settings, new_id())
    yield made
    await made.close()


async def until(condition: Callable[[], bool], *, within: float = 10.0) -> float:
    """Return how long it took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while not condition():
        assert loop.time() - begun < within, "not in time"
        await asyncio.sleep(0.01)
    return loop.time() - begun


async def test_of_many_processes_one_is_in_charge(opened: Field) -> None:
    processes = [opened.start(standby=True) for _ in range(5)]
    await until(lambda: any(one.in_charge for one in processes))
    await asyncio.sleep(2 * LEASE_SECONDS)
    assert [one.in_charge for one in processes].count(True) == 1


async def test_another_takes_over_within_three_seconds_with_a_greater_token(opened: Field) -> None:
    first = opened.start(standby=False)
    await until(lambda: first.in_charge)
    second = opened.start(standby=True)
    await asyncio.sleep(0.5)
    assert not second.in_charge
    first.kill()
    assert await until(lambda: second.in_charge) < 3.0
    assert second.terms[0] > first.terms[0]


async def test_an_orderly_end_hands_over_at_once(opened: Field) -> None:
    first = opened.start(standby=False)
    await until(lambda: first.in_charge)
    second = opened.start(standby=True)
    await asyncio.sleep(0.3)
    first.kill()
    await asyncio.sleep(0)
    await first.charge.leave(cast("SwitchFence", first.wire))
    assert await until(lambda: second.in_charge) < 1.0


async def test_without_valkey_the_charge_stays_and_no_standby_takes_it(opened: Field) -> None:
    first = opened.start(standby=False)
    await until(lambda: first.in_charge)
    second = opened.start(standby=True)
    opened.server.child.kill()
    await asyncio.sleep(2.5 * LEASE_SECONDS)
    assert first.in_charge
    assert not second.in_charge
    async with asyncio.timeout(1.0):
        await first.charge.sure()
    opened.server.start()
    await asyncio.to_thread(opened.server.wait_ready)
    await asyncio.sleep(2 * LEASE_SECONDS)
    assert first.in_charge
    assert not second.in_charge


async def test_without_valkey_a_first_engine_starts_by_the_switch_alone_and_a_standby_does_not(opened: Field) -> None:
    opened.server.child.kill()
    standby = opened.start(standby=True)
    first = opened.start(standby=False)
    await until(lambda: first.in_charge)
    assert not standby.in_charge


async def test_without_valkey_nobody_starts_beside_one_whose_pulse_is_in_the_switch(opened: Field) -> None:
    first = opened.start(standby=False)
    await until(lambda: first.in_charge)
    opened.server.child.kill()
    other = opened.start(standby=False)
    await asyncio.sleep(5.0)
    assert first.in_charge
    assert not other.in_charge


async def test_who_is_cut_off_from_the_switch_gives_the_charge_up_and_is_not_sure_of_it(opened: Field) -> None:
    first = opened.start(standby=False)
    await until(lambda: first.in_charge)
    second = opened.start(standby=True)
    first.wire.cut = True
    await until(lambda: second.in_charge, within=15.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await first.charge.sure()
    first.wire.cut = False
    await until(lambda: not first.in_charge)
    await asyncio.sleep(LEASE_SECONDS)
    assert second.in_charge
    assert not first.in_charge


async def test_a_process_that_stood_still_asks_before_it_acts(opened: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened.start(standby=False)
    await until(lambda: first.in_charge)
    async with asyncio.timeout(0.1):
        await first.charge.sure()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(first.charge, "_reached", loop.time() - 10)
    opened.variables.token = first.terms[0] + 1  # somebody took its place meanwhile
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await first.charge.sure()
    assert first.lost == 1
