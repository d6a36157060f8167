"""All queries of the tickets room."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.personal import Personal
from tickets.lifecycle import TicketState
from tickets.model import (
    Ticket,
    TicketAssignment,
    TicketDuty,
    TicketEventRow,
    TicketExtension,
    TicketParty,
    TicketProfile,
    Unit,
)

_NEXT_NUMBER = text(
    "INSERT INTO ticket_numbers (series, last) VALUES (:series, :count) "
    "ON CONFLICT (series) DO UPDATE SET last = ticket_numbers.last + :count RETURNING last"
)


async def next_number(session: AsyncSession, series: str, count: int = 1) -> int:
    """Take `count` sequence numbers of `series`, counted from 1, and return the last; safe when many ask at once."""
    return int((await session.execute(_NEXT_NUMBER, {"series": series, "count": count})).scalar_one())


async def keep_profile(session: AsyncSession, row: TicketProfile) -> None:
    """Store a profile version unless it is there."""
    values = {"version": row.version, "name": row.name, "content": row.content, "kept_at": row.kept_at}
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(postgresql_insert(TicketProfile).values(**values).on_conflict_do_nothing())
    else:
        await session.execute(sqlite_insert(TicketProfile).values(**values).on_conflict_do_nothing())


async def profile(session: AsyncSession, version: str) -> TicketProfile | None:
    """Return a stored profile version."""
    return await session.get(TicketProfile, version)


async def ticket(session: AsyncSession, ticket_id: str) -> Ticket | None:
    """Return a ticket."""
    return await session.get(Ticket, ticket_id)


async def locked(session: AsyncSession, ticket_id: str) -> Ticket | None:
    """Return a ticket and keep others from changing it until the transaction ends."""
    query = select(Ticket).where(Ticket.id == ticket_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def ticket_from(session: AsyncSession, origin_key: str) -> Ticket | None:
    """Return the ticket that was opened from `origin_key`."""
    return (await session.execute(select(Ticket).where(Ticket.origin_key == origin_key))).scalar_one_or_none()


async def ticket_id_from(session: AsyncSession, origin_key: str) -> str | None:
    """Return the id of the ticket that was opened from `origin_key`."""
    return await session.scalar(select(Ticket.id).where(Ticket.origin_key == origin_key))


async def ticket_numbered(session: AsyncSession, number: str) -> Ticket | None:
    """Return the ticket with this 工单编号."""
    return (await session.execute(select(Ticket).where(Ticket.number == number))).scalar_one_or_none()


async def page(
    session: AsyncSession,
    *,
    states: Sequence[str] = (),
    categories: Sequence[str] = (),
    unit_id: str | None = None,
    seen_by: str | None = None,
    confidential: bool = True,
    call_id: str | None = None,
    caller: Personal | None = None,
    before_id: str | None = None,
    limit: int,
) -> Sequence[Ticket]:
    """Return tickets, newest first, that come after `before_id` in that order.

    Args:
        session: the session.
        states: any of these.
        categories: any of these.
        unit_id: the lead unit.
        seen_by: a unit that must be a party.
        confidential: whether confidential tickets are among them.
        call_id: the call it was opened for.
        caller: the caller's number.
        before_id: last id of the page before.
        limit: most rows.
    """
    ruled: tuple[tuple[object, ColumnElement[bool]], ...] = (
        (states, Ticket.state.in_(states)),
        (categories, Ticket.category.in_(categories)),
        (unit_id, Ticket.unit_id == unit_id),
        (seen_by, seen_by_unit(seen_by or "")),
        (not confidential, Ticket.confidential.is_(False)),
        (call_id, Ticket.call_id == call_id),
        (caller, Ticket.caller_phone_hash == caller),
        (before_id, Ticket.id < (before_id or "")),
    )
    query = select(Ticket).where(*(condition for asked, condition in ruled if asked))
    return (await session.execute(query.order_by(Ticket.id.desc()).limit(limit))).scalars().all()


async def unit_names(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Return the names of units by id."""
    if not ids:
        return {}
    rows = await session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {row.id: row.name for row in rows}


def seen_by_unit(unit_id: str) -> ColumnElement[bool]:
    """Return the condition that a unit may see a ticket: it is a party, and not what is complained about."""
    party = select(TicketParty.ticket_id).where(TicketParty.unit_id == unit_id)
    complained = or_(Ticket.complained_unit_id.is_(None), Ticket.complained_unit_id != unit_id)
    return and_(Ticket.id.in_(party), complained)


async def parties(session: AsyncSession, ticket_id: str) -> Sequence[str]:
    """Return the units that may see a ticket."""
    return (
        (await session.execute(select(TicketParty.unit_id).where(TicketParty.ticket_id == ticket_id))).scalars().all()
    )


async def add_party(session: AsyncSession, ticket_id: str, unit_id: str, role: str) -> None:
    """Let a unit see a ticket; what it already is stays."""
    if await session.get(TicketParty, (unit_id, ticket_id)) is None:
        session.add(TicketParty(unit_id=unit_id, ticket_id=ticket_id, role=role))


async def assignment(session: AsyncSession, assignment_id: str) -> TicketAssignment:
    """Return an assignment."""
    return await session.get_one(TicketAssignment, assignment_id)


async def assignments(session: AsyncSession, ticket_id: str) -> Sequence[TicketAssignment]:
    """Return the assignments of a ticket in order."""
    query = select(TicketAssignment).where(TicketAssignment.ticket_id == ticket_id).order_by(TicketAssignment.seq)
    return (await session.execute(query)).scalars().all()


async def failed_enquiries(session: AsyncSession, assignment_ids: Sequence[str]) -> set[str]:
    """Return those of the assignments whose phone enquiry did not help."""
    query = select(TicketAssignment.id).where(
        TicketAssignment.id.in_(assignment_ids), TicketAssignment.phone_enquiry_failed.is_(True)
    )
    return set((await session.execute(query)).scalars())


async def extensions(session: AsyncSession, assignment_ids: Sequence[str]) -> Sequence[TicketExtension]:
    """Return the extension requests of assignments in the order they were asked."""
    query = select(TicketExtension).where(TicketExtension.assignment_id.in_(assignment_ids))
    return (await session.execute(query.order_by(TicketExtension.asked_at, TicketExtension.id))).scalars().all()


async def duties(session: AsyncSession, ticket_ids: Sequence[str]) -> Sequence[TicketDuty]:
    """Return the duties of tickets, by due instant."""
    query = select(TicketDuty).where(TicketDuty.ticket_id.in_(ticket_ids)).order_by(TicketDuty.due_at, TicketDuty.id)
    return (await session.execute(query)).scalars().all()


async def duties_to_look_at(session: AsyncSession, now: datetime, limit: int) -> Sequence[TicketDuty]:
    """Return duties whose next alert has come, longest waiting first; found by index."""
    query = select(TicketDuty).where(TicketDuty.next_alert_at <= now).order_by(TicketDuty.next_alert_at).limit(limit)
    return (await session.execute(query)).scalars().all()


async def provisional_ticket_ids(session: AsyncSession, after: str, limit: int) -> Sequence[str]:
    """Return tickets with open provisional duties, by id, beyond `after`."""
    query = select(TicketDuty.ticket_id).where(TicketDuty.provisional.is_(True), TicketDuty.open.is_(True))
    return await _ticket_page(session, query, after, limit)


async def open_duty_ticket_ids(session: AsyncSession, after: str, limit: int) -> Sequence[str]:
    """Return tickets with open duties, by id, beyond `after`."""
    query = select(TicketDuty.ticket_id).where(TicketDuty.open.is_(True))
    return await _ticket_page(session, query, after, limit)


async def _ticket_page(session: AsyncSession, query: Select[str], after: str, limit: int) -> Sequence[str]:
    page = query.where(TicketDuty.ticket_id > after).distinct().order_by(TicketDuty.ticket_id).limit(limit)
    return (await session.execute(page)).scalars().all()


async def events(session: AsyncSession, ticket_id: str) -> Sequence[TicketEventRow]:
    """Return the ledger of a ticket in order."""
    query = select(TicketEventRow).where(TicketEventRow.ticket_id == ticket_id).order_by(TicketEventRow.seq)
    return (await session.execute(query)).scalars().all()


async def happened(session: AsyncSession, ticket_id: str, once: str) -> bool:
    """Tell whether the event with this key stands in the ledger."""
    query = select(exists().where(TicketEventRow.ticket_id == ticket_id, TicketEventRow.once == once))
    return bool((await session.execute(query)).scalar())


async def merged_into(session: AsyncSession, ticket_ids: Sequence[str]) -> Sequence[Ticket]:
    """Return the duplicates that were merged into one of these tickets."""
    return (await session.execute(select(Ticket).where(Ticket.merged_into_id.in_(ticket_ids)))).scalars().all()


async def needs_recording(session: AsyncSession, call_id: str) -> bool:
    """Tell whether a ticket of this call is open, waits for its callback, or is under supervision.

    A duplicate needs the recording as long as the ticket it was merged into.
    """
    linked = select(TicketEventRow.ticket_id).where(TicketEventRow.once == f"call:{call_id}")
    of_call = select(Ticket.id, Ticket.merged_into_id).where(Ticket.call_id == call_id).cte(recursive=True)
    into = aliased(Ticket)
    of_call = of_call.union(
        select(Ticket.id, Ticket.merged_into_id).where(Ticket.id.in_(linked)),
        select(into.id, into.merged_into_id).join(of_call, into.id == of_call.c.merged_into_id),
    )
    ended = Ticket.state.in_((TicketState.REJECTED, TicketState.ARCHIVED, TicketState.MERGED))
    settled = (Ticket.state == TicketState.CLOSED) & Ticket.survey_step.is_not(None) & Ticket.supervised_at.is_(None)
    needing = exists().where(Ticket.id.in_(select(of_call.c.id)), ~ended, ~settled)
    return bool((await session.execute(select(needing))).scalar())


async def ticket_of_call(session: AsyncSession, call_id: str) -> str | None:
    """Return the id of the ticket opened from a call."""
    return await session.scalar(select(Ticket.id).where(Ticket.call_id == call_id).order_by(Ticket.id).limit(1))


async def unit(session: AsyncSession, unit_id: str) -> Unit | None:
    """Return a unit."""
    return await session.get(Unit, unit_id)


async def units(session: AsyncSession) -> Sequence[Unit]:
    """Return all units by level and code."""
    return (await session.execute(select(Unit).order_by(Unit.level, Unit.code))).scalars().all()
