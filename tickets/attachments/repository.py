"""Queries on files of tickets."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.attachments.model import TicketAttachment


async def of_ticket(session: AsyncSession, ticket_id: str) -> Sequence[TicketAttachment]:
    """Return the files of a ticket, oldest first."""
    query = select(TicketAttachment).where(TicketAttachment.ticket_id == ticket_id).order_by(TicketAttachment.id)
    return (await session.execute(query)).scalars().all()


async def count(session: AsyncSession, ticket_id: str) -> int:
    """Return how many files a ticket has."""
    query = select(func.count()).where(TicketAttachment.ticket_id == ticket_id)
    return int((await session.execute(query)).scalar_one())


async def attachment(session: AsyncSession, ticket_id: str, attachment_id: str) -> TicketAttachment | None:
    """Return a file of a ticket."""
    found = await session.get(TicketAttachment, attachment_id)
    return found if found is not None and found.ticket_id == ticket_id else None


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[TicketAttachment]:
    """Return files whose time is over, longest first; found by index."""
    query = select(TicketAttachment).where(TicketAttachment.erase_at <= now).order_by(TicketAttachment.erase_at)
    return (await session.execute(query.limit(limit))).scalars().all()
