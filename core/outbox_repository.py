"""All queries on the outbox table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox_model import MessageState, OutboxMessage


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that one deliverer holds for the length of its lease."""

    id: str
    topic: str
    key: str
    payload: bytes
    attempt: int


async def insert(session: AsyncSession, **values: Any) -> None:
    """Insert a pending message; nothing happens when topic and key are already there."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(OutboxMessage).values(state=MessageState.PENDING, attempt=0, **values)
    await session.execute(statement.on_conflict_do_nothing(index_elements=["topic", "key"]))


async def any_due(session: AsyncSession, topics: Sequence[str], now: datetime) -> bool:
    """Tell whether a message of these topics waits for an attempt."""
    return bool(await session.scalar(select(exists().where(*_due(topics, now)))))


async def claim(
    session: AsyncSession, topics: Sequence[str], now: datetime, *, until: datetime, limit: int
) -> list[Claimed]:
    """Take up to `limit` due messages until the instant `until`.

    Several deliverers never take the same one: PostgreSQL skips rows another transaction holds, SQLite has one writer.
    """
    rows = await session.scalars(
        select(OutboxMessage)
        .where(*_due(topics, now))
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = []
    for row in rows:
        row.attempt += 1
        row.due_at = until
        claimed.append(Claimed(row.id, row.topic, row.key, row.payload, row.attempt))
    return claimed


async def renew(session: AsyncSession, message: Claimed, *, until: datetime) -> None:
    """Hold the claim until a later instant."""
    await session.execute(_mine(message).values(due_at=until))


async def mark_delivered(session: AsyncSession, message: Claimed, now: datetime) -> None:
    """Note that the handler succeeded (also when the claim ran out meanwhile: it arrived)."""
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message.id)
        .values(state=MessageState.DELIVERED, done_at=now, last_error=None)
    )


async def mark_dead(session: AsyncSession, message: Claimed, now: datetime, error: str) -> None:
    """Give the message up; it is kept for people to look at."""
    await session.execute(_mine(message).values(state=MessageState.DEAD, done_at=now, last_error=error))


async def put_back(session: AsyncSession, message: Claimed, *, due_at: datetime, error: str) -> None:
    """Plan the next attempt."""
    await session.execute(_mine(message).values(due_at=due_at, last_error=error))


async def count_undelivered(session: AsyncSession) -> dict[str, int]:
    """Return how many messages wait and how many were given up; what was delivered is not counted over."""
    states = (MessageState.PENDING, MessageState.DEAD)
    query = select(OutboxMessage.state, func.count()).where(OutboxMessage.state.in_(states))
    found = {row[0]: row[1] for row in await session.execute(query.group_by(OutboxMessage.state))}
    return {state.value: found.get(state, 0) for state in states}


async def dead(session: AsyncSession, limit: int = 100) -> list[OutboxMessage]:
    """Return the messages that were given up, latest first."""
    rows = await session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.state == MessageState.DEAD)
        .order_by(OutboxMessage.done_at.desc())
        .limit(limit)
    )
    return list(rows)


async def revive(session: AsyncSession, message_id: str, now: datetime) -> bool:
    """Let a dead message be attempted anew; False when there is no such dead message."""
    result = await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.state == MessageState.DEAD)
        .values(state=MessageState.PENDING, attempt=0, due_at=now, done_at=None)
        .returning(OutboxMessage.id)
    )
    return result.first() is not None


async def revive_topic(session: AsyncSession, topic: str, now: datetime) -> int:
    """Let all dead messages of a topic be attempted anew; return how many."""
    result = await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.topic == topic, OutboxMessage.state == MessageState.DEAD)
        .values(state=MessageState.PENDING, attempt=0, due_at=now, done_at=None)
        .returning(OutboxMessage.id)
    )
    return len(result.all())


async def purge_delivered(session: AsyncSession, before: datetime) -> int:
    """Delete what was delivered before the instant; return how many. Their keys may then be used anew."""
    result = await session.execute(
        delete(OutboxMessage)
        .where(OutboxMessage.state == MessageState.DELIVERED, OutboxMessage.done_at < before)
        .returning(OutboxMessage.id)
    )
    return len(result.all())


def _due(topics: Sequence[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.state == MessageState.PENDING,
        OutboxMessage.due_at <= now,
        OutboxMessage.topic.in_(topics),
    )


def _mine(message: Claimed) -> Update:
    return update(OutboxMessage).where(
        OutboxMessage.id == message.id,
        OutboxMessage.attempt == message.attempt,
        OutboxMessage.state == MessageState.PENDING,
    )
