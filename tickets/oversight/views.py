"""What people who oversee the platform see: nothing of who called, nothing that anybody wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.personal import Personal
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import Ticket, TicketEventRow
from tickets.oversight.model import OversightEnquiry, OversightSample
from tickets.profile import Profile
from tickets.rules.metrics import Figure


@dataclass(frozen=True, slots=True)
class AnonymousStep:
    """An event of the ledger without its words: what, when, in which capacity."""

    label: str
    at: datetime
    by_role: str


@dataclass(frozen=True, slots=True)
class AnonymousTicket:
    """A ticket without anything personal and without free text (a title may hold a name)."""

    number: str
    channel: str
    category_label: str | None
    subject: str | None
    state_label: str
    unit_name: str | None
    accepted_at: datetime | None
    closed_at: datetime | None
    rating: str | None
    steps: tuple[AnonymousStep, ...]


@dataclass(frozen=True, slots=True)
class SampleView:
    """A sample with the three rates of what it was drawn from (及时率、办结率、群众满意率)."""

    id: str
    drawn_at: datetime
    purpose: str
    unit_id: str | None
    since: datetime
    until: datetime
    out_of: int
    seed: str
    rates: Mapping[str, Figure]
    tickets: tuple[AnonymousTicket, ...]


@dataclass(frozen=True, slots=True)
class EnquiryView:
    """An enquiry and its reply."""

    id: str
    kind: str
    sample_id: str | None
    asked_by: str
    asked_at: datetime
    text: Personal
    due_at: datetime
    overdue: bool
    answered_at: datetime | None
    reply: Personal | None


def anonymous(
    ticket: Ticket, events: Sequence[TicketEventRow], profile: Profile, unit_name: str | None
) -> AnonymousTicket:
    """Return what of a ticket is shown to people who oversee the platform."""
    category = profile.categories.get(ticket.category or "")
    steps = tuple(AnonymousStep(TicketEvent(one.event).label, one.at, one.actor_role) for one in events)
    return AnonymousTicket(
        ticket.number, ticket.channel, category.title if category else None, ticket.subject,
        TicketState(ticket.state).label, unit_name, ticket.accepted_at, ticket.closed_at, ticket.rating, steps,
    )  # fmt: skip


def sample_view(row: OversightSample, rates: Mapping[str, Figure], tickets: tuple[AnonymousTicket, ...]) -> SampleView:
    """Return a sample as it is shown."""
    return SampleView(
        row.id, row.drawn_at, row.purpose, row.unit_id, row.since, row.until, row.out_of, row.seed, rates, tickets
    )


def enquiry_view(row: OversightEnquiry, now: datetime) -> EnquiryView:
    """Return an enquiry as it is shown."""
    return EnquiryView(
        row.id, row.kind, row.sample_id, row.asked_by, row.asked_at, row.text, row.due_at,
        (row.answered_at or now) > row.due_at, row.answered_at, row.reply,
    )  # fmt: skip
