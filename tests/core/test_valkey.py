import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from core.errors import PartUnavailable
from core.ids import new_id
from core.settings import ServerSettings
from core.valkey import Lease, connect
from hotline.parts.process import free_port
from hotline.parts.valkey import Valkey

pytestmark = pytest.mark.servers


@pytest.fixture
async def redis(valkey_server: Any) -> AsyncIterator[Redis]:
    client = connect(valkey_server.settings, valkey_server.password)
    yield client
    await client.aclose()


async def test_only_one_holder_has_the_lease(redis: Redis) -> None:
    name = new_id()
    leases = [Lease(redis, name, f"engine-{n}", 5) for n in range(10)]
    tokens = await asyncio.gather(*(lease.acquire() for lease in leases))
    assert sum(token is not None for token in tokens) == 1


async def test_a_standby_takes_over_with_a_greater_token_when_the_lease_runs_out(redis: Redis) -> None:
    name = new_id()
    old, new = Lease(redis, name, "old", 0.2), Lease(redis, name, "new", 5)
    first = await old.acquire()
    assert first is not None
    assert await new.acquire() is None
    async with asyncio.timeout(5):
        while (second := await new.acquire()) is None:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
    assert second > first
    assert not await old.renew()
    assert old.token is None
    await old.release()
    assert await new.renew()


async def test_the_holder_keeps_its_token_when_it_acquires_again(redis: Redis) -> None:
    name = new_id()
    lease = Lease(redis, name, "engine", 5)
    assert await lease.acquire() == await Lease(redis, name, "engine", 5).acquire()


async def test_a_released_lease_is_free_at_once(redis: Redis) -> None:
    name = new_id()
    one, two = Lease(redis, name, "one", 60), Lease(redis, name, "two", 60)
    first = await one.acquire()
    await one.release()
    second = await two.acquire()
    assert first is not None
    assert second is not None
    assert second > first


async def test_tokens_keep_growing_when_the_server_lost_its_memory(redis: Redis) -> None:
    name = new_id()
    first = await Lease(redis, name, "one", 60).acquire()
    await redis.delete(f"hotline:lease:{name}", f"hotline:lease:{name}:token")
    await asyncio.sleep(0.002)  # the token follows the server's clock in milliseconds
    second = await Lease(redis, name, "two", 60).acquire()
    assert first is not None
    assert second is not None
    assert second > first


async def test_an_absent_server_is_told_with_the_remedy() -> None:
    client = connect(ServerSettings(port=free_port()), "x")
    with pytest.raises(PartUnavailable, match="hotline doctor"):
        await Lease(client, "x", "x", 1).acquire()
    await client.aclose()


async def test_a_wrong_password_is_told_with_the_remedy(valkey_server: Any) -> None:
    client = connect(valkey_server.settings, "wrong")
    with pytest.raises(PartUnavailable, match="redis_password"):
        await Lease(client, "x", "x", 1).acquire()
    await client.aclose()


async def test_the_client_works_again_after_the_server_was_killed_and_started(tmp_path: Path) -> None:
    settings = ServerSettings(port=free_port())
    server = Valkey(settings, "secret", tmp_path)
    server.start()
    server.wait_ready()
    client = connect(settings, "secret")
    lease = Lease(client, "engine", "one", 60)
    assert await lease.acquire()
    server.child.kill()
    with pytest.raises(PartUnavailable):
        await lease.renew()
    server.start()
    server.wait_ready()
    assert await lease.renew(), "the server remembers: it writes what it holds to a file"
    assert await lease.acquire()
    await client.aclose()
    server.stop()
    assert not server.is_healthy()
