"""Queries of assessment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from tickets.assessment.model import AssessmentEvidence, AssessmentFactor, AssessmentMonth, AssessmentRequest
from tickets.model import Ticket, TicketAssignment, TicketDuty


async def assigned(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Return leads' assignments dispatched in [start, end) or whose ticket was closed in it, with their two limits."""
    work, sign, resolve = TicketAssignment, aliased(TicketDuty), aliased(TicketDuty)
    query: Any = (
        select(
            work.ticket_id, Ticket.number, work.unit_id, work.id, work.dispatched_at, work.answered_at, work.ended_at,
            Ticket.assignment_id, Ticket.closed_at, Ticket.state, Ticket.rating, Ticket.excluded,
            sign.due_at.label("sign_due"), sign.done_at.label("sign_done"), resolve.due_at.label("resolve_due"),
            resolve.done_at.label("resolve_done"),
        )
        .join(Ticket, Ticket.id == work.ticket_id)
        .outerjoin(sign, and_(sign.assignment_id == work.id, sign.kind == "sign"))
        .outerjoin(resolve, and_(resolve.assignment_id == work.id, resolve.kind == "resolve"))
        .where(
            work.kind == "lead",
            or_(
                and_(work.dispatched_at >= start, work.dispatched_at < end),
                and_(Ticket.closed_at >= start, Ticket.closed_at < end),
            ),
        )
        .order_by(work.id)
    )  # fmt: skip
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows


async def month(session: AsyncSession, name: str) -> AssessmentMonth | None:
    """Return a settled month."""
    query = select(AssessmentMonth).where(AssessmentMonth.month == name).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def month_seen(session: AsyncSession, name: str) -> AssessmentMonth | None:
    """Return a settled month to look at."""
    return (await session.execute(select(AssessmentMonth).where(AssessmentMonth.month == name))).scalar_one_or_none()


async def months_of(session: AsyncSession, year: str) -> Sequence[AssessmentMonth]:
    """Return the published months of a year."""
    query = select(AssessmentMonth).where(AssessmentMonth.month.like(f"{year}-%"), AssessmentMonth.state == "published")
    return (await session.execute(query.order_by(AssessmentMonth.month))).scalars().all()


async def requests(session: AsyncSession, month_: str, unit_id: str | None = None) -> Sequence[AssessmentRequest]:
    """Return what was asked about a month (or, with a year, about its months)."""
    query = select(AssessmentRequest).where(AssessmentRequest.month.like(f"{month_}%"))
    if unit_id:
        query = query.where(AssessmentRequest.unit_id == unit_id)
    return (await session.execute(query.order_by(AssessmentRequest.id))).scalars().all()


async def numbers(session: AsyncSession, ticket_ids: Sequence[str]) -> Mapping[str, str]:
    """Return the numbers (工单编号) of tickets by id."""
    rows = await session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ticket_ids)))
    return {row.id: row.number for row in rows}


async def request(session: AsyncSession, request_id: str) -> AssessmentRequest | None:
    """Return a request, locked."""
    query = select(AssessmentRequest).where(AssessmentRequest.id == request_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def missed(session: AsyncSession, start: datetime, end: datetime, kinds: Sequence[str]) -> Sequence[Row[Any]]:
    """Return duties of units that fell due in [start, end) and were done late or not yet, by unit and instant."""
    duty = TicketDuty
    query: Any = (
        select(duty.ticket_id, Ticket.number, duty.unit_id, duty.kind, duty.due_at, duty.done_at, duty.clause)
        .join(Ticket, Ticket.id == duty.ticket_id)
        .where(
            duty.kind.in_(kinds), duty.due_at >= start, duty.due_at < end, duty.unit_id.is_not(None), duty.assessed,
            or_(duty.done_at > duty.due_at, and_(duty.done_at.is_(None), duty.open)),
        )
        .order_by(duty.unit_id, duty.due_at, duty.id)
    )  # fmt: skip
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows


async def factors(session: AsyncSession, period: str, unit_id: str | None = None) -> Sequence[AssessmentFactor]:
    """Return the scores that people gave for a period, the latest of each unit and dimension."""
    query = select(AssessmentFactor).where(AssessmentFactor.period == period)
    if unit_id:
        query = query.where(AssessmentFactor.unit_id == unit_id)
    rows = (await session.execute(query.order_by(AssessmentFactor.id))).scalars()
    return list({(row.unit_id, row.dimension): row for row in rows}.values())


async def evidence(session: AsyncSession, item_id: str) -> Sequence[AssessmentEvidence]:
    """Return the files that prove an item, oldest first."""
    query = select(AssessmentEvidence).where(AssessmentEvidence.item_id == item_id).order_by(AssessmentEvidence.id)
    return (await session.execute(query)).scalars().all()
