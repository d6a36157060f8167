"""Queries about leaders' instructions."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.directives.model import Directive, DirectiveReport, DirectiveTicket
from tickets.model import Ticket


async def directive(session: AsyncSession, directive_id: str) -> Directive | None:
    """Return an instruction, and keep others from changing it until the transaction ends."""
    return await session.get(Directive, directive_id, with_for_update=True)


async def directives(session: AsyncSession, limit: int) -> Sequence[Directive]:
    """Return the newest instructions, newest first."""
    return (await session.execute(select(Directive).order_by(Directive.id.desc()).limit(limit))).scalars().all()


async def tickets_under(session: AsyncSession, directive_id: str) -> Sequence[Ticket]:
    """Return the tickets under an instruction, by number."""
    query = select(Ticket).join(DirectiveTicket, DirectiveTicket.ticket_id == Ticket.id)
    query = query.where(DirectiveTicket.directive_id == directive_id).order_by(Ticket.number)
    return (await session.execute(query)).scalars().all()


async def reports(session: AsyncSession, directive_id: str) -> Sequence[DirectiveReport]:
    """Return what was reported on an instruction, oldest first."""
    query = select(DirectiveReport).where(DirectiveReport.directive_id == directive_id).order_by(DirectiveReport.id)
    return (await session.execute(query)).scalars().all()


async def is_under(session: AsyncSession, directive_id: str, ticket_id: str) -> bool:
    """Tell whether the ticket stands under the instruction."""
    return await session.get(DirectiveTicket, (directive_id, ticket_id)) is not None
