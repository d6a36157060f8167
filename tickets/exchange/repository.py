"""Queries on outside platforms."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.exchange.model import Platform


async def platform(session: AsyncSession, name: str) -> Platform | None:
    """Return a platform by its name."""
    return (await session.execute(select(Platform).where(Platform.name == name))).scalar_one_or_none()
