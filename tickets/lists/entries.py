"""A line of a list: a ticket without personal data and without its texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.duties import Card, DutyFact
from tickets.lifecycle import TicketState
from tickets.model import NO_LIMIT, Ticket
from tickets.profile import Profile
from tickets.views import card_of


@dataclass(frozen=True, slots=True)
class TicketEntry:
    """A ticket in a list."""

    id: str
    number: str
    state: str
    state_label: str
    version: int
    channel: str
    category: str | None
    category_label: str | None
    title: str | None
    urgency: str
    confidential: bool
    hard: bool
    repeat_calls: int
    unit_id: str | None
    unit_name: str | None
    due_at: datetime | None
    """Handling deadline of the running assignment."""
    card: str
    rating: str | None
    supervised_at: datetime | None
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of a list; `next` is None on the last one."""

    items: tuple[TicketEntry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the lines of a page need besides the tickets: read once for the whole page."""

    profiles: Mapping[str, Profile]
    unit_names: Mapping[str, str]
    facts: Mapping[str, Sequence[DutyFact]]
    """Duties by ticket id, of the running assignment and of the centre."""
    due: Mapping[str, datetime]
    """Handling deadline by assignment id."""
    pending: frozenset[str]
    """Tickets with an undecided extension request."""


def entry_of(ticket: Ticket, around: Surroundings, now: datetime) -> TicketEntry:
    """Return the line of one ticket."""
    profile = around.profiles[ticket.profile_version]
    category = profile.categories.get(ticket.category or "")
    state = TicketState(ticket.state)
    due = around.due.get(ticket.assignment_id or "", NO_LIMIT)
    facts = around.facts.get(ticket.id, ())
    shown = card_of(profile, state, facts, now, extension_pending=ticket.id in around.pending) if facts else Card.NONE
    return TicketEntry(
        id=ticket.id,
        number=ticket.number,
        state=ticket.state,
        state_label=state.label,
        version=ticket.version,
        channel=ticket.channel,
        category=ticket.category,
        category_label=category.title if category else None,
        title=ticket.title,
        urgency=ticket.urgency,
        confidential=ticket.confidential,
        hard=ticket.hard,
        repeat_calls=ticket.repeat_calls,
        unit_id=ticket.unit_id,
        unit_name=around.unit_names.get(ticket.unit_id or ""),
        due_at=None if due == NO_LIMIT else due,
        card=shown.value,
        rating=ticket.rating,
        supervised_at=ticket.supervised_at,
        created_at=ticket.created_at,
        closed_at=ticket.closed_at,
    )
