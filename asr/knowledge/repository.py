"""All queries of the knowledge base."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asr.knowledge.model import Article


async def article(session: AsyncSession, code: str) -> Article | None:
    """Return an article by its code."""
    return await session.scalar(select(Article).where(Article.code == code))


async def articles(session: AsyncSession) -> Sequence[Article]:
    """Return every article by code."""
    return (await session.scalars(select(Article).order_by(Article.code))).all()


async def stamp(session: AsyncSession) -> tuple[int, datetime | None]:
    """Return (how many there are, when one was last changed)."""
    count, changed = (await session.execute(select(func.count(), func.max(Article.updated_at)))).one()
    return int(count), changed


async def drop(session: AsyncSession, code: str) -> bool:
    """Delete an article; tell whether it was there."""
    found = await article(session, code)
    await session.execute(delete(Article).where(Article.code == code))
    return found is not None
