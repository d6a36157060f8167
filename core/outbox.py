"""The outbox: at-least-once delivery of what must arrive, with an idempotency key.

A message is written in the same transaction as the fact it tells (`enqueue`); a `Deliverer` hands it to the handler of
its topic until that succeeds. Handlers must be idempotent on (topic, key). Order within a topic is not kept.
"""

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from core import outbox_repository as repository
from core.clock import Clock
from core.database import Database
from core.errors import HotlineError, PartUnavailable
from core.ids import new_id
from core.logs import scrub
from core.personal import keys
from core.wire import dumps, loads

_log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 30
"""With the schedule of `backoff`: about 19 hours."""
_LONGEST_BACKOFF = timedelta(hours=1)
_ERROR_LENGTH = 300


class Undeliverable(HotlineError):  # noqa: N818 - reads as the sentence "raise Undeliverable"
    """A handler says that trying again cannot help: the message is dead at once."""

    code = "undeliverable"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message handed to its handler."""

    topic: str
    key: str
    payload: dict[str, Any]
    attempt: int
    """1 for the first attempt."""


Handler = Callable[[Delivery], Awaitable[None]]


def backoff(attempt: int) -> timedelta:
    """Return the wait after failed attempt number `attempt` (1, 2, …): 1 s, doubled each time, at most 1 h."""
    return min(timedelta(seconds=2 ** min(attempt - 1, 20)), _LONGEST_BACKOFF)


async def enqueue(
    session: AsyncSession,
    *,
    topic: str,
    key: str,
    payload: Mapping[str, object],
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Write a message in the caller's transaction; the same topic and key twice is one message.

    Args:
        session: the open transaction.
        topic: constant of the sending room's `events.py`.
        key: idempotency key, at most 200 characters, no personal data.
        payload: see `core.wire.dumps`; kept encrypted.
        now: present instant (aware UTC).
        not_before: earliest delivery; None: at once.
    """
    await repository.insert(
        session,
        id=new_id(),
        topic=topic,
        key=key,
        payload=keys().encrypt(dumps(payload)),
        created_at=now,
        due_at=not_before or now,
    )
    event.listen(session.sync_session, "after_commit", _wake_all, once=True)


class Deliverer:
    """Delivers the messages of the topics it has handlers for; any number may run, in any number of processes.

    Args:
        database: where the messages are.
        clock: tells what is due.
        handlers: by topic.
        max_attempts: failures after which a message is dead.
        lease: how long a claim holds without renewal; running handlers renew it.
        poll_seconds: how often messages of other processes are looked for.
        at_once: handlers that run at the same time.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        max_attempts: int = MAX_ATTEMPTS,
        lease: timedelta = timedelta(seconds=15),
        poll_seconds: float = 0.5,
        at_once: int = 8,
    ) -> None:
        self._database = database
        self._clock = clock
        self._handlers = dict(handlers)
        self._max_attempts = max_attempts
        self._lease = lease
        self._poll_seconds = poll_seconds
        self._at_once = at_once
        self._fresh = asyncio.Event()

    async def run_once(self) -> int:
        """Attempt what is due now, at most `at_once` messages; return how many were attempted."""
        claimed = await self._claim(self._at_once)
        await asyncio.gather(*(self._attempt(message) for message in claimed))
        return len(claimed)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then let running handlers end for the length of a lease, and return."""
        waker = _Waker(asyncio.get_running_loop(), self._fresh)
        _wakers.add(waker)
        running: set[asyncio.Task[None]] = set()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._fresh.clear()
                claimed = await self._claim_or_wait(self._at_once - len(running))
                running |= {asyncio.create_task(self._attempt(message)) for message in claimed}
                if not claimed:
                    await self._idle(stopping, running)
                running = {task for task in running if not task.done()}
        finally:
            _wakers.discard(waker)
            stopping.cancel()
            await _finish(running, self._lease.total_seconds())

    async def _idle(self, stopping: asyncio.Task[bool], running: set[asyncio.Task[None]]) -> None:
        fresh = asyncio.create_task(self._fresh.wait())
        try:
            await asyncio.wait(
                {stopping, fresh, *running}, timeout=self._poll_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            fresh.cancel()

    async def _claim_or_wait(self, limit: int) -> list[repository.Claimed]:
        """A database that fails must not end the delivery: say it, and look again at the next poll."""
        try:
            return await self._claim(limit)
        except PartUnavailable as error:
            _log.warning("outbox cannot be read", problem=error.problem, remedy=error.remedy)
            return []

    async def _claim(self, limit: int) -> list[repository.Claimed]:
        if limit <= 0:
            return []
        now, topics = self._clock.now(), list(self._handlers)
        async with self._database.reading() as session:
            if not await repository.any_due(session, topics, now):
                return []
        async with self._database.transaction() as session:
            return await repository.claim(session, topics, now, until=now + self._lease, limit=limit)

    async def _attempt(self, message: repository.Claimed) -> None:
        renewing = asyncio.create_task(self._renew(message))
        try:
            payload = loads(keys().decrypt(message.payload))
            await self._handlers[message.topic](Delivery(message.topic, message.key, payload, message.attempt))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
            await self._failed(message, error)
        else:
            await self._note(partial(repository.mark_delivered, message=message, now=self._clock.now()))
        finally:
            renewing.cancel()

    async def _renew(self, message: repository.Claimed) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            until = self._clock.now() + self._lease
            await self._note(partial(repository.renew, message=message, until=until))

    async def _failed(self, message: repository.Claimed, error: Exception) -> None:
        now = self._clock.now()
        dead = isinstance(error, Undeliverable) or message.attempt >= self._max_attempts
        told = describe(error)
        _log.warning("outbox delivery failed", topic=message.topic, attempt=message.attempt, dead=dead, error=told)
        if dead:
            await self._note(partial(repository.mark_dead, message=message, now=now, error=told))
        else:
            due_at = now + backoff(message.attempt)
            await self._note(partial(repository.put_back, message=message, due_at=due_at, error=told))

    async def _note(self, write: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """Write down what became of a claim; if the database cannot, the lease runs out and the message comes again."""
        try:
            async with self._database.transaction() as session:
                await write(session)
        except PartUnavailable as error:
            _log.warning("outbox cannot be written", problem=error.problem, remedy=error.remedy)


def describe(error: Exception) -> str:
    """Return what failed and where, without what was said: messages of errors may quote personal data."""
    name = type(error).__name__
    if isinstance(error, PartUnavailable):
        told = f"{name}: {error.part}: {scrub(error.problem)}"
    elif isinstance(error, HotlineError):
        told = f"{name}: {error.code}"
    else:
        told = name
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is not None:
        told += f" ({place.tb_frame.f_globals.get('__name__', '?')}:{place.tb_lineno})"
    return told[:_ERROR_LENGTH]


@dataclass(frozen=True, eq=False)
class _Waker:
    loop: asyncio.AbstractEventLoop
    fresh: asyncio.Event


_wakers: weakref.WeakSet[_Waker] = weakref.WeakSet()


def _wake_all(session: object) -> None:
    """Tell the deliverers of this process that a message was committed (they may run in other threads)."""
    del session
    for waker in list(_wakers):
        if not waker.loop.is_closed():
            waker.loop.call_soon_threadsafe(waker.fresh.set)


async def _finish(running: set[asyncio.Task[None]], seconds: float) -> None:
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
