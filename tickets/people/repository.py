"""Queries about people of units and changes to units."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.people.model import UnitChange, UnitPerson


async def of_units(session: AsyncSession, unit_ids: Collection[str] | None = None) -> dict[str, list[UnitPerson]]:
    """Return the people of units by unit, in the order they were named; None: of all units."""
    query = select(UnitPerson).order_by(UnitPerson.id)
    if unit_ids is not None:
        query = query.where(UnitPerson.unit_id.in_(unit_ids))
    found: dict[str, list[UnitPerson]] = {}
    for row in (await session.execute(query)).scalars():
        found.setdefault(row.unit_id, []).append(row)
    return found


async def person(session: AsyncSession, unit_id: str, person_id: str) -> UnitPerson | None:
    """Return a person of a unit."""
    row = await session.get(UnitPerson, person_id)
    return row if row is not None and row.unit_id == unit_id else None


async def forget(session: AsyncSession, unit_id: str) -> None:
    """Remove the people of a unit; others take their place."""
    await session.execute(delete(UnitPerson).where(UnitPerson.unit_id == unit_id))


async def changes(session: AsyncSession, unit_id: str, limit: int) -> Sequence[UnitChange]:
    """Return the newest changes to a unit, newest first."""
    query = select(UnitChange).where(UnitChange.unit_id == unit_id).order_by(UnitChange.id.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()
