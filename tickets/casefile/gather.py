"""Everything a case file tells of a ticket, read in one look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from tickets import repository as tickets
from tickets.attachments import repository as attachments
from tickets.attachments.model import TicketAttachment
from tickets.casefile import repository
from tickets.documents import repository as notices
from tickets.documents.model import TicketNotice
from tickets.ledger import LedgerEntry, first_fault
from tickets.model import Ticket, TicketAssignment, TicketDuty, TicketEventRow
from tickets.profile import Profile

Fact = Mapping[str, str | None]
"""What another room says, in words for people, by Chinese name."""


class Evidence(Protocol):
    """What other rooms know of a ticket; the wiring joins them."""

    async def recordings(self, call_ids: Sequence[str]) -> Sequence[Fact]:
        """Return the recordings of calls with their hashes, not their sound."""

    async def callbacks(self, ticket_id: str) -> Sequence[Fact]:
        """Return what the citizen was asked and answered."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The rows of one ticket and what the other rooms say; `ledger_fault`: None: the chain is whole."""

    ticket: Ticket
    profile: Profile
    events: Sequence[TicketEventRow]
    duties: Sequence[TicketDuty]
    assignments: Sequence[TicketAssignment]
    notices: Sequence[TicketNotice]
    attachments: Sequence[TicketAttachment]
    units: Mapping[str, str]
    recordings: Sequence[Fact]
    callbacks: Sequence[Fact]
    ledger_fault: str | None

    def unit(self, unit_id: str | None) -> str:
        """Return the name of a unit."""
        return self.units.get(unit_id or "", "")


async def gather(session: AsyncSession, ticket: Ticket, profile: Profile, evidence: Evidence | None) -> CaseFacts:
    """Read what stands about a ticket."""
    events = await tickets.events(session, ticket.id)
    entries = [LedgerEntry(**{name: getattr(row, name) for name in LedgerEntry.__slots__}) for row in events]
    assigned = await tickets.assignments(session, ticket.id)
    calls = dict.fromkeys([*([ticket.call_id] if ticket.call_id else []), *await repository.calls(session, ticket.id)])
    return CaseFacts(
        ticket=ticket,
        profile=profile,
        events=events,
        duties=await tickets.duties(session, [ticket.id]),
        assignments=assigned,
        notices=await notices.notices(session, ticket.id),
        attachments=await attachments.of_ticket(session, ticket.id),
        units=await tickets.unit_names(session, {one.unit_id for one in assigned}),
        recordings=await evidence.recordings(list(calls)) if evidence else (),
        callbacks=await evidence.callbacks(ticket.id) if evidence else (),
        ledger_fault=first_fault(entries, ticket.ledger_head),
    )


@dataclass(frozen=True, slots=True)
class Request:
    """Who asked for a case file, for whom, why, and who allowed it."""

    case_id: str
    asked_name: str
    asked_at: datetime
    decided_name: str
    decided_at: datetime
    reason: str
    recipient: str
