"""States of a ticket go back to the platform that handed it over, through the outbox, with a sequence number."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import enqueue
from core.wire import payload_of
from tickets.channels import Channel
from tickets.events import STATE_REPORTED, StateReport
from tickets.exchange import repository
from tickets.model import Ticket
from tickets.states import TicketEvent

TOLD = {
    TicketEvent.ACCEPTED, TicketEvent.SUBMITTED, TicketEvent.DISPATCHED, TicketEvent.REDISPATCHED, TicketEvent.SIGNED,
    TicketEvent.CONTACTED, TicketEvent.ANSWERED, TicketEvent.CLOSED, TicketEvent.ANSWERED_DIRECTLY,
    TicketEvent.REJECTED, TicketEvent.REWORK_DISPATCHED, TicketEvent.ARCHIVED, TicketEvent.MERGED,
}  # fmt: skip
"""What a citizen is told of the course of a ticket."""


class Changed(Protocol):
    """A ticket that was changed in a transaction (`tickets.base.Change`)."""

    session: AsyncSession
    ticket: Ticket
    recorded: list[TicketEvent]
    now: datetime


async def report_back(change: Changed) -> None:
    """Queue the state of a ticket that another platform handed over, when something happened that it is told."""
    ticket, told = change.ticket, [event for event in change.recorded if event in TOLD]
    if not told or ticket.channel != Channel.PLATFORM or ticket.origin_key is None:
        return
    platform = await repository.platform(change.session, ticket.origin_key.split(":", 1)[0])
    if platform is None or not platform.report_url or not platform.active:
        return
    report = StateReport(ticket.id, platform.name, ticket.ledger_length, ticket.state, told[-1].value, change.now)
    key = f"{ticket.id}:{ticket.ledger_length}"
    await enqueue(change.session, topic=STATE_REPORTED, key=key, payload=payload_of(report), now=change.now)
