"""Every query of the routing room."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.model import Agent, OfferRecord, QueueStay


async def agent(session: AsyncSession, agent_id: str) -> Agent | None:
    """Return the agent, active or not."""
    return await session.get(Agent, agent_id)


async def agent_by_number(session: AsyncSession, number: str) -> Agent | None:
    """Return the active agent with this number."""
    return await session.scalar(select(Agent).where(Agent.number == number, Agent.active))


async def agent_by_account(session: AsyncSession, account_id: str) -> Agent | None:
    """Return the active agent whose person has this account."""
    return await session.scalar(select(Agent).where(Agent.account_id == account_id, Agent.active))


async def agents(session: AsyncSession, *, with_inactive: bool) -> Sequence[Agent]:
    """Return the agents by number."""
    query = select(Agent).order_by(Agent.number, Agent.id)
    return (await session.scalars(query if with_inactive else query.where(Agent.active))).all()


async def offer(session: AsyncSession, offer_id: str) -> OfferRecord | None:
    """Return one offer."""
    return await session.get(OfferRecord, offer_id)


async def offers_of_call(session: AsyncSession, call_id: str) -> Sequence[OfferRecord]:
    """Return the offers of a call in the order they were made (UUIDv7 ids sort by time)."""
    query = select(OfferRecord).where(OfferRecord.call_id == call_id).order_by(OfferRecord.made_at, OfferRecord.id)
    return (await session.scalars(query)).all()


async def stay(session: AsyncSession, call_id: str) -> QueueStay | None:
    """Return a call's row of the queue log."""
    return await session.get(QueueStay, call_id)
