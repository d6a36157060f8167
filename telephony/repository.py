"""All queries of the telephony room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.personal import Personal
from telephony.events import Party
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


async def calls_by_number(
    session: AsyncSession, since: datetime, until: datetime, without: Sequence[Personal]
) -> list[tuple[str, int, int, int]]:
    """Return of each number that citizens dialled: how many calls, how many answered, how many came from a partner."""
    from_partner = func.sum(case((Call.partner != "", 1), else_=0))
    query = select(Call.dialled, func.count(), func.count(Call.joined_at), from_partner)
    rows = await session.execute(query.where(*_counted(since, until, without)).group_by(Call.dialled))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def transfers_by_number(
    session: AsyncSession, since: datetime, until: datetime, without: Sequence[Personal]
) -> list[tuple[str, int, int]]:
    """Return of each number that was called into a talk: how often, and how often it answered."""
    query = select(Leg.endpoint, func.count(), func.count(Leg.joined_at)).join(Call, Call.id == Leg.call_id)
    wanted = (Leg.party == Party.HOTLINE, *_counted(since, until, without))
    rows = await session.execute(query.where(*wanted).group_by(Leg.endpoint))
    return [(row[0], row[1], row[2]) for row in rows]


def _counted(since: datetime, until: datetime, without: Sequence[Personal]) -> tuple[ColumnElement[bool], ...]:
    return (
        Call.entered_at >= since,
        Call.entered_at < until,
        or_(Call.caller_hash.is_(None), Call.caller_hash.not_in(without)),
    )
