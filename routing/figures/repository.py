"""Every query of the figures."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.figures.model import LeftOutCall, QueueInterval, StateChange
from routing.model import QueueStay


async def interval(session: AsyncSession, queue: str, starts_at: datetime) -> QueueInterval | None:
    """Return one half hour of one queue."""
    return await session.get(QueueInterval, (queue, starts_at))


async def intervals(session: AsyncSession, queue: str, since: datetime, until: datetime) -> Sequence[QueueInterval]:
    """Return the half hours of a queue that begin in the span, oldest first."""
    query = (
        select(QueueInterval)
        .where(QueueInterval.queue == queue, QueueInterval.starts_at >= since, QueueInterval.starts_at < until)
        .order_by(QueueInterval.starts_at)
    )
    return (await session.scalars(query)).all()


async def left_out(session: AsyncSession, call_id: str) -> LeftOutCall | None:
    """Return the note that a call does not count."""
    return await session.get(LeftOutCall, call_id)


async def left_out_since(session: AsyncSession, since: datetime) -> Sequence[str]:
    """Return the calls that do not count, noted since an instant."""
    return (await session.scalars(select(LeftOutCall.call_id).where(LeftOutCall.at >= since))).all()


async def stays_since(session: AsyncSession, since: datetime) -> Sequence[QueueStay]:
    """Return the calls that entered a queue, or left it, since an instant."""
    query = select(QueueStay).where(or_(QueueStay.entered_at >= since, QueueStay.left_at >= since))
    return (await session.scalars(query.order_by(QueueStay.entered_at))).all()


async def changes_since(session: AsyncSession, since: datetime) -> Sequence[StateChange]:
    """Return the changes of agents' states since an instant, oldest first."""
    query = select(StateChange).where(StateChange.at >= since).order_by(StateChange.at, StateChange.id)
    return (await session.scalars(query)).all()


async def last_changes_before(session: AsyncSession, since: datetime, until: datetime) -> Sequence[StateChange]:
    """Return each agent's last change in the span."""
    spell = (
        select(StateChange.agent_id, func.max(StateChange.at).label("at"))
        .where(StateChange.at >= since, StateChange.at < until)
        .group_by(StateChange.agent_id)
        .subquery()
    )
    query = select(StateChange).join(spell, (StateChange.agent_id == spell.c.agent_id) & (StateChange.at == spell.c.at))
    return (await session.scalars(query.order_by(StateChange.id))).all()


async def changes_of(
    session: AsyncSession, agent_id: str, since: datetime, until: datetime, limit: int
) -> Sequence[StateChange]:
    """Return an agent's changes in the span, newest first."""
    query = (
        select(StateChange)
        .where(StateChange.agent_id == agent_id, StateChange.at >= since, StateChange.at < until)
        .order_by(StateChange.at.desc(), StateChange.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()
