"""Queries about campaigns."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.campaigns.model import Campaign
from tickets.model import Ticket


async def campaign(session: AsyncSession, campaign_id: str) -> Campaign | None:
    """Return a campaign."""
    return await session.get(Campaign, campaign_id)


async def counted(session: AsyncSession) -> Sequence[tuple[Campaign, int, int]]:
    """Return every campaign, the newest first, with how many suggestions it collected and how many were adopted."""
    adopted = func.count(Ticket.id).filter(Ticket.adopted.is_(True))
    query = select(Campaign, func.count(Ticket.id), adopted).outerjoin(Ticket, Ticket.campaign_id == Campaign.id)
    rows = await session.execute(query.group_by(Campaign.id).order_by(Campaign.begins_at.desc(), Campaign.id.desc()))
    return [(row, collected, taken) for row, collected, taken in rows]
