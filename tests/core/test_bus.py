import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.bus import Bus
from core.bus_subscription import BusMessage, Subscription
from core.errors import Conflict, InvalidInput, NotFound, PartUnavailable, TransitionRefused
from core.settings import ServerSettings
from hotline.parts.mosquitto import USERNAME, Mosquitto
from hotline.parts.process import free_port

pytestmark = pytest.mark.servers


@pytest.fixture
async def bus(mqtt_broker: Any) -> AsyncIterator[Bus]:
    async with Bus(mqtt_broker.settings, mqtt_broker.username, mqtt_broker.password, "test") as opened:
        await opened.wait_connected(5)
        yield opened


@pytest.fixture
async def other(mqtt_broker: Any) -> AsyncIterator[Bus]:
    async with Bus(mqtt_broker.settings, mqtt_broker.username, mqtt_broker.password, "test") as opened:
        await opened.wait_connected(5)
        yield opened


async def take(subscription: Subscription) -> BusMessage:
    async with asyncio.timeout(5):
        return await anext(subscription)


async def ready(bus: Bus, pattern: str) -> Subscription:
    subscription = bus.subscribe(pattern)
    async with asyncio.timeout(5):
        await subscription.active.wait()
    return subscription


async def test_a_message_reaches_the_listeners_of_other_processes_in_order(bus: Bus, other: Bus) -> None:
    calls = await ready(other, "hotline/calls/+/state")
    for number in range(50):
        await bus.publish(f"hotline/calls/{number}/state", {"状态": "talking", "n": number})
    received = [await take(calls) for _ in range(50)]
    assert received[7] == BusMessage("hotline/calls/7/state", {"状态": "talking", "n": 7})
    assert [message.payload["n"] for message in received] == list(range(50))


async def test_overlapping_patterns_each_receive_a_message_once(bus: Bus) -> None:
    narrow, wide = await ready(bus, "test/overlap/a"), await ready(bus, "test/overlap/#")
    await bus.publish("test/overlap/a", {"n": 1})
    await bus.publish("test/overlap/a", {"n": 2})
    for subscription in (narrow, wide):
        assert [(await take(subscription)).payload["n"] for _ in range(2)] == [1, 2]


async def test_two_subscriptions_of_the_same_pattern_both_receive(bus: Bus) -> None:
    first, second = await ready(bus, "test/same"), await ready(bus, "test/same")
    await bus.publish("test/same", {"n": 1})
    assert (await take(first)).payload == {"n": 1}
    assert (await take(second)).payload == {"n": 1}


async def test_a_request_is_answered(bus: Bus, other: Bus) -> None:
    async def double(payload: dict[str, Any]) -> Mapping[str, object]:
        return {"n": payload["n"] * 2}

    await other.serve("hotline/rpc/test/double", double)
    answers = await asyncio.gather(*(bus.request("hotline/rpc/test/double", {"n": n}) for n in range(20)))
    assert [answer["n"] for answer in answers] == [n * 2 for n in range(20)]


class OfARoom(Conflict):
    code = "of_a_room"
    status = 418


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("phone", "格式不对"),
        NotFound("坐席", "8001"),
        TransitionRefused("坐席", "talking", "pause"),
        PartUnavailable("asterisk", "没有运行", remedy="启动它"),
        OfARoom("不行"),
    ],
)
async def test_an_error_of_the_other_side_is_raised_at_the_asker(bus: Bus, other: Bus, error: Exception) -> None:
    async def fail(payload: dict[str, Any]) -> None:
        raise error

    topic = f"hotline/rpc/test/fail-{type(error).__name__}"
    await other.serve(topic, fail)
    with pytest.raises(type(error)) as caught:
        await bus.request(topic, {})
    assert vars(caught.value) == vars(error) | {"status": error.status}  # type: ignore[attr-defined]
    assert str(caught.value) == str(error)


async def test_a_fault_of_the_other_side_reaches_the_asker_without_its_text(bus: Bus, other: Bus) -> None:
    async def fail(payload: dict[str, Any]) -> None:
        raise KeyError("13912345678")

    await other.serve("hotline/rpc/test/fault", fail)
    with pytest.raises(PartUnavailable) as caught:
        await bus.request("hotline/rpc/test/fault", {})
    assert "139" not in str(caught.value)


async def test_a_request_nobody_serves_says_so_in_time(bus: Bus) -> None:
    begin = asyncio.get_running_loop().time()
    with pytest.raises(PartUnavailable, match="hotline/rpc/test/nobody"):
        await bus.request("hotline/rpc/test/nobody", {}, timeout=0.3)
    assert asyncio.get_running_loop().time() - begin < 1


async def test_what_is_not_a_json_object_is_ignored(bus: Bus, mqtt_broker: Any) -> None:
    import aiomqtt

    inbox = await ready(bus, "test/garbage")
    async with aiomqtt.Client(
        mqtt_broker.settings.host,
        mqtt_broker.settings.port,
        username=mqtt_broker.username,
        password=mqtt_broker.password,
    ) as client:
        for payload in (b"\xff\xfe", b"", b"[1]", b'{"n": 1}'):
            await client.publish("test/garbage", payload)
    assert (await take(inbox)).payload == {"n": 1}


async def test_a_wrong_password_is_told_and_nothing_is_raised(mqtt_broker: Any) -> None:
    async with Bus(mqtt_broker.settings, mqtt_broker.username, "wrong", "test") as bus:
        await bus.publish("test/x", {})
        assert not bus.is_connected
        assert bus.problem is not None
        with pytest.raises(PartUnavailable, match="口令"):
            await bus.wait_connected(0.1)


async def test_subscriptions_handlers_and_queued_messages_survive_a_killed_broker(tmp_path: Path) -> None:
    settings = ServerSettings(port=free_port())
    broker = Mosquitto(settings, "secret", tmp_path)
    broker.start()
    broker.wait_ready()
    try:
        async with Bus(settings, USERNAME, "secret", "a") as one, Bus(settings, USERNAME, "secret", "b") as two:
            inbox = await ready(two, "test/#")

            async def answer(payload: dict[str, Any]) -> Mapping[str, object]:
                return {"alive": True}

            await two.serve("hotline/rpc/test/alive", answer)
            await one.publish("test/before", {})
            assert (await take(inbox)).topic == "test/before"
            broker.child.kill()
            async with asyncio.timeout(5):
                while one.is_connected or two.is_connected:  # noqa: ASYNC110 - there is no event for going away
                    await asyncio.sleep(0.01)
            await one.publish("test/while-away", {})
            with pytest.raises(PartUnavailable):
                await one.request("hotline/rpc/test/alive", {}, timeout=0.2)
            # both were told to come back; the reader must be there before the writer sends what it kept
            broker = Mosquitto(settings, "secret", tmp_path)
            broker.start()
            broker.wait_ready()
            await two.wait_connected(10)
            await one.wait_connected(10)
            await one.publish("test/after", {})
            topics = {(await take(inbox)).topic}
            if "test/after" not in topics:
                topics.add((await take(inbox)).topic)
            assert "test/after" in topics
            assert await one.request("hotline/rpc/test/alive", {}) == {"alive": True}
    finally:
        broker.stop()


async def test_the_queue_for_an_absent_broker_is_bounded_and_counts_what_it_drops() -> None:
    async with Bus(ServerSettings(port=free_port()), USERNAME, "secret", "test") as bus:
        for number in range(10_005):
            await bus.publish("test/x", {"n": number})
        assert bus.dropped == 5


async def test_a_topic_with_wildcards_cannot_be_published(bus: Bus) -> None:
    with pytest.raises(ValueError, match="Invalid topic"):
        await bus.publish("hotline/calls/+/state", {})
