"""Telling a unit that a ticket needs it: through the outbox, to its desk and to its people."""

from datetime import datetime

from core.outbox import enqueue
from core.wire import payload_of
from tickets.base import Change
from tickets.events import UNIT_REMINDED, UnitReminder
from tickets.model import NO_LIMIT, TicketAssignment

_PROVINCE = "province"


async def remind(change: Change, work: TicketAssignment, why: str) -> None:
    """Tell a unit by message that its work on a ticket waits for it; delivered through the outbox."""
    await remind_unit(change, work.unit_id, work.due_at, why, work.id)


async def remind_unit(change: Change, unit_id: str, due_at: datetime, why: str, about: str) -> None:
    """Tell a unit by message why it must look at the ticket; `about`: id of the work or duty it is about."""
    ticket = change.ticket
    reminder = UnitReminder(
        ticket_id=ticket.id, number=ticket.number, unit_id=unit_id, why=why, due_at=_told(due_at), at=change.now
    )
    key = f"{about}:{why}:{ticket.ledger_length}"
    await enqueue(change.session, topic=UNIT_REMINDED, key=key, payload=payload_of(reminder), now=change.now)


def _told(due_at: datetime) -> datetime | None:
    return None if due_at == NO_LIMIT else due_at


async def tell_of_dispatch(change: Change, work: TicketAssignment) -> None:
    """Tell the people whom a dispatch cannot leave waiting: of sudden matters (JS-13b), of province tickets (YZ-8b)."""
    ticket = change.ticket
    grade = change.profile.grade(ticket.urgency)
    sudden = ticket.public_emergency or "urgent" in (ticket.marks or ())
    if sudden or (grade is not None and grade.tells_duty_contact):
        await remind(change, work, "urgent")
    if ticket.source == _PROVINCE:
        await remind(change, work, "province")
