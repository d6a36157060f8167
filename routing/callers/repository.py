"""Every query about callers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.personal import Personal
from routing.callers.model import Callback, CallbackCall, CallerBlock, CallerChange


async def block(session: AsyncSession, block_id: str) -> CallerBlock | None:
    """Return one entry of the block list."""
    return await session.get(CallerBlock, block_id)


async def unlifted_block(session: AsyncSession, number: Personal) -> CallerBlock | None:
    """Return the entry of a number that was not lifted, expired or not."""
    query = select(CallerBlock).where(CallerBlock.number_hash == number, CallerBlock.lifted_at.is_(None))
    return await session.scalar(query)


async def blocks(session: AsyncSession, *, holding_at: datetime | None) -> Sequence[CallerBlock]:
    """Return entries, newest first; with an instant only those that hold then."""
    query = select(CallerBlock).order_by(CallerBlock.id.desc())
    if holding_at is not None:
        query = query.where(CallerBlock.lifted_at.is_(None), CallerBlock.expires_at > holding_at)
    return (await session.scalars(query)).all()


async def changes(session: AsyncSession, thing_id: str) -> Sequence[CallerChange]:
    """Return what people changed about a thing, oldest first."""
    query = select(CallerChange).where(CallerChange.thing_id == thing_id).order_by(CallerChange.id)
    return (await session.scalars(query)).all()


async def callback(session: AsyncSession, callback_id: str) -> Callback | None:
    """Return one callback."""
    return await session.get(Callback, callback_id)


async def callback_of_next_call(session: AsyncSession, call_id: str) -> Callback | None:
    """Return the callback whose next call has this id."""
    return await session.scalar(select(Callback).where(Callback.next_call_id == call_id))


async def open_callback(session: AsyncSession, number: Personal) -> Callback | None:
    """Return the open callback of a number."""
    query = select(Callback).where(Callback.number_hash == number, Callback.closed_at.is_(None))
    return await session.scalar(query)


async def callbacks(
    session: AsyncSession, *, only_open: bool, before: str | None = None, limit: int | None = None
) -> Sequence[Callback]:
    """Return callbacks: the open ones by their place, or all, newest first."""
    if only_open:
        query = select(Callback).where(Callback.closed_at.is_(None)).order_by(Callback.entered_at, Callback.id)
    else:
        query = select(Callback).order_by(Callback.id.desc())
        query = query if before is None else query.where(Callback.id < before)
    return (await session.scalars(query.limit(limit))).all()


async def call(session: AsyncSession, call_id: str) -> CallbackCall | None:
    """Return a call that belongs to a callback."""
    return await session.get(CallbackCall, call_id)


async def calls_of(session: AsyncSession, callback_ids: Sequence[str]) -> Sequence[CallbackCall]:
    """Return the calls of callbacks, oldest first."""
    query = select(CallbackCall).where(CallbackCall.callback_id.in_(callback_ids))
    return (await session.scalars(query.order_by(CallbackCall.at, CallbackCall.call_id))).all()
