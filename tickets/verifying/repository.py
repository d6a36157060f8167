"""Queries about verification and tasks."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.duties import TASKS
from tickets.model import Ticket, TicketDuty
from tickets.repository import seen_by_unit
from tickets.verifying.model import TicketVerification


async def of_ticket(session: AsyncSession, ticket_id: str) -> Sequence[TicketVerification]:
    """Return the verifications of a ticket, oldest first."""
    query = select(TicketVerification).where(TicketVerification.ticket_id == ticket_id).order_by(TicketVerification.id)
    return (await session.execute(query)).scalars().all()


async def of_unit(session: AsyncSession, unit_id: str, limit: int) -> Sequence[TicketVerification]:
    """Return the newest verifications of a unit's handling, newest first."""
    query = select(TicketVerification).where(TicketVerification.unit_id == unit_id)
    return (await session.execute(query.order_by(TicketVerification.id.desc()).limit(limit))).scalars().all()


async def open_tasks(
    session: AsyncSession, kinds: Sequence[str], unit_id: str | None, *, confidential: bool, limit: int
) -> Sequence[tuple[TicketDuty, str]]:
    """Return open tasks with the numbers of their tickets, by due instant.

    Args:
        session: the session.
        kinds: any of these; empty: all kinds of tasks.
        unit_id: only those this unit owes on tickets that it may see; None: all.
        confidential: whether confidential tickets are among them.
        limit: most rows.
    """
    wanted: list[ColumnElement[bool]] = [
        TicketDuty.open.is_(True),
        TicketDuty.kind.in_(kinds or [kind.value for kind in TASKS]),
    ]
    if unit_id is not None:
        wanted += [TicketDuty.unit_id == unit_id, seen_by_unit(unit_id)]
    if not confidential:
        wanted.append(Ticket.confidential.is_(False))
    query = select(TicketDuty, Ticket.number).join(Ticket, Ticket.id == TicketDuty.ticket_id).where(*wanted)
    rows = await session.execute(query.order_by(TicketDuty.due_at, TicketDuty.id).limit(limit))
    return [(duty, number) for duty, number in rows]
