"""Entering a ticket in the supervision ledger (督办台账) when a step of its ladder orders it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from tickets import repository
from tickets.base import Change
from tickets.lifecycle import TicketEvent
from tickets.model import Ticket, TicketExtension
from tickets.rules.supervision import steps_that_apply
from tickets.supervision.facts import Known, supervision_facts

_PENDING = ("pending_approval", "needs_override")


async def known_of(session: AsyncSession, ticket: Ticket) -> Known:
    """Read what supervision must know of a ticket."""
    work = None
    asked: Sequence[TicketExtension] = ()
    if ticket.assignment_id is not None:
        work = await repository.assignment(session, ticket.assignment_id)
        asked = await repository.extensions(session, [work.id])
    return Known(
        ticket,
        work,
        await repository.duties(session, [ticket.id]),
        await repository.events(session, ticket.id),
        any(one.state in _PENDING for one in asked),
    )


async def enter_ledger(change: Change) -> None:
    """Enter the ticket in the ledger once for each step that orders it and has not been entered."""
    if not any(step.enters_ledger for step in change.profile.supervision.ladder):
        return
    await change.session.flush()
    known = await known_of(change.session, change.ticket)
    facts = supervision_facts(change.profile, known, change.now, change.time_of)
    entered = {row.data.get("step") for row in known.of(TicketEvent.SUPERVISED)}
    for step in steps_that_apply(change.profile, facts):
        if step.enters_ledger and step.code not in entered:
            change.record(TicketEvent.SUPERVISED, f"{step.title}(依据{step.clause})", {"step": step.code})
            change.ticket.supervised_at = change.ticket.supervised_at or change.now
