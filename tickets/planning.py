"""Writes the computed duties of a ticket into its rows and keeps them in step with what happens."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.ids import new_id
from tickets import repository
from tickets.base import Change
from tickets.deadlines import WorkingTime, due_after
from tickets.duties import (
    Assignment,
    Duty,
    DutyKind,
    SpecialRule,
    assignment_duties,
    intake_duties,
    never_earlier,
    transfer_duty,
)
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import TicketAssignment, TicketDuty, TicketExtension


def facts_of(work: TicketAssignment, extensions: Sequence[TicketExtension]) -> Assignment:
    """Return what the rules must know of an assignment."""
    special = None
    if work.special_days is not None:
        special = SpecialRule(work.special_days, work.special_basis or "", work.special_clause or "")
    granted = tuple(asked.days for asked in extensions if asked.state == "approved")
    return Assignment(work.dispatched_at, work.signed_at, special, granted)


async def time_for(change: Change, unit_id: str) -> WorkingTime:
    """Return the working time of a unit: the profile's, or its own hours where the profile gives some (AMB-03)."""
    hours = change.profile.business_hours
    unit = await repository.unit(change.session, unit_id) if hours.units else None
    return WorkingTime(change.time_of.calendar, hours.of_unit(unit.code)) if unit else change.time_of


async def plan(change: Change, work: TicketAssignment, *, keep_told: bool = False) -> list[Duty]:
    """Compute the duties of an assignment and write them; `keep_told`: no open one becomes earlier."""
    extensions = await repository.extensions(change.session, [work.id])
    time_of = await time_for(change, work.unit_id)
    duties = assignment_duties(change.profile, change.matter, facts_of(work, extensions), time_of)
    for duty in duties:
        await keep_duty(change, duty, assignment=work, keep_told=keep_told)
    if DutyKind.RETURN not in [duty.kind for duty in duties]:  # that way back is shut, e.g. by sign-off (FJ-17b)
        await drop_duties(change, (DutyKind.RETURN,))
    return duties


async def plan_intake(change: Change, *, keep_told: bool = False) -> None:
    """Compute the centre's own duties and write them; `keep_told`: no open one becomes earlier.

    Of a draft nothing is owed yet, but for the emergency that its caller was connected with.
    """
    linked_at, transferred_at = await _emergency(change)
    if change.state is TicketState.DRAFT:
        found = transfer_duty(change.profile, change.now, change.time_of, linked_at) if linked_at else None
        duties = [found] if found else []
    else:
        duties = intake_duties(change.profile, replace(change.matter, linked_at=linked_at), change.time_of)
    for duty in duties:
        await keep_duty(change, duty, assignment=None, keep_told=keep_told)
    if DutyKind.TRANSFER not in [duty.kind for duty in duties]:
        await drop_duties(change, (DutyKind.TRANSFER,))
    elif transferred_at:
        await change.session.flush()
        await finish_duty(change, DutyKind.TRANSFER, transferred_at)


async def _emergency(change: Change) -> tuple[datetime | None, datetime | None]:
    """Return when an emergency line was first called, and when the caller was first handed on by telephone."""
    await change.session.flush()
    rows = await repository.events(change.session, change.ticket.id)

    def first(event: TicketEvent) -> datetime | None:
        # a fact of the switch carries its own instant: it is entered a little later
        told = (row.data.get("at", row.at.isoformat()) for row in rows if row.event == event)
        return min((datetime.fromisoformat(str(at)) for at in told), default=None)

    return first(TicketEvent.EMERGENCY_LINKED), first(TicketEvent.TRANSFERRED)


async def keep_duty(
    change: Change, duty: Duty, *, assignment: TicketAssignment | None, keep_told: bool = False
) -> None:
    """Insert or update the row of one duty."""
    assignment_id = assignment.id if assignment else None
    row = await _row(change, duty.kind, assignment_id)
    if row is None:
        row = TicketDuty(id=new_id(), ticket_id=change.ticket.id, assignment_id=assignment_id, kind=duty.kind)
        row.unit_id = assignment.unit_id if assignment else None
        row.open, row.done_at = True, None
        change.session.add(row)
    elif keep_told:
        duty = never_earlier(duty, row.due_at)
    elif assignment is None:
        row.open = row.done_at is None  # accepted once more after a disapproval
    row.started_at, row.due_at, row.warn_at = duty.started_at, duty.due.at, duty.warn_at
    row.clause, row.basis, row.counting = duty.due.clause, duty.due.basis, list(duty.due.counting)
    row.provisional, row.assessed = duty.due.provisional, duty.assessed
    reminders = sign_reminders(change, duty.started_at) if duty.kind is DutyKind.SIGN else ()
    row.next_alert_at = next_alert(row, change.now, reminders) if row.open else None


def next_alert(row: TicketDuty, now: datetime, reminders: Sequence[datetime] = ()) -> datetime | None:
    """Return when the clock must look next: a reminder or the warning still to come, else the due instant."""
    if row.kind == DutyKind.RETURN:
        return None
    if row.warn_at and row.warn_at >= now:
        return row.warn_at
    return min((at for at in reminders if now < at < row.due_at), default=row.due_at)


def sign_reminders(change: Change, sent: datetime) -> list[datetime]:
    """Return when the unit is reminded that a ticket waits for its signature (FJ-17a; elsewhere product defaults)."""
    return [due_after(limit, sent, change.time_of).at for limit in change.profile.sign.reminders]


async def finish_duty(change: Change, kind: DutyKind, at: datetime | None = None) -> None:
    """Note that the open duty of this kind was done, at an instant or now."""
    for row in await _open(change, (kind,)):
        row.done_at, row.open, row.next_alert_at = at or change.now, False, None


async def drop_duties(change: Change, kinds: Sequence[DutyKind]) -> None:
    """Note that open duties of these kinds are not owed any more."""
    for row in await _open(change, kinds):
        row.open, row.next_alert_at = False, None


async def reopen_resolve(change: Change) -> None:
    """The answer was sent back: handling is owed again under the same limit."""
    row = await _row(change, DutyKind.RESOLVE, change.ticket.assignment_id)
    if row:
        row.done_at, row.open = None, True
        row.next_alert_at = next_alert(row, change.now)


async def _open(change: Change, kinds: Sequence[DutyKind]) -> list[TicketDuty]:
    rows = await repository.duties(change.session, [change.ticket.id])
    return [row for row in rows if row.open and row.kind in kinds]


async def _row(change: Change, kind: DutyKind, assignment_id: str | None) -> TicketDuty | None:
    rows = await repository.duties(change.session, [change.ticket.id])
    fitting = [row for row in rows if row.kind == kind and row.assignment_id == assignment_id]
    return fitting[-1] if fitting else None
