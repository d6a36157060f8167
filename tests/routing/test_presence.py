"""Presence in a real Valkey, and what is left when it is away."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from redis.asyncio import Redis

from core.ids import new_id
from routing.engine import Engine
from routing.engine_events import (
    AgentPaused,
    AgentPresence,
    AgentReady,
    AgentSignedOff,
    AgentSignedOn,
    CallWaiting,
    Restore,
    RingAgent,
    Snapshot,
)
from routing.events import AgentState
from routing.policy import Policy
from routing.presence import PresenceStore
from tests.conftest import free_port

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@pytest.fixture
async def valkey(valkey_server: Any) -> AsyncIterator[Redis]:
    settings = valkey_server.settings
    client = Redis(host=settings.host, port=settings.port, password=valkey_server.password)
    yield client
    await client.aclose()


def manned_engine() -> Engine:
    numbers = count(1)
    engine = Engine(Policy(), lambda: f"id{next(numbers)}")
    engine.handle(Restore(), START)
    for second, name in enumerate("abc"):
        engine.handle(AgentSignedOn(name, "8" + name), START)
        engine.handle(AgentReady(name), START + timedelta(seconds=second))
    engine.handle(AgentPaused("c", "午餐"), START + timedelta(seconds=9))
    return engine


@pytest.mark.servers
async def test_a_new_engine_seats_the_agents_as_the_old_one_left_them(valkey: Redis) -> None:
    store = PresenceStore(valkey, f"test:{new_id()}")
    old = manned_engine()
    assert await store.save_all(old.presence())
    remembered = await store.load()
    assert remembered == tuple(old.presence())
    new = Engine(Policy(), new_id)
    now = START + timedelta(seconds=20)
    new.handle(Restore(Snapshot(presence=remembered)), now)
    assert {one.agent_id: one.state for one in new.presence()} == {
        "a": AgentState.READY,
        "b": AgentState.READY,
        "c": AgentState.PAUSED,
    }
    assert new.presence_of("c").reason == "午餐"
    (ring,) = [one for one in new.handle(CallWaiting("call1", "general", now), now) if isinstance(one, RingAgent)]
    assert ring.agent_id == "a"
    assert new.presence_of("b").idle_since == START + timedelta(seconds=1)


@pytest.mark.servers
async def test_saving_everyone_forgets_whoever_is_not_there_any_more(valkey: Redis) -> None:
    store = PresenceStore(valkey, f"test:{new_id()}")
    engine = manned_engine()
    await store.save_all(engine.presence())
    engine.handle(AgentSignedOff("a"), START + timedelta(seconds=10))
    assert await store.save(engine.presence_of("a"))
    assert {one.agent_id for one in await store.load() or ()} == {"b", "c"}
    engine.handle(AgentSignedOff("b"), START + timedelta(seconds=10))
    await store.save_all(engine.presence())
    assert {one.agent_id for one in await store.load() or ()} == {"c"}


@pytest.mark.servers
async def test_a_row_that_cannot_be_read_is_left_out(valkey: Redis) -> None:
    key = f"test:{new_id()}"
    store = PresenceStore(valkey, key)
    await store.save_all(manned_engine().presence())
    await valkey.hset(key, "z", "{not json")
    await valkey.hset(key, "y", '{"agent_id": "y"}')
    assert {one.agent_id for one in await store.load() or ()} == {"a", "b", "c"}


async def test_without_valkey_nothing_is_raised_and_the_loss_is_told() -> None:
    client = Redis(host="127.0.0.1", port=free_port(), socket_connect_timeout=1)
    store = PresenceStore(client)
    someone: AgentPresence = manned_engine().presence_of("a")
    assert await store.save(someone) is False
    assert await store.save_all([someone]) is False
    assert await store.load() is None
    await client.aclose()
