import asyncio
import signal
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core import outbox_repository
from core.clock import ManualClock, SystemClock
from core.database import Database
from core.errors import PartUnavailable
from core.outbox import Deliverer, Delivery, Undeliverable, backoff, enqueue
from core.outbox_model import MessageState, OutboxMessage

TOPIC = "test.topic"


async def put(database: Database, clock: ManualClock | SystemClock, key: str, **payload: object) -> None:
    async with database.transaction() as session:
        await enqueue(session, topic=TOPIC, key=key, payload=payload, now=clock.now())


async def messages(database: Database) -> list[OutboxMessage]:
    async with database.reading() as session:
        return list(await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


class Inbox:
    def __init__(self, error: Exception | None = None) -> None:
        self.received: list[Delivery] = []
        self.error = error

    async def __call__(self, delivery: Delivery) -> None:
        self.received.append(delivery)
        if self.error is not None:
            raise self.error


async def test_a_committed_message_reaches_its_handler_once(database: Database, clock: ManualClock) -> None:
    inbox = Inbox()
    await put(database, clock, "a", greeting="您好")
    deliverer = Deliverer(database, clock, {TOPIC: inbox})
    assert await deliverer.run_once() == 1
    assert await deliverer.run_once() == 0
    assert inbox.received == [Delivery(TOPIC, "a", {"greeting": "您好"}, 1)]
    assert [m.state for m in await messages(database)] == [MessageState.DELIVERED]


async def test_a_rolled_back_fact_sends_nothing(database: Database, clock: ManualClock) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await enqueue(session, topic=TOPIC, key="a", payload={}, now=clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await messages(database) == []


async def test_the_same_topic_and_key_twice_is_one_message(database: Database, clock: ManualClock) -> None:
    await put(database, clock, "a", n=1)
    await put(database, clock, "a", n=2)
    async with database.transaction() as session:
        await enqueue(session, topic=TOPIC, key="b", payload={}, now=clock.now())
        await enqueue(session, topic=TOPIC, key="b", payload={}, now=clock.now())
    inbox = Inbox()
    await Deliverer(database, clock, {TOPIC: inbox}).run_once()
    assert sorted((d.key, d.payload.get("n")) for d in inbox.received) == [("a", 1), ("b", None)]


async def test_not_before_holds_a_message_back(database: Database, clock: ManualClock) -> None:
    later = clock.now() + timedelta(hours=2)
    async with database.transaction() as session:
        await enqueue(session, topic=TOPIC, key="a", payload={}, now=clock.now(), not_before=later)
    deliverer = Deliverer(database, clock, {TOPIC: Inbox()})
    assert await deliverer.run_once() == 0
    clock.advance(timedelta(hours=2))
    assert await deliverer.run_once() == 1


async def test_a_failing_handler_is_tried_again_after_a_growing_wait_and_then_dead(
    database: Database, clock: ManualClock
) -> None:
    inbox = Inbox(ValueError("13912345678 张三"))
    deliverer = Deliverer(database, clock, {TOPIC: inbox}, max_attempts=3)
    await put(database, clock, "a")
    for attempt in (1, 2, 3):
        assert await deliverer.run_once() == 1
        assert await deliverer.run_once() == 0
        clock.advance(backoff(attempt))
    assert [d.attempt for d in inbox.received] == [1, 2, 3]
    (message,) = await messages(database)
    assert message.state == MessageState.DEAD
    assert message.last_error is not None
    assert message.last_error.startswith("ValueError (")
    assert "张" not in message.last_error
    assert "139" not in message.last_error


async def test_a_dead_message_can_be_revived(database: Database, clock: ManualClock) -> None:
    inbox = Inbox(Undeliverable("号码无效"))
    deliverer = Deliverer(database, clock, {TOPIC: inbox})
    await put(database, clock, "a")
    await deliverer.run_once()
    async with database.transaction() as session:
        (dead,) = await outbox_repository.dead(session)
        assert await outbox_repository.revive(session, dead.id, clock.now())
        assert not await outbox_repository.revive(session, dead.id, clock.now())
    inbox.error = None
    assert await deliverer.run_once() == 1
    async with database.reading() as session:
        assert await outbox_repository.count_undelivered(session) == {"pending": 0, "dead": 0}


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits = [backoff(attempt).total_seconds() for attempt in range(1, 31)]
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert 18 * 3600 < sum(waits) < 20 * 3600


async def test_two_deliverers_share_the_messages_and_none_is_delivered_twice(database: Database) -> None:
    clock = SystemClock()
    for number in range(60):
        await put(database, clock, f"m{number}")
    first, second = Inbox(), Inbox()
    other = Database(database.url)
    one, two = Deliverer(database, clock, {TOPIC: first}), Deliverer(other, clock, {TOPIC: second})

    async def drain(deliverer: Deliverer) -> None:
        while await deliverer.run_once():
            pass

    await asyncio.gather(drain(one), drain(two))
    await other.close()
    keys = [d.key for d in first.received + second.received]
    assert sorted(keys) == sorted(f"m{number}" for number in range(60))


async def test_messages_of_a_killed_deliverer_come_back_when_its_lease_is_over(
    database: Database, clock: ManualClock
) -> None:
    await put(database, clock, "a")
    entered = asyncio.Event()

    async def hang(delivery: Delivery) -> None:
        entered.set()
        await asyncio.Event().wait()

    killed = asyncio.create_task(Deliverer(database, clock, {TOPIC: hang}).run_once())
    async with asyncio.timeout(5):
        await entered.wait()
    killed.cancel()
    await asyncio.wait([killed])
    inbox = Inbox()
    deliverer = Deliverer(database, clock, {TOPIC: inbox})
    assert await deliverer.run_once() == 0
    clock.advance(timedelta(seconds=15))
    assert await deliverer.run_once() == 1
    assert inbox.received[0].attempt == 2


KILLED = """
import asyncio, os, signal, sys
from core.clock import SystemClock
from core.database import Database
from core.outbox import Deliverer
from core.personal import PersonalKeys, install_keys

install_keys(PersonalKeys(b"test key for personal data......"))

async def die(delivery):
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(Deliverer(Database(sys.argv[1]), SystemClock(), {sys.argv[2]: die}).run(asyncio.Event()))
"""


async def test_a_process_killed_while_it_delivers_loses_nothing(database: Database, clock: ManualClock) -> None:
    await put(database, SystemClock(), "a", n=1)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, database.url, TOPIC)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL
    inbox, later = Inbox(), ManualClock(SystemClock().now() + timedelta(seconds=16))
    assert await Deliverer(database, later, {TOPIC: inbox}).run_once() == 1
    assert [(d.key, d.attempt, d.payload) for d in inbox.received] == [("a", 2, {"n": 1})]


async def test_a_slow_handler_keeps_its_claim(database: Database) -> None:
    clock = SystemClock()
    await put(database, clock, "a")
    entered, release = asyncio.Event(), asyncio.Event()

    async def slow(delivery: Delivery) -> None:
        entered.set()
        await release.wait()

    lease = timedelta(seconds=0.6)
    working = asyncio.create_task(Deliverer(database, clock, {TOPIC: slow}, lease=lease).run_once())
    async with asyncio.timeout(5):
        await entered.wait()
    rival = Inbox()
    deadline = clock.now() + 2 * lease
    while clock.now() < deadline:
        assert await Deliverer(database, clock, {TOPIC: rival}, lease=lease).run_once() == 0
        await asyncio.sleep(0.05)
    release.set()
    await working
    assert rival.received == []


async def until(condition: Callable[[], bool], seconds: float = 5) -> float:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while not condition():
        assert loop.time() - begin < seconds, "condition not met in time"
        await asyncio.sleep(0.002)
    return loop.time() - begin


async def test_a_fresh_message_leaves_at_once_in_the_same_process(database: Database) -> None:
    clock, inbox, stop = SystemClock(), Inbox(), asyncio.Event()
    deliverer = Deliverer(database, clock, {TOPIC: inbox}, poll_seconds=60)
    running = asyncio.create_task(deliverer.run(stop))
    await put(database, clock, "warm-up")
    await until(lambda: len(inbox.received) == 1)
    waits = []
    for number in range(5):
        await put(database, clock, f"m{number}")
        waits.append(await until(lambda n=number: len(inbox.received) == n + 2))  # type: ignore[misc]
    assert sorted(waits)[2] < 0.05
    stop.set()
    async with asyncio.timeout(5):
        await running


async def test_a_message_of_another_process_leaves_within_a_second(database: Database) -> None:
    clock, inbox, stop = SystemClock(), Inbox(), asyncio.Event()
    running = asyncio.create_task(Deliverer(database, clock, {TOPIC: inbox}).run(stop))
    async with database.transaction() as session:
        await enqueue(session, topic=TOPIC, key="a", payload={}, now=clock.now())
        # as if it had been committed elsewhere: nobody here is woken
        session.sync_session.dispatch.after_commit.clear()
    assert await until(lambda: bool(inbox.received)) < 1
    stop.set()
    async with asyncio.timeout(5):
        await running


async def test_the_payload_is_not_readable_in_the_database(database: Database, clock: ManualClock) -> None:
    await put(database, clock, "a", phone="13912345678")
    async with database.reading() as session:
        raw = (await session.execute(text("SELECT payload FROM outbox_messages"))).scalar_one()
    assert b"13912345678" not in bytes(raw)


async def test_delivered_messages_are_purged_and_others_stay(database: Database, clock: ManualClock) -> None:
    await put(database, clock, "old")
    await Deliverer(database, clock, {TOPIC: Inbox()}).run_once()
    clock.advance(timedelta(days=31))
    await put(database, clock, "new")
    async with database.transaction() as session:
        assert await outbox_repository.purge_delivered(session, clock.now() - timedelta(days=30)) == 1
    assert [m.key for m in await messages(database)] == ["new"]


async def test_a_database_that_fails_for_a_while_does_not_end_the_delivery(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, clock, inbox, stop = Database(sqlite_url), SystemClock(), Inbox(), asyncio.Event()
    await put(database, clock, "a")
    real, failures = outbox_repository.any_due, iter([True, True])

    async def failing(*args: object) -> bool:
        if next(failures, False):
            raise PartUnavailable("database", "gone", remedy="wait")
        return await real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox_repository, "any_due", failing)
    running = asyncio.create_task(Deliverer(database, clock, {TOPIC: inbox}, poll_seconds=0.05).run(stop))
    await until(lambda: bool(inbox.received))
    stop.set()
    async with asyncio.timeout(5):
        await running
    await database.close()
