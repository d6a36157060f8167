"""Queries of reports: what is due, and what their drafts are filled with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.model import Ticket, TicketAssignment, TicketEventRow
from tickets.reports.model import PublicEmergency, Report, ReportEventRow
from tickets.states import TicketEvent

_MOST = 200
_CASES = 20


async def report(session: AsyncSession, report_id: str) -> Report | None:
    """Return a report, locked against others until the transaction ends."""
    return (await session.execute(select(Report).where(Report.id == report_id).with_for_update())).scalar_one_or_none()


async def reports(session: AsyncSession, state: str | None, unit_id: str | None) -> Sequence[Report]:
    """Return the newest reports; of a unit: its own and those released to all member units."""
    query = select(Report).order_by(Report.due_at.desc(), Report.id).limit(_MOST)
    if state:
        query = query.where(Report.state == state)
    if unit_id:
        query = query.where((Report.unit_id == unit_id) | ((Report.state == "released") & Report.unit_id.is_(None)))
    return (await session.execute(query)).scalars().all()


async def known(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Return those of the keys that have a report already."""
    return set((await session.execute(select(Report.once).where(Report.once.in_(keys)))).scalars())


async def latest_due(session: AsyncSession) -> datetime | None:
    """Return the latest instant at which a report fell due; None: there was none ever."""
    return (await session.execute(select(func.max(Report.due_at)))).scalar_one()


async def to_remind(session: AsyncSession, now: datetime) -> Sequence[Report]:
    """Return open reports whose reporter is to be reminded; found by index."""
    query = select(Report).where(Report.state == "open", Report.next_alert_at <= now).with_for_update()
    return (await session.execute(query)).scalars().all()


async def events(session: AsyncSession, report_id: str) -> Sequence[ReportEventRow]:
    """Return what happened to a report, in order."""
    query = select(ReportEventRow).where(ReportEventRow.report_id == report_id).order_by(ReportEventRow.id)
    return (await session.execute(query)).scalars().all()


async def emergency(session: AsyncSession) -> PublicEmergency | None:
    """Return the emergency that lasts."""
    query = select(PublicEmergency).where(PublicEmergency.ended_at.is_(None)).order_by(PublicEmergency.id)
    return (await session.execute(query)).scalars().first()


async def by_category(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Return category and number of tickets opened in [start, end), most first; drafts are none yet."""
    return await _counted(session, Ticket.category, start, end)


async def by_channel(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Return channel and number of tickets opened in [start, end), most first."""
    return await _counted(session, Ticket.channel, start, end)


async def _counted(session: AsyncSession, column: Any, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    count = func.count().label("times")
    query = (
        select(column.label("name"), count)
        .where(Ticket.created_at >= start, Ticket.created_at < end, Ticket.state != "draft")
        .group_by(column)
        .order_by(count.desc())
    )
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows


async def repeated(session: AsyncSession, start: datetime, end: datetime, least: int) -> Sequence[Ticket]:
    """Return matters of [start, end) that were brought at least `least` times, most first."""
    query = select(Ticket).where(
        Ticket.created_at >= start,
        Ticket.created_at < end,
        Ticket.repeat_calls >= least,
        _open_to_reports(),
    )
    return (await session.execute(query.order_by(Ticket.repeat_calls.desc(), Ticket.id).limit(_CASES))).scalars().all()


async def shared(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Ticket]:
    """Return matters of [start, end) in the hands of several units (跨部门、跨层级), oldest first."""
    several = select(TicketAssignment.ticket_id).where(TicketAssignment.kind != "lead")
    query = select(Ticket).where(
        Ticket.created_at >= start, Ticket.created_at < end, Ticket.id.in_(several), _open_to_reports()
    )
    return (await session.execute(query.order_by(Ticket.id).limit(_CASES))).scalars().all()


async def typical(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Return ticket and event of cases to tell about: often supervised, long, late (YC-26)."""
    wanted = (TicketEvent.OVERDUE, TicketEvent.SUPERVISED, TicketEvent.NOTICE_ISSUED)
    count = func.count().label("times")
    query: Any = (
        select(Ticket.number, Ticket.title, Ticket.unit_id, Ticket.state, Ticket.created_at, count)
        .join(TicketEventRow, TicketEventRow.ticket_id == Ticket.id)
        .where(
            TicketEventRow.event.in_(wanted), TicketEventRow.at >= start, TicketEventRow.at < end,
            _open_to_reports(),
        )
        .group_by(Ticket.number, Ticket.title, Ticket.unit_id, Ticket.state, Ticket.created_at)
        .order_by(count.desc(), Ticket.number)
        .limit(_CASES)
    )  # fmt: skip
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows


async def lasting(session: AsyncSession, before: datetime) -> Sequence[Ticket]:
    """Return matters opened before an instant that are not solved yet, oldest first."""
    over = ("draft", "closed", "rejected", "merged", "archived")
    query = select(Ticket).where(Ticket.created_at < before, Ticket.state.not_in(over), _open_to_reports())
    return (await session.execute(query.order_by(Ticket.id).limit(_MOST))).scalars().all()


async def shirked(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Ticket]:
    """Return matters that were found in [start, end) to be passed around between units."""
    query = select(TicketEventRow.ticket_id, TicketEventRow.data).where(
        TicketEventRow.event == TicketEvent.FACT_NOTED, TicketEventRow.at >= start, TicketEventRow.at < end
    )
    found = {row.ticket_id for row in await session.execute(query) if row.data.get("fact") == "shirking"}
    query_tickets = select(Ticket).where(Ticket.id.in_(found), _open_to_reports()).order_by(Ticket.id).limit(_MOST)
    return (await session.execute(query_tickets)).scalars().all()


async def published(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Ticket]:
    """Return tickets whose publication was allowed in [start, end), and not taken back since."""
    query = select(TicketEventRow.ticket_id, TicketEventRow.data).where(
        TicketEventRow.event == TicketEvent.PUBLICATION_DECIDED, TicketEventRow.at >= start, TicketEventRow.at < end
    )
    decided = {row.ticket_id: row.data["decision"] for row in await session.execute(query.order_by(TicketEventRow.id))}
    allowed = [ticket_id for ticket_id, decision in decided.items() if decision == "allow"]
    query_tickets = select(Ticket).where(Ticket.id.in_(allowed), _open_to_reports()).order_by(Ticket.id).limit(_CASES)
    return (await session.execute(query_tickets)).scalars().all()


def _open_to_reports() -> ColumnElement[bool]:
    """A confidential ticket (YC-27a) stands in no report."""
    return Ticket.confidential.is_(False)


async def ids_from(session: AsyncSession, sources: Sequence[str]) -> set[str]:
    """Return the ids of tickets that came from one of `sources` (province tickets, YZ-8)."""
    return set((await session.execute(select(Ticket.id).where(Ticket.source.in_(sources)))).scalars())
