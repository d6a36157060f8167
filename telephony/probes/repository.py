"""All queries of probe results."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from telephony.probes.model import ProbeResult


async def last_at(session: AsyncSession) -> datetime | None:
    """Return when the last probe call was made."""
    return await session.scalar(select(func.max(ProbeResult.at)))


async def since(session: AsyncSession, begin: datetime, number: str | None, limit: int) -> Sequence[ProbeResult]:
    """Return results from an instant on, newest first."""
    query = select(ProbeResult).where(ProbeResult.at >= begin).order_by(ProbeResult.id.desc()).limit(limit)
    return (await session.scalars(query if number is None else query.where(ProbeResult.number == number))).all()


async def before(session: AsyncSession, end: datetime) -> Sequence[ProbeResult]:
    """Return results older than an instant."""
    return (await session.scalars(select(ProbeResult).where(ProbeResult.at < end))).all()


async def forget(session: AsyncSession, end: datetime) -> None:
    """Delete results older than an instant."""
    await session.execute(delete(ProbeResult).where(ProbeResult.at < end))
