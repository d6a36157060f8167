"""Queries of lists. Every page is found by an index and its key; personal columns are not read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from tickets.duties import DutyFact, DutyKind
from tickets.lists.filters import ListFilter
from tickets.lists.model import SavedView
from tickets.model import NO_LIMIT, Ticket, TicketAssignment, TicketDuty, TicketExtension, Unit
from tickets.repository import seen_by_unit

_work = aliased(TicketAssignment)
_pending = exists(
    select(TicketExtension.id).where(
        TicketExtension.assignment_id == Ticket.assignment_id,
        TicketExtension.state.in_(("pending_approval", "needs_override")),
    )
)
_LINES: Any = (
    select(
        Ticket.id, Ticket.number, Ticket.state, Ticket.version, Ticket.channel, Ticket.category, Ticket.title,
        Ticket.urgency, Ticket.confidential, Ticket.hard, Ticket.repeat_calls, Ticket.unit_id,
        Unit.name.label("unit_name"), Ticket.assignment_id, _work.due_at, _pending.label("pending"), Ticket.rating,
        Ticket.supervised_at, Ticket.created_at, Ticket.closed_at, Ticket.profile_version,
    )
    .outerjoin(Unit, Unit.id == Ticket.unit_id)
    .outerjoin(_work, _work.id == Ticket.assignment_id)
)  # fmt: skip
"""A line of a list a row: no personal columns, nothing to decrypt."""


async def lines_by_id(session: AsyncSession, ticket_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return lines in the order of the ids."""
    if not ticket_ids:
        return ()
    rows = (await session.execute(_LINES.where(Ticket.id.in_(ticket_ids)))).all()
    by_id = {row.id: row for row in rows}
    return [by_id[ticket_id] for ticket_id in ticket_ids if ticket_id in by_id]


async def inbox(
    session: AsyncSession, unit_id: str, state: str, after: tuple[datetime, str] | None, most: int
) -> Sequence[Row[Any]]:
    """Return what is in a state at a unit, most urgent first: lines with `work_id` and `work_due_at`."""
    share = TicketAssignment
    query = (
        _LINES.add_columns(share.id.label("work_id"), share.due_at.label("work_due_at"))
        .join(share, share.ticket_id == Ticket.id)
        .where(share.unit_id == unit_id, share.state == state)
        .order_by(share.due_at, share.id)
        .limit(most)
    )
    if after is not None:
        query = query.where(tuple_(share.due_at, share.id) > after)
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows


async def inbox_counts(session: AsyncSession, unit_id: str) -> Mapping[str, int]:
    """Return how many assignments a unit has in each state that is not ended."""
    work = TicketAssignment
    query = select(work.state, func.count()).where(work.unit_id == unit_id, work.state != "ended").group_by(work.state)
    return dict((await session.execute(query)).all())


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
) -> Sequence[Row[Any]]:
    """Return lines, newest first."""
    query = _LINES.where(*conditions)
    if before_id:
        query = query.where(Ticket.id < before_id)
    rows: Sequence[Row[Any]] = (await session.execute(query.order_by(Ticket.id.desc()).limit(most))).all()
    return rows


async def saved_views(session: AsyncSession, owner_id: str, *, with_shared: bool) -> Sequence[SavedView]:
    """Return somebody's saved views, and the shared ones where asked, by name."""
    own = SavedView.owner_id == owner_id
    query = select(SavedView).where(or_(own, SavedView.shared.is_(True)) if with_shared else own)
    return (await session.execute(query.order_by(SavedView.name, SavedView.id))).scalars().all()


async def count(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return how many tickets there are."""
    return int((await session.execute(select(func.count()).select_from(Ticket).where(*conditions))).scalar_one())


async def facts(session: AsyncSession, running: Mapping[str, str | None]) -> Mapping[str, Sequence[DutyFact]]:
    """Return the duties of the running assignments by ticket.

    Args:
        session: the session.
        running: assignment id by ticket id.
    """
    if not running:
        return {}
    duty = TicketDuty
    columns = (
        duty.ticket_id, duty.assignment_id, duty.kind, duty.due_at, duty.done_at, duty.warn_at, duty.assessed, duty.open
    )  # fmt: skip
    rows = (await session.execute(select(*columns).where(duty.ticket_id.in_(list(running))))).all()
    found: dict[str, list[DutyFact]] = defaultdict(list)
    for ticket_id, assignment_id, kind, due_at, done_at, warn_at, assessed, is_open in rows:
        if assignment_id == running[ticket_id] and (is_open or done_at):
            found[ticket_id].append(DutyFact(DutyKind(kind), due_at, done_at, warn_at, assessed))
    return found
