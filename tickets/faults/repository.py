"""Queries that find faults. Each is bounded by a period and a number of rows."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.lifecycle import TicketState
from tickets.model import Ticket, TicketDuty, TicketEventRow, TicketExtension


async def drafts(session: AsyncSession, since: datetime, until: datetime, limit: int) -> Sequence[Ticket]:
    """Return drafts opened in the period that nobody has registered, oldest first."""
    query = select(Ticket).where(
        Ticket.state == TicketState.DRAFT, Ticket.created_at >= since, Ticket.created_at < until
    )
    return (await session.execute(query.order_by(Ticket.created_at, Ticket.id).limit(limit))).scalars().all()


async def uncalled(session: AsyncSession, since: datetime, until: datetime, limit: int) -> Sequence[Ticket]:
    """Return tickets closed in the period whose callback has not ended, oldest first."""
    query = select(Ticket).where(
        Ticket.state == TicketState.CLOSED, Ticket.survey_step.is_(None),
        Ticket.closed_at >= since, Ticket.closed_at < until,
    )  # fmt: skip
    return (await session.execute(query.order_by(Ticket.closed_at, Ticket.id).limit(limit))).scalars().all()


async def late(
    session: AsyncSession, kind: str, since: datetime, until: datetime, now: datetime, limit: int
) -> Sequence[tuple[Ticket, TicketDuty]]:
    """Return duties of a kind that fell due in the period and were done late, or are undone, with their tickets."""
    undone = and_(TicketDuty.open.is_(True), TicketDuty.due_at < now)
    query = select(Ticket, TicketDuty).join(TicketDuty, TicketDuty.ticket_id == Ticket.id)
    query = query.where(
        TicketDuty.kind == kind, TicketDuty.due_at >= since, TicketDuty.due_at < until,
        or_(TicketDuty.done_at > TicketDuty.due_at, undone),
    )  # fmt: skip
    rows = await session.execute(query.order_by(TicketDuty.due_at, TicketDuty.id).limit(limit))
    return [(ticket, duty) for ticket, duty in rows]


async def unreported(
    session: AsyncSession, since: datetime, until: datetime, now: datetime, limit: int
) -> Sequence[tuple[Ticket, TicketDuty]]:
    """Return handling that is overdue while the unit has neither answered nor asked for more time (YC-36.7)."""
    asked = exists().where(TicketExtension.assignment_id == TicketDuty.assignment_id)
    query = select(Ticket, TicketDuty).join(TicketDuty, TicketDuty.ticket_id == Ticket.id)
    query = query.where(
        TicketDuty.kind == "resolve", TicketDuty.open.is_(True), TicketDuty.due_at < now,
        TicketDuty.due_at >= since, TicketDuty.due_at < until, ~asked,
    )  # fmt: skip
    rows = await session.execute(query.order_by(TicketDuty.due_at, TicketDuty.id).limit(limit))
    return [(ticket, duty) for ticket, duty in rows]


async def registered(session: AsyncSession, call_ids: Collection[str]) -> set[str]:
    """Return those of the calls that have a ticket: their own, or one they were linked to."""
    own = await session.scalars(select(Ticket.call_id).where(Ticket.call_id.in_(call_ids)))
    keys = [f"call:{call_id}" for call_id in call_ids]
    linked = await session.scalars(select(TicketEventRow.once).where(TicketEventRow.once.in_(keys)))
    return {call_id for call_id in own if call_id} | {key.removeprefix("call:") for key in linked if key}


async def confidential(session: AsyncSession, ticket_ids: Collection[str]) -> set[str | None]:
    """Return those of the tickets that are confidential."""
    query = select(Ticket.id).where(Ticket.id.in_(ticket_ids), Ticket.confidential.is_(True))
    return set((await session.execute(query)).scalars())
