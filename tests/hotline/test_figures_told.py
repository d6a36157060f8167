"""The figures beside the engine: once a second on a real broker, counted again after a restart, kept as history."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import personal
from core.bus import Bus
from core.clock import SystemClock
from core.database import Database
from core.errors import NotFound, PartUnavailable
from core.ids import new_id
from core.secrets import Secrets
from core.settings import QueueSettings, Settings
from hotline.house import House
from hotline.roles import figures as role
from hotline.roles.figures import FIGURES, FiguresDesk
from routing.events import AgentState, AgentStateChanged, CallLeftQueue, CallQueued, LeaveReason
from routing.figures.board import TOTAL
from routing.figures.counts import Count
from routing.figures.service import FigureLog
from routing.service import DecisionLog


@pytest.fixture
async def house(tmp_path: Path, sqlite_url: str, mqtt_broker: Any) -> AsyncIterator[House]:
    settings = Settings(home=tmp_path / "home", instance="test", queue=QueueSettings(short_abandon_seconds=5))
    keys = Secrets.load_or_create(settings.home)
    personal.install_keys(personal.PersonalKeys(keys.personal_key))
    database = Database(sqlite_url)
    async with Bus(mqtt_broker.settings, mqtt_broker.username, mqtt_broker.password, "figures-test") as bus:
        await bus.wait_connected(5)
        yield House(settings, keys, SystemClock(), database, bus)
    await database.close()


def nobody(agent_id: str) -> tuple[str, ...]:
    raise NotFound("签入的坐席", agent_id)


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(8):
        while not await condition():  # noqa: ASYNC110 - what another task writes
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(house: House, broker: Any) -> AsyncIterator[FiguresDesk]:
    """A desk as in the engine's process, on a connection of its own, that answers."""
    async with Bus(broker.settings, broker.username, broker.password, "figures-desk") as bus:
        desk = FiguresDesk(replace(house, bus=bus), nobody, lambda: ["general"])
        task = asyncio.create_task(desk.run())

        async def answers() -> bool:
            with suppress(PartUnavailable):
                return bool(await house.bus.request(FIGURES, {}, timeout=0.3))
            return False

        try:
            await until(answers)
            yield desk
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def one_call(house: House, reason: LeaveReason, waited: float) -> list[CallQueued | CallLeftQueue]:
    call, now = new_id(), house.clock.now()
    entered = now - timedelta(seconds=waited)
    return [
        CallQueued(call, "general", 1, entered, entered),
        CallLeftQueue(call, "general", reason, waited, now),
    ]


async def present(house: House, queue: str = "general") -> dict[str, Any]:
    answer = await house.bus.request(FIGURES, {})
    found: dict[str, Any] = next(one for one in answer["queues"] if one["queue"] == queue)
    return found


async def offered(house: House, wanted: int) -> bool:
    return bool((await present(house))["today"]["offered"] == wanted)


async def test_every_queue_is_told_once_a_second(house: House, mqtt_broker: Any) -> None:
    told = aiter(house.bus.subscribe("hotline/queues/#"))
    loop = asyncio.get_running_loop()
    async with running(house, mqtt_broker) as desk:
        for notice in one_call(house, LeaveReason.JOINED, 4):
            desk.take(notice)
        times, topics = [], set()
        async with asyncio.timeout(15):
            while len(times) < 4:
                message = await anext(told)
                topics.add(message.topic)
                if message.topic == "hotline/queues/general":
                    times.append(loop.time())
                    last = message.payload
    assert topics == {"hotline/queues/general", f"hotline/queues/{TOTAL}"}
    assert (times[-1] - times[0]) / 3 == pytest.approx(1.0, abs=0.25)
    assert (last["today"]["answered"], last["today"]["service_level"], last["waiting"]) == (1, 1.0, 0)


async def test_a_new_engine_goes_on_counting_where_the_day_stood(house: House, mqtt_broker: Any) -> None:
    agent, call = new_id(), new_id()
    told = [*one_call(house, LeaveReason.JOINED, 4), *one_call(house, LeaveReason.ABANDONED, 30)]
    told.append(CallQueued(call, "general", 1, house.clock.now(), house.clock.now()))
    await DecisionLog(house.database).store(told)
    async with running(house, mqtt_broker) as desk:
        desk.take(AgentStateChanged(agent, AgentState.READY, None, "", house.clock.now()))
        await until(lambda: offered(house, 3))
        assert (await present(house))["today"]["lost"] == 1
        # the engine has read the switch: the call waits on
        desk.take(CallQueued(call, "general", 1, told[-1].at, house.clock.now()))
        shown = await present(house)
        assert (shown["waiting"], shown["today"]["lost"], shown["today"]["offered"]) == (1, 0, 3)
        for notice in one_call(house, LeaveReason.JOINED, 2):
            desk.take(notice)
        assert (await present(house, TOTAL))["today"]["connect_rate"] == pytest.approx(2 / 3, abs=1e-6)
        assert (await present(house, TOTAL))["agents"]["ready"] == 1


async def test_probe_calls_stay_out_also_after_a_restart(house: House, mqtt_broker: Any) -> None:
    queued, left = one_call(house, LeaveReason.JOINED, 3)
    log = FigureLog(house.database, house.clock)
    async with running(house, mqtt_broker) as desk:
        desk.leave_out(queued.call_id, "probe")
        desk.take(queued)
        desk.take(left)
        assert (await present(house))["today"]["offered"] == 0

        async def noted() -> object:
            return (await log.today(house.clock.now())).left_out

        await until(noted)
    await DecisionLog(house.database).store([queued, left, *one_call(house, LeaveReason.ABANDONED, 9)])
    async with running(house, mqtt_broker):
        await until(lambda: offered(house, 1))
        assert (await present(house))["today"]["answered"] == 0


async def test_half_hours_and_states_are_written_down(
    house: House, mqtt_broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role, "_KEEP_SECONDS", 0.2)
    log, agent, begin = FigureLog(house.database, house.clock), new_id(), house.clock.now()
    async with running(house, mqtt_broker) as desk:
        desk.take(AgentStateChanged(agent, AgentState.PAUSED, None, "lunch", house.clock.now()))
        for notice in one_call(house, LeaveReason.ABANDONED, 2):
            desk.take(notice)

        async def kept() -> bool:
            now = house.clock.now()
            intervals = await log.intervals("general", begin - timedelta(hours=1), now)
            short = any(one.interval.counts.get(Count.ABANDONED_SHORT) for one in intervals)
            return short and bool(await log.changes_of(agent, begin, now))

        await until(kept)
    (change,) = await log.changes_of(agent, begin, house.clock.now())
    assert (change.state, change.reason) == (AgentState.PAUSED, "lunch")
