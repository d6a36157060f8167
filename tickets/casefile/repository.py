"""Queries on case files."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.casefile.model import TicketCaseFile
from tickets.model import TicketEventRow


async def case_file(session: AsyncSession, case_id: str) -> TicketCaseFile | None:
    """Return a case file, locked against others until the transaction ends."""
    query = select(TicketCaseFile).where(TicketCaseFile.id == case_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def of_ticket(session: AsyncSession, ticket_id: str) -> Sequence[TicketCaseFile]:
    """Return the case files of a ticket, oldest first."""
    query = select(TicketCaseFile).where(TicketCaseFile.ticket_id == ticket_id).order_by(TicketCaseFile.id)
    return (await session.execute(query)).scalars().all()


async def approved(session: AsyncSession) -> Sequence[str]:
    """Return the ids of case files that wait to be made."""
    query = select(TicketCaseFile.id).where(TicketCaseFile.state == "approved").order_by(TicketCaseFile.id)
    return (await session.execute(query)).scalars().all()


async def over(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Return the ids of case files whose copy here is to be erased."""
    query = select(TicketCaseFile.id).where(TicketCaseFile.erase_at <= now)
    return (await session.execute(query)).scalars().all()


async def calls(session: AsyncSession, ticket_id: str) -> Sequence[str]:
    """Return the ids of further calls that were linked to a ticket (repeat calls)."""
    begins = "call:"
    query = select(TicketEventRow.once).where(
        TicketEventRow.ticket_id == ticket_id, TicketEventRow.once.startswith(begins)
    )
    return [once.removeprefix(begins) for once in (await session.execute(query)).scalars() if once]
