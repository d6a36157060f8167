"""All queries of the telephony room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.personal import Personal
from telephony.model import Call, Leg
from telephony.states import CallState


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; None: any."""

    state: CallState | None = None
    caller: Personal | None = None
    queue: str | None = None
    endpoint: str | None = None
    """Number of an agent's phone that was joined."""
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    """Paging: only calls older than this call id (ids sort by time)."""
    limit: int = 50


async def call_of(session: AsyncSession, call_id: str) -> Call | None:
    """Return a call."""
    return await session.get(Call, call_id)


async def leg_of(session: AsyncSession, leg_id: str) -> Leg | None:
    """Return a leg."""
    return await session.get(Leg, leg_id)


async def legs_of(session: AsyncSession, call_ids: Iterable[str]) -> Sequence[Leg]:
    """Return the legs of calls, oldest first."""
    ids = list(call_ids)
    return (await session.scalars(select(Leg).where(Leg.call_id.in_(ids)).order_by(Leg.id))).all()


async def open_calls(session: AsyncSession) -> Sequence[Call]:
    """Return calls that have not ended, or have not been told as ended."""
    return (await session.scalars(select(Call).where(Call.told_at.is_(None)).order_by(Call.id))).all()


async def find_calls(session: AsyncSession, wanted: CallFilter) -> Sequence[Call]:
    """Return calls, newest first."""
    query = select(Call).order_by(Call.id.desc()).limit(wanted.limit)
    if wanted.state is not None:
        query = query.where(Call.state == wanted.state)
    if wanted.caller is not None:
        query = query.where(Call.caller_hash == wanted.caller)
    if wanted.queue is not None:
        query = query.where(Call.queue == wanted.queue)
    if wanted.endpoint is not None:
        joined = select(Leg.call_id).where(Leg.endpoint == wanted.endpoint, Leg.joined_at.is_not(None))
        query = query.where(Call.id.in_(joined))
    if wanted.since is not None:
        query = query.where(Call.entered_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Call.entered_at < wanted.until)
    if wanted.before is not None:
        query = query.where(Call.id < wanted.before)
    return (await session.scalars(query)).all()
