"""Every query of the routing room."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.model import Agent, OfferRecord, PlanActivation, PlanVersionRow, QueueStay


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


async def active_agent_ids(session: AsyncSession) -> dict[str, str]:
    """Return the ids of the active agents by number; nothing personal is read."""
    rows = await session.execute(select(Agent.number, Agent.id).where(Agent.active))
    return {row.number: row.id for row in rows}


async def offer(session: AsyncSession, offer_id: str) -> OfferRecord | None:
    """Return one offer."""
    return await session.get(OfferRecord, offer_id)


async def offers_of_call(session: AsyncSession, call_id: str) -> Sequence[OfferRecord]:
    """Return the offers of a call in the order they were made (UUIDv7 ids sort by time)."""
    query = select(OfferRecord).where(OfferRecord.call_id == call_id).order_by(OfferRecord.made_at, OfferRecord.id)
    return (await session.scalars(query)).all()


async def stay(session: AsyncSession, call_id: str, queue: str) -> QueueStay | None:
    """Return a call's row of the queue log for one queue."""
    return await session.get(QueueStay, (call_id, queue))


async def stays_of_call(session: AsyncSession, call_id: str) -> Sequence[QueueStay]:
    """Return a call's rows of the queue log, in the order it came into the queues."""
    query = select(QueueStay).where(QueueStay.call_id == call_id).order_by(QueueStay.queued_at, QueueStay.left_at)
    return (await session.scalars(query)).all()


# ---- plans of queues


async def plan_version(session: AsyncSession, version: int) -> PlanVersionRow | None:
    """Return one version of the plan."""
    return await session.get(PlanVersionRow, version)


async def plan_versions(session: AsyncSession) -> Sequence[PlanVersionRow]:
    """Return the versions of the plan, the newest first."""
    return (await session.scalars(select(PlanVersionRow).order_by(PlanVersionRow.version.desc()))).all()


async def latest_plan_version(session: AsyncSession) -> int:
    """Return the number of the newest version; 0: there is none."""
    return await session.scalar(select(func.max(PlanVersionRow.version))) or 0


async def plan_activations(session: AsyncSession) -> Sequence[PlanActivation]:
    """Return what was put in force, the newest first (UUIDv7 ids sort by time)."""
    return (await session.scalars(select(PlanActivation).order_by(PlanActivation.id.desc()))).all()


async def last_plan_activation(session: AsyncSession) -> PlanActivation | None:
    """Return what was put in force last."""
    return await session.scalar(select(PlanActivation).order_by(PlanActivation.id.desc()).limit(1))
