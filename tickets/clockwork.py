"""What the clock does with tickets: remind, warn, note what is overdue, compute provisional deadlines again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import SYSTEM
from tickets import repository
from tickets.base import Change, TicketServiceBase
from tickets.duties import DutyKind
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import TicketDuty
from tickets.planning import next_alert, plan, plan_intake, sign_reminders
from tickets.reminding import remind, remind_unit
from tickets.supervision.ledgering import enter_ledger

_AT_CENTRE = (TicketState.ACCEPTED, TicketState.AWAITING_APPROVAL, TicketState.APPROVED)
_AT_UNIT = (
    TicketState.DISPATCHED, TicketState.SIGNED, TicketState.IN_APPROVAL, TicketState.REWORK, TicketState.RETURN_PENDING,
)  # fmt: skip
_Page = Callable[[AsyncSession, str, int], Awaitable[Sequence[str]]]
_PENDING = ("pending_approval", "needs_override")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class DueDuty:
    """A duty that the clock must look at: nearly due or overdue."""

    duty_id: str
    ticket_id: str
    kind: str
    unit_id: str | None
    due_at: datetime
    overdue: bool
    clause: str


class Clockwork(TicketServiceBase):
    """Use cases of the clock role."""

    async def due(self, now: datetime | None = None, limit: int = _BATCH) -> tuple[DueDuty, ...]:
        """Return the duties whose warning or due instant has come and has not been noted yet."""
        at = now or self._clock.now()
        async with self._database.reading() as session:
            rows = await repository.duties_to_look_at(session, at, limit)
        return tuple(
            DueDuty(row.id, row.ticket_id, row.kind, row.unit_id, row.due_at, at > row.due_at, row.clause)
            for row in rows
        )

    async def sweep(self, limit: int = _BATCH) -> int:
        """Note warnings (yellow) and overdue duties (red) in the ledgers; return how many were noted.

        Noting twice is harmless; the cost grows with what is due, not with what is open.
        """
        noted = 0
        for ticket_id in dict.fromkeys(duty.ticket_id for duty in await self.due(limit=limit)):
            async with self._change(ticket_id, SYSTEM) as change:
                for row in await repository.duties(change.session, [ticket_id]):
                    if row.open and row.next_alert_at is not None and row.next_alert_at <= change.now:
                        noted += await _note(change, row)
        return noted

    async def recompute_provisional(self, limit: int = _BATCH) -> int:
        """Compute again the open deadlines that touched an unpublished year (AMB-10); return how many tickets moved."""
        return await self._recompute_all(repository.provisional_ticket_ids, limit)

    async def recompute_open(self, limit: int = _BATCH) -> int:
        """Compute every open deadline again by a changed calendar (AMB-10); return how many tickets moved."""
        return await self._recompute_all(repository.open_duty_ticket_ids, limit)

    async def _recompute_all(self, page: _Page, limit: int) -> int:
        moved, after = 0, ""
        while True:
            async with self._database.reading() as session:
                ticket_ids = await page(session, after, limit)
            for ticket_id in ticket_ids:
                async with self._change(ticket_id, SYSTEM) as change:
                    moved += await _recompute(change)
            if len(ticket_ids) < limit:
                return moved
            after = ticket_ids[-1]


async def _note(change: Change, row: TicketDuty) -> bool:
    """Record a warning or an overdue duty, once; an act exactly at the due instant is still in time."""
    if change.now > row.due_at:
        if row.kind == DutyKind.RESOLVE and await _undecided(change):
            return False
        event, row.next_alert_at = TicketEvent.OVERDUE, None
    elif row.warn_at is not None and change.now >= row.warn_at:
        event, row.next_alert_at = TicketEvent.WARNED, row.due_at
    else:
        return await _remind_to_sign(change, row)
    once = f"{event}:{row.id}:{row.due_at.isoformat()}"
    if await repository.happened(change.session, change.ticket.id, once):
        return False
    data = {"duty": row.kind, "due_at": row.due_at.isoformat(), "clause": row.clause, "assessed": row.assessed}
    change.record(event, data=data, once=once)
    if row.assignment_id is not None:
        work = await repository.assignment(change.session, row.assignment_id)
        await remind(change, work, "overdue" if event is TicketEvent.OVERDUE else "near_due")
    elif row.unit_id is not None:
        await remind_unit(change, row.unit_id, row.due_at, "overdue", row.id)
    if event is TicketEvent.OVERDUE:
        await enter_ledger(change)
    return True


async def _remind_to_sign(change: Change, row: TicketDuty) -> bool:
    """Remind the unit that has not signed yet (FJ-17a); what it is told stands in its messages, not in the ledger."""
    if row.kind != DutyKind.SIGN or row.assignment_id is None:
        return False
    row.next_alert_at = next_alert(row, change.now, sign_reminders(change, row.started_at))
    await remind(change, await repository.assignment(change.session, row.assignment_id), "unsigned")
    return True


async def _undecided(change: Change) -> bool:
    """A timely extension request that nobody has decided: not overdue until then (AMB-15)."""
    if change.ticket.assignment_id is None:
        return False
    known = await repository.extensions(change.session, [change.ticket.assignment_id])
    return any(asked.state in _PENDING for asked in known)


async def _recompute(change: Change) -> bool:
    before = {row.id: row.due_at for row in await repository.duties(change.session, [change.ticket.id])}
    if change.state in _AT_CENTRE:
        await plan_intake(change, keep_told=True)
    elif change.ticket.assignment_id is not None and change.state in _AT_UNIT:
        await plan(change, await repository.assignment(change.session, change.ticket.assignment_id), keep_told=True)
    after = await repository.duties(change.session, [change.ticket.id])
    if all(before.get(row.id) == row.due_at for row in after):
        return False
    change.record(TicketEvent.RECOMPUTED, data={row.kind: row.due_at.isoformat() for row in after if row.open})
    return True
