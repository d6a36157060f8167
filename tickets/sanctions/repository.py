"""Queries on records of accountability."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.sanctions.model import SanctionRecord

_MOST = 200


async def record(session: AsyncSession, record_id: str) -> SanctionRecord | None:
    """Return a record, locked against others until the transaction ends."""
    query = select(SanctionRecord).where(SanctionRecord.id == record_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def records(session: AsyncSession, unit_id: str | None) -> Sequence[SanctionRecord]:
    """Return the newest records, of one unit or of all."""
    query = select(SanctionRecord).order_by(SanctionRecord.id.desc()).limit(_MOST)
    if unit_id:
        query = query.where(SanctionRecord.unit_id == unit_id)
    return (await session.execute(query)).scalars().all()
