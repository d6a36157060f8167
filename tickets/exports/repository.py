"""Queries on exports."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.exports.model import TicketExport

_MOST = 100


async def export(session: AsyncSession, export_id: str) -> TicketExport | None:
    """Return an export, locked against others until the transaction ends."""
    query = select(TicketExport).where(TicketExport.id == export_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def exports(session: AsyncSession, asked_by: str | None) -> Sequence[TicketExport]:
    """Return the newest exports, of one person or of all."""
    query = select(TicketExport).order_by(TicketExport.id.desc()).limit(_MOST)
    if asked_by:
        query = query.where(TicketExport.asked_by == asked_by)
    return (await session.execute(query)).scalars().all()


async def approved(session: AsyncSession) -> Sequence[str]:
    """Return the ids of exports that wait to be made."""
    query = select(TicketExport.id).where(TicketExport.state == "approved").order_by(TicketExport.id)
    return (await session.execute(query)).scalars().all()
