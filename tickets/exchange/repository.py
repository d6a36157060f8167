"""Queries on outside platforms and on what was handed up."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.exchange.model import Platform, TicketHandUp


async def platform(session: AsyncSession, name: str) -> Platform | None:
    """Return a platform by its name."""
    return (await session.execute(select(Platform).where(Platform.name == name))).scalar_one_or_none()


async def hand_ups(session: AsyncSession, ticket_id: str) -> Sequence[TicketHandUp]:
    """Return how often a ticket was handed up, oldest first."""
    query = select(TicketHandUp).where(TicketHandUp.ticket_id == ticket_id).order_by(TicketHandUp.id)
    return (await session.execute(query)).scalars().all()
