"""A line of a list: a ticket without personal data and without its texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from tickets.duties import Card, DutyFact
from tickets.lifecycle import TicketState
from tickets.model import NO_LIMIT
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


_SAME = tuple(name for name in TicketEntry.__slots__ if name not in {"state_label", "category_label", "due_at", "card"})


def entry_of(row: Row[Any], profile: Profile, facts: Sequence[DutyFact], now: datetime) -> TicketEntry:
    """Return the line of one row of `tickets.lists.repository`."""
    state = TicketState(row.state)
    category = profile.categories.get(row.category or "")
    shown = card_of(profile, state, facts, now, extension_pending=row.pending) if facts else Card.NONE
    return TicketEntry(
        **{name: getattr(row, name) for name in _SAME},
        state_label=state.label,
        category_label=category.title if category else None,
        due_at=None if row.due_at == NO_LIMIT else row.due_at,
        card=shown.value,
    )
