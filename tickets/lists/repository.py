"""Queries of lists. Every page is found by an index and its key; personal columns are not read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import UtcDateTime
from tickets.duties import DutyFact, DutyKind
from tickets.lists.filters import ListFilter
from tickets.lists.model import SavedView
from tickets.model import NO_LIMIT, Ticket, TicketAssignment, TicketDuty, TicketExtension, Unit
from tickets.repository import seen_by_unit

_ticket, _unit, _share = Ticket.__table__, Unit.__table__, TicketAssignment.__table__
_work = _share.alias("work")
_asked, _duty = TicketExtension.__table__.c, TicketDuty.__table__.c
_pending = exists().where(
    _asked.assignment_id == _ticket.c.assignment_id, _asked.state.in_(("pending_approval", "needs_override"))
)
# Statements of lists are made once, of tables and not of classes: making them took as long as running them.
_LINES: Select[Any] = (
    select(
        *(
            _ticket.c[name]
            for name in (
                "id", "number", "state", "version", "channel", "category", "title", "urgency", "confidential", "hard",
                "repeat_calls", "unit_id", "assignment_id", "rating", "supervised_at", "created_at", "closed_at",
                "profile_version",
            )
        ),
        _unit.c.name.label("unit_name"), _work.c.due_at, _pending.label("pending"),
    )
    .outerjoin(_unit, _unit.c.id == _ticket.c.unit_id)
    .outerjoin(_work, _work.c.id == _ticket.c.assignment_id)
)  # fmt: skip
"""A line of a list a row: no personal columns, nothing to decrypt."""
_BY_ID = _LINES.where(_ticket.c.id.in_(bindparam("ids", expanding=True)))
_INBOX = (
    _LINES.add_columns(_share.c.id.label("work_id"), _share.c.due_at.label("work_due_at"))
    .join(_share, _share.c.ticket_id == _ticket.c.id)
    .where(_share.c.unit_id == bindparam("unit_id"), _share.c.state == bindparam("state"))
    .order_by(_share.c.due_at, _share.c.id)
    .limit(bindparam("most"))
)
_INBOX_AFTER = _INBOX.where(
    tuple_(_share.c.due_at, _share.c.id) > tuple_(bindparam("due_at", type_=UtcDateTime), bindparam("work_id"))
)
_FACTS = select(
    _duty.ticket_id, _duty.assignment_id, _duty.kind, _duty.due_at, _duty.done_at, _duty.warn_at, _duty.assessed,
    _duty.open,
).where(_duty.ticket_id.in_(bindparam("ids", expanding=True)))  # fmt: skip


async def lines_by_id(session: AsyncSession, ticket_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return lines in the order of the ids."""
    if not ticket_ids:
        return ()
    rows = (await session.execute(_BY_ID, {"ids": ticket_ids})).all()
    by_id = {row.id: row for row in rows}
    return [by_id[ticket_id] for ticket_id in ticket_ids if ticket_id in by_id]


async def inbox(
    session: AsyncSession, unit_id: str, state: str, after: tuple[datetime, str] | None, most: int
) -> Sequence[Row[Any]]:
    """Return what is in a state at a unit, most urgent first: lines with `work_id` and `work_due_at`."""
    given: dict[str, Any] = {"unit_id": unit_id, "state": state, "most": most}
    if after is None:
        return (await session.execute(_INBOX, given)).all()
    given["due_at"], given["work_id"] = after
    return (await session.execute(_INBOX_AFTER, given)).all()


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
    rows = (await session.execute(_FACTS, {"ids": list(running)})).all()
    found: dict[str, list[DutyFact]] = defaultdict(list)
    for ticket_id, assignment_id, kind, due_at, done_at, warn_at, assessed, is_open in rows:
        if assignment_id == running[ticket_id] and (is_open or done_at):
            found[ticket_id].append(DutyFact(DutyKind(kind), due_at, done_at, warn_at, assessed))
    return found
