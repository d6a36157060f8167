"""All queries of oversight."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.model import Ticket, TicketEventRow
from tickets.oversight.model import OversightEnquiry, OversightSample


async def open_to_all(session: AsyncSession, ticket_ids: Collection[str]) -> set[str]:
    """Return which of these tickets are not confidential (YC-27a)."""
    query = select(Ticket.id).where(Ticket.id.in_(ticket_ids), Ticket.confidential.is_(False))
    return set((await session.scalars(query)).all())


async def tickets(session: AsyncSession, ticket_ids: Collection[str]) -> Sequence[Ticket]:
    """Return tickets by number."""
    query = select(Ticket).where(Ticket.id.in_(ticket_ids)).order_by(Ticket.number)
    return (await session.scalars(query)).all()


async def events(session: AsyncSession, ticket_ids: Collection[str]) -> Sequence[TicketEventRow]:
    """Return the ledgers of tickets, each in its order."""
    query = (
        select(TicketEventRow)
        .where(TicketEventRow.ticket_id.in_(ticket_ids))
        .order_by(TicketEventRow.ticket_id, TicketEventRow.seq)
    )
    return (await session.scalars(query)).all()


async def sample(session: AsyncSession, sample_id: str) -> OversightSample | None:
    """Return a sample."""
    return await session.get(OversightSample, sample_id)


async def enquiry(session: AsyncSession, enquiry_id: str) -> OversightEnquiry | None:
    """Return an enquiry, for answering it."""
    query = select(OversightEnquiry).where(OversightEnquiry.id == enquiry_id).with_for_update()
    found: OversightEnquiry | None = await session.scalar(query)
    return found


async def enquiries(session: AsyncSession, asked_by: str | None, limit: int) -> Sequence[OversightEnquiry]:
    """Return the newest enquiries, of one person or of all."""
    query = select(OversightEnquiry).order_by(OversightEnquiry.id.desc()).limit(limit)
    if asked_by is not None:
        query = query.where(OversightEnquiry.asked_by == asked_by)
    return (await session.scalars(query)).all()
