"""What the tickets room shows: frozen copies of rows. Personal fields are `Personal` and print masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actors import Role
from core.personal import Personal
from tickets.duties import Card, DutyFact, DutyKind, card, supervision_step
from tickets.lifecycle import TicketEvent, TicketState, allowed_events
from tickets.model import Ticket, TicketDuty, TicketEventRow, Unit
from tickets.profile import Profile

_RESTING = {
    TicketState.RETURN_PENDING,
    TicketState.RETURNED,
    TicketState.ANSWERED,
    TicketState.CLOSED,
    TicketState.REJECTED,
    TicketState.MERGED,
    TicketState.ARCHIVED,
}


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty: when it is due, by which clause, and how that was counted (Chinese lines)."""

    kind: str
    label: str
    unit_id: str | None
    started_at: datetime
    due_at: datetime
    warn_at: datetime | None
    done_at: datetime | None
    open: bool
    assessed: bool
    overdue: bool
    clause: str
    basis: str
    counting: tuple[str, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as people see it."""

    id: str
    number: str
    state: str
    state_label: str
    version: int
    round: int
    channel: str
    source: str | None
    external_id: str | None
    matter_id: str | None
    merged_into_id: str | None
    marks: Sequence[str]
    important: bool
    adopted: bool | None
    campaign_id: str | None
    real_name: str
    identity_document: Personal | None
    written_opinion: bool
    complained_party: Personal | None
    call_id: str | None
    dialled: str | None
    category: str | None
    category_label: str | None
    title: str | None
    subject: str | None
    urgency: str
    caller_kind: str
    public_emergency: str | None
    confidential: bool
    publication_allowed: bool
    repeat_calls: int
    hard: bool
    caller_name: Personal | None
    caller_phone: Personal | None
    contact_phone: Personal | None
    place: Personal | None
    summary: Personal | None
    answer: Personal | None
    proposed_unit_id: str | None
    unit_id: str | None
    unit_name: str | None
    answered_directly: bool
    closing_ground: str | None
    refusal_code: str | None
    refusal_clause: str | None
    guidance: str | None
    rating: str | None
    survey_step: str | None
    excluded: bool
    supervised_at: datetime | None
    created_at: datetime
    accepted_at: datetime | None
    dispatched_at: datetime | None
    closed_at: datetime | None
    archived_at: datetime | None
    card: str
    supervision_step: str
    """What a red card asks of the centre: none, phone_supervision or issue_supervision_notice."""
    due_at: datetime | None
    """Handling deadline of the running assignment."""
    due_clause: str | None
    profile_version: str
    may: tuple[str, ...]
    """Events the asking person may cause now."""


@dataclass(frozen=True, slots=True)
class LedgerView:
    """One event of the ledger."""

    seq: int
    event: str
    label: str
    state: str
    actor_id: str
    actor_name: str
    actor_role: str
    unit_id: str | None
    at: datetime
    note: Personal | None
    data: Mapping[str, object]
    hash: str


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page of tickets, newest first; `next` is given to the next request, None at the end."""

    items: tuple[TicketView, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class TicketContact:
    """How the citizen is reached."""

    phone: Personal | None
    name: Personal | None
    category: str | None
    answered_directly: bool
    query_code: str
    """What the caller asks for the progress with, beside the number."""


def duty_view(row: TicketDuty, now: datetime, *, waits: bool = False) -> DutyView:
    """Return a duty as people see it; `waits`: a timely extension request is undecided (AMB-15)."""
    late = (row.done_at is not None or row.open) and (row.done_at or now) > row.due_at
    return DutyView(
        kind=row.kind,
        label=DutyKind(row.kind).label,
        unit_id=row.unit_id,
        started_at=row.started_at,
        due_at=row.due_at,
        warn_at=row.warn_at,
        done_at=row.done_at,
        open=row.open,
        assessed=row.assessed,
        overdue=late and not (waits and row.kind == DutyKind.RESOLVE),
        clause=row.clause,
        basis=row.basis,
        counting=tuple(row.counting),
        provisional=row.provisional,
    )


def ticket_view(
    ticket: Ticket,
    profile: Profile,
    rows: Sequence[TicketDuty],
    unit: Unit | None,
    role: Role,
    now: datetime,
    *,
    extension_pending: bool,
    enquiry_failed: bool,
) -> TicketView:
    """Return a ticket as a person with `role` sees it."""
    state = TicketState(ticket.state)
    mine = [row for row in rows if row.assignment_id == ticket.assignment_id]
    resolve = next((row for row in mine if row.kind == DutyKind.RESOLVE), None)
    same = {name: getattr(ticket, name) for name in TicketView.__slots__ if hasattr(Ticket, name)}
    category = profile.categories.get(ticket.category or "")
    facts = [
        DutyFact(DutyKind(row.kind), row.due_at, row.done_at, row.warn_at, row.assessed)
        for row in mine
        if row.open or row.done_at
    ]
    shown = card_of(profile, state, facts, now, extension_pending=extension_pending)
    return TicketView(
        **same,
        state_label=state.label,
        category_label=category.title if category else None,
        unit_name=unit.name if unit else None,
        card=shown,
        supervision_step=supervision_step(profile, shown, enquiry_failed=enquiry_failed),
        due_at=resolve.due_at if resolve else None,
        due_clause=resolve.clause if resolve else None,
        may=tuple(event.value for event in allowed_events(state, role)),
    )


def card_of(
    profile: Profile, state: TicketState, facts: Sequence[DutyFact], now: datetime, *, extension_pending: bool
) -> Card:
    """Return the warning a ticket shows."""
    return card(profile, facts, now, resting=state in _RESTING, extension_pending=extension_pending)


def ledger_view(row: TicketEventRow) -> LedgerView:
    """Return an event of the ledger as people see it."""
    return LedgerView(
        seq=row.seq,
        event=row.event,
        label=TicketEvent(row.event).label,
        state=row.state,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        actor_role=row.actor_role,
        unit_id=row.unit_id,
        at=row.at,
        note=row.note,
        data=row.data,
        hash=row.hash,
    )
