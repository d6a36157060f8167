"""Queries of lists. Every page is found by an index and its key; personal columns are not read."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from tickets.duties import DutyFact, DutyKind
from tickets.lists.filters import ListFilter
from tickets.model import NO_LIMIT, Ticket, TicketAssignment, TicketDuty, TicketExtension, Unit
from tickets.repository import seen_by_unit

_LINE = load_only(
    Ticket.id, Ticket.number, Ticket.state, Ticket.version, Ticket.channel, Ticket.category, Ticket.title,
    Ticket.urgency, Ticket.confidential, Ticket.hard, Ticket.repeat_calls, Ticket.unit_id, Ticket.rating,
    Ticket.supervised_at, Ticket.created_at, Ticket.closed_at, Ticket.assignment_id, Ticket.profile_version,
    raiseload=True,
)  # fmt: skip


async def tickets_by_id(session: AsyncSession, ticket_ids: Sequence[str]) -> Sequence[Ticket]:
    """Return the tickets in the order of the ids."""
    rows = (await session.execute(select(Ticket).options(_LINE).where(Ticket.id.in_(ticket_ids)))).scalars()
    by_id = {row.id: row for row in rows}
    return [by_id[ticket_id] for ticket_id in ticket_ids if ticket_id in by_id]


async def inbox(
    session: AsyncSession, unit_id: str, state: str, after: tuple[datetime, str] | None, most: int
) -> Sequence[tuple[Ticket, str, datetime]]:
    """Return what is in a state at a unit, most urgent first: ticket, assignment id, due instant."""
    work = TicketAssignment
    query = (
        select(Ticket, work.id, work.due_at)
        .options(_LINE)
        .join(work, work.ticket_id == Ticket.id)
        .where(work.unit_id == unit_id, work.state == state)
        .order_by(work.due_at, work.id)
        .limit(most)
    )
    if after is not None:
        query = query.where(tuple_(work.due_at, work.id) > after)
    return [(ticket, work_id, due_at) for ticket, work_id, due_at in (await session.execute(query)).tuples()]


async def inbox_counts(session: AsyncSession, unit_id: str) -> Mapping[str, int]:
    """Return how many assignments a unit has in each state that is not ended."""
    work = TicketAssignment
    query = select(work.state, func.count()).where(work.unit_id == unit_id, work.state != "ended").group_by(work.state)
    return dict((await session.execute(query)).tuples().all())


def matching(wanted: ListFilter, *, unit_id: str | None, confidential: bool) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter.

    Args:
        wanted: what is asked for.
        unit_id: only what this unit may see; None: everything.
        confidential: whether confidential tickets are listed.
    """
    sets = {
        Ticket.state: wanted.states, Ticket.category: wanted.categories, Ticket.channel: wanted.channels,
        Ticket.urgency: wanted.urgencies, Ticket.rating: wanted.ratings,
    }  # fmt: skip
    found: list[ColumnElement[bool]] = [column.in_(values) for column, values in sets.items() if values]
    late = select(TicketDuty.ticket_id).where(
        TicketDuty.ticket_id == Ticket.id, TicketDuty.open.is_(True), TicketDuty.assessed.is_(True),
        TicketDuty.due_at < (wanted.overdue_at or NO_LIMIT),
    )  # fmt: skip
    ruled: tuple[tuple[object, ColumnElement[bool]], ...] = (
        (wanted.unit_id, Ticket.unit_id == wanted.unit_id),
        (wanted.opened_from, Ticket.created_at >= (wanted.opened_from or NO_LIMIT)),
        (wanted.opened_before, Ticket.created_at < (wanted.opened_before or NO_LIMIT)),
        (wanted.supervised is True, Ticket.supervised_at.is_not(None)),
        (wanted.supervised is False, Ticket.supervised_at.is_(None)),
        (wanted.hard is not None, Ticket.hard.is_(bool(wanted.hard))),
        (wanted.overdue_at, exists(late)),
        (not confidential, Ticket.confidential.is_(False)),
        (unit_id, seen_by_unit(unit_id or "")),
    )
    return found + [condition for asked, condition in ruled if asked]


async def page(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], before_id: str | None, most: int
) -> Sequence[Ticket]:
    """Return tickets, newest first."""
    query = select(Ticket).options(_LINE).where(*conditions)
    if before_id:
        query = query.where(Ticket.id < before_id)
    return (await session.execute(query.order_by(Ticket.id.desc()).limit(most))).scalars().all()


async def count(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return how many tickets there are."""
    return int((await session.execute(select(func.count()).select_from(Ticket).where(*conditions))).scalar_one())


async def facts(session: AsyncSession, tickets: Collection[Ticket]) -> Mapping[str, Sequence[DutyFact]]:
    """Return the duties of the running assignments (and of the centre) by ticket."""
    duty = TicketDuty
    columns = (
        duty.ticket_id, duty.assignment_id, duty.kind, duty.due_at, duty.done_at, duty.warn_at, duty.assessed, duty.open
    )  # fmt: skip
    running = {ticket.id: ticket.assignment_id for ticket in tickets}
    rows = (await session.execute(select(*columns).where(duty.ticket_id.in_(list(running))))).tuples()
    found: dict[str, list[DutyFact]] = defaultdict(list)
    for ticket_id, assignment_id, kind, due_at, done_at, warn_at, assessed, is_open in rows:
        if assignment_id == running[ticket_id] and (is_open or done_at):
            found[ticket_id].append(DutyFact(DutyKind(kind), due_at, done_at, warn_at, assessed))
    return found


async def due_of(session: AsyncSession, assignment_ids: Sequence[str]) -> Mapping[str, datetime]:
    """Return the handling deadlines by assignment."""
    work = TicketAssignment
    query = select(work.id, work.due_at).where(work.id.in_(assignment_ids))
    return dict((await session.execute(query)).tuples().all())


async def pending_extensions(session: AsyncSession, assignment_ids: Sequence[str]) -> frozenset[str]:
    """Return the tickets whose running assignment has an undecided extension request."""
    asked = TicketExtension
    query = select(asked.ticket_id).where(
        asked.assignment_id.in_(assignment_ids), asked.state.in_(("pending_approval", "needs_override"))
    )
    return frozenset((await session.execute(query)).scalars())


async def unit_names(session: AsyncSession, unit_ids: Collection[str]) -> Mapping[str, str]:
    """Return the names of units."""
    query = select(Unit.id, Unit.name).where(Unit.id.in_(list(unit_ids)))
    return dict((await session.execute(query)).tuples().all())
