"""Tables of the tickets room."""

from datetime import UTC, datetime

from sqlalchemy import JSON, Index, String, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal, SearchHash

_ID = String(36)
NO_LIMIT = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for "no handling deadline" where rows are ordered by it (a key with a hole cannot be paged by)."""


class Unit(WithId, Base):
    """A unit that handles tickets (承办单位). Level 2 stands below the centre, level 3 below level 2."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    level: Mapped[int]
    parent_id: Mapped[str | None] = mapped_column(_ID)
    phone: Mapped[str | None] = mapped_column(String(30))
    """The unit's business line (业务工作电话), a public number."""
    kind: Mapped[str] = mapped_column(String(24), default="agency")
    """agency, party_committee, enterprise, mass_organisation, county, township."""
    managing_unit_id: Mapped[str | None] = mapped_column(_ID)
    """The 主管部门 of an enterprise: it sees the enterprise's tickets (JS-3b, YC-5)."""
    department: Mapped[str | None] = mapped_column(String(100))
    """具体承办单位(科室) (YC-9.1); its people stand in `unit_people`."""
    duty_phone: Mapped[str | None] = mapped_column(String(30))
    """Duty line outside working hours (JS-13b)."""
    active: Mapped[bool] = mapped_column(default=True)


class TicketProfile(Base):
    """The contents of a profile version that tickets were born under."""

    __tablename__ = "ticket_profiles"

    version: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    content: Mapped[str]
    kept_at: Mapped[datetime]


class TicketNumber(Base):
    """The last sequence number given on a day."""

    __tablename__ = "ticket_numbers"

    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Prefix and local day, e.g. `YC20260302`."""
    last: Mapped[int]


class Ticket(WithId, Base):
    """A work order (工单)."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_state_id", "state", "id"),
        Index("ix_tickets_unit_id_state_id", "unit_id", "state", "id"),
        # few tickets are duplicates, and few ask for them
        Index(
            "ix_tickets_merged_into_id",
            "merged_into_id",
            postgresql_where=text("merged_into_id IS NOT NULL"),
            sqlite_where=text("merged_into_id IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    origin_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    """What the ticket was opened from, e.g. `call:<call id>`: opening it twice gives the same ticket."""
    call_id: Mapped[str | None] = mapped_column(_ID, index=True)
    channel: Mapped[str] = mapped_column(String(16), default="call")
    """How it came: `tickets.channels.Channel`."""
    source: Mapped[str | None] = mapped_column(String(24))
    """Who handed it over, where a regulation asks for it (JS-8.3 … 8.6, province tickets of YZ-8)."""
    external_id: Mapped[str | None] = mapped_column(String(80))
    """Its number on the platform it came from."""
    matter_id: Mapped[str | None] = mapped_column(_ID, index=True)
    """The first ticket of the same matter; None: this one is it, or the only one."""
    merged_into_id: Mapped[str | None] = mapped_column(_ID)
    opened_by: Mapped[str | None] = mapped_column(_ID)
    dialled: Mapped[str | None] = mapped_column(String(30))
    profile_version: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column()
    ledger_length: Mapped[int] = mapped_column(default=0)
    ledger_head: Mapped[str] = mapped_column(String(64))

    caller_name: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    caller_phone: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    caller_phone_hash: Mapped[str | None] = mapped_column(SearchHash, index=True)
    contact_phone: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    place: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    summary: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    answer: Mapped[Personal | None] = mapped_column(EncryptedPersonal)

    category: Mapped[str | None] = mapped_column(String(24))
    title: Mapped[str | None] = mapped_column(String(200))
    subject: Mapped[str | None] = mapped_column(String(120))
    urgency: Mapped[str] = mapped_column(String(16), default="normal")
    caller_kind: Mapped[str] = mapped_column(String(16), default="citizen")
    public_emergency: Mapped[str | None] = mapped_column(String(24))
    confidential: Mapped[bool] = mapped_column(default=False)
    publication_allowed: Mapped[bool] = mapped_column(default=False)
    complained_unit_id: Mapped[str | None] = mapped_column(_ID)
    """The unit that is complained about: it never sees the ticket (FJ-29.3, FJ-30.5)."""
    complained_party: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    written_opinion: Mapped[bool] = mapped_column(default=False)
    """The caller asks for a written opinion (JS-11.6)."""
    identity_document: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """Number of the caller's document (实名信息, JS-11.1b)."""
    real_name: Mapped[str] = mapped_column(String(12), default="none")
    """How far the caller's identity is known: `tickets.rules.identity.RealName`."""
    adopted: Mapped[bool | None]
    """Whether a suggestion was adopted (FJ-6c); None: not decided."""
    important: Mapped[bool] = mapped_column(default=False)
    """Marked as important: it is investigated (FJ-8.4)."""
    campaign_id: Mapped[str | None] = mapped_column(_ID, index=True)
    """The call for suggestions it answers (JS-15e)."""
    marks: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What a person marked: urgent, simple, convenience_list (FJ-20.2, FJ-20.5)."""
    repeat_calls: Mapped[int] = mapped_column(default=1)
    hard: Mapped[bool] = mapped_column(default=False)

    proposed_unit_id: Mapped[str | None] = mapped_column(_ID)
    unit_id: Mapped[str | None] = mapped_column(_ID)
    round: Mapped[int] = mapped_column(default=0)
    assignment_id: Mapped[str | None] = mapped_column(_ID)
    answered_directly: Mapped[bool] = mapped_column(default=False)
    closing_ground: Mapped[str | None] = mapped_column(String(24))
    refusal_code: Mapped[str | None] = mapped_column(String(48))
    refusal_clause: Mapped[str | None] = mapped_column(String(24))
    guidance: Mapped[str | None] = mapped_column(String(500))
    rating: Mapped[str | None] = mapped_column(String(24))
    rated_round: Mapped[int | None]
    rated_at: Mapped[datetime | None]
    survey_step: Mapped[str | None] = mapped_column(String(24))
    """How the callback of the latest round ended; None while it is open."""
    excluded: Mapped[bool] = mapped_column(default=False)
    """Left out of the assessment (YC-32)."""

    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    """First dispatch: what the caller experiences counts from here (AMB-12)."""
    closed_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    supervised_at: Mapped[datetime | None]
    """When it entered the supervision ledger (督办台账)."""

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class TicketAssignment(WithId, Base):
    """One dispatch to one unit: the lead's, an assisting unit's, or a forwarding one tier down."""

    __tablename__ = "ticket_assignments"
    __table_args__ = (
        UniqueConstraint("ticket_id", "seq", name="uq_ticket_assignments_ticket_id_seq"),
        # the inbox of a unit: what waits for it by due instant, a page by key (`tickets.inbox`)
        Index("ix_ticket_assignments_inbox", "unit_id", "state", "due_at", "id"),
    )

    ticket_id: Mapped[str] = mapped_column(_ID)
    seq: Mapped[int]
    round: Mapped[int]
    unit_id: Mapped[str] = mapped_column(_ID)
    kind: Mapped[str] = mapped_column(String(8), default="lead")
    """lead, assist, forward."""
    parent_id: Mapped[str | None] = mapped_column(_ID)
    """The assignment it is a part of (assist, forward)."""
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """`tickets.shares.ShareState`: waiting, working, answered, ended."""
    due_at: Mapped[datetime] = mapped_column(default=NO_LIMIT)
    """Handling deadline, or `NO_LIMIT`; what the inbox is ordered by."""
    answer: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """Result of an assisting or lower unit, for the one above it."""
    department: Mapped[str | None] = mapped_column(String(100))
    """The department of the unit that handles it, fixed by its leader (FJ-18a)."""
    handler: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    proposed_answer: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """The answer that waits for the unit's leader (呈批, FJ-18b, YC-9.3)."""
    proposed_by: Mapped[str | None] = mapped_column(_ID)
    dispatched_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    """When the unit talked with the caller (JS-11.3b, FJ-20.4b)."""
    reminders: Mapped[int] = mapped_column(default=0)
    """How often it was urged (催办, YC-36.1)."""
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    special_days: Mapped[int | None]
    special_basis: Mapped[str | None] = mapped_column(String(16))
    special_clause: Mapped[str | None] = mapped_column(String(200))
    phone_enquiry_failed: Mapped[bool] = mapped_column(default=False)


class TicketParty(Base):
    """A unit that may see a ticket: it handles or handled it, or stands above one that does."""

    __tablename__ = "ticket_parties"
    # each act asks who may see its ticket, each list asks what a unit may see
    __table_args__ = (Index("ix_ticket_parties_ticket_id", "ticket_id", "unit_id"),)

    unit_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    ticket_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    role: Mapped[str] = mapped_column(String(12))
    """handling, superior, managing."""


class TicketExtension(WithId, Base):
    """A request for more time."""

    __tablename__ = "ticket_extensions"

    ticket_id: Mapped[str] = mapped_column(_ID)
    assignment_id: Mapped[str] = mapped_column(_ID, index=True)
    days: Mapped[int]
    state: Mapped[str] = mapped_column(String(24))
    """pending_approval, needs_override, approved, rejected."""
    reason: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class TicketDuty(WithId, Base):
    """A duty with its due instant and how it was counted."""

    __tablename__ = "ticket_duties"
    __table_args__ = (
        Index("ix_ticket_duties_next_alert_at", "next_alert_at"),
        Index("ix_ticket_duties_provisional", "provisional", "open"),
    )

    ticket_id: Mapped[str] = mapped_column(_ID, index=True)
    assignment_id: Mapped[str | None] = mapped_column(_ID)
    kind: Mapped[str] = mapped_column(String(16))
    unit_id: Mapped[str | None] = mapped_column(_ID)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    next_alert_at: Mapped[datetime | None]
    """The next instant at which the clock must look at this duty; None: never. What is due is found by its index."""
    assessed: Mapped[bool]
    clause: Mapped[str] = mapped_column(String(40))
    basis: Mapped[str] = mapped_column(String(20))
    counting: Mapped[list[str]] = mapped_column(JSON)
    provisional: Mapped[bool] = mapped_column(default=False)
    open: Mapped[bool] = mapped_column(default=True)
    done_at: Mapped[datetime | None]


class TicketEventRow(WithId, Base):
    """The ledger: append-only, hash-chained per ticket (`tickets.ledger`)."""

    __tablename__ = "ticket_events"
    __table_args__ = (
        UniqueConstraint("ticket_id", "seq", name="uq_ticket_events_ticket_id_seq"),
        UniqueConstraint("ticket_id", "once", name="uq_ticket_events_ticket_id_once"),
        Index("ix_ticket_events_once", "once"),
    )

    ticket_id: Mapped[str] = mapped_column(_ID)
    seq: Mapped[int]
    event: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(24))
    """State of the ticket after the event."""
    actor_id: Mapped[str] = mapped_column(_ID)
    actor_name: Mapped[str] = mapped_column(String(60))
    actor_role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[str | None] = mapped_column(_ID)
    at: Mapped[datetime]
    data: Mapped[dict[str, object]] = mapped_column(JSON)
    note: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    note_digest: Mapped[str | None] = mapped_column(String(64))
    once: Mapped[str | None] = mapped_column(String(100))
    """Key of a message that caused the event: the same message twice is one event."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def _refuse(mapper: Mapper[TicketEventRow], connection: object, target: TicketEventRow) -> None:
    del mapper, connection, target
    raise AssertionError("the ledger is append-only")


event.listen(TicketEventRow, "before_update", _refuse)
event.listen(TicketEventRow, "before_delete", _refuse)
