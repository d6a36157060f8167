"""Queries on notices."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.documents.model import TicketNotice


async def notices(session: AsyncSession, ticket_id: str) -> Sequence[TicketNotice]:
    """Return the notices about a ticket, oldest first."""
    query = select(TicketNotice).where(TicketNotice.ticket_id == ticket_id).order_by(TicketNotice.id)
    return (await session.execute(query)).scalars().all()


async def notice(session: AsyncSession, notice_id: str) -> TicketNotice | None:
    """Return a notice."""
    return await session.get(TicketNotice, notice_id)
