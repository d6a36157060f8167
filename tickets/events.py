"""What the tickets room tells the others, through the outbox (delivered at least once)."""

from dataclasses import dataclass
from datetime import datetime

TICKET_DISPATCHED = "tickets.dispatched"
"""Outbox topic: a ticket left for a unit; payload `TicketMoment`."""
TICKET_CLOSED = "tickets.closed"
"""Outbox topic: a ticket was closed; payload `TicketMoment`."""


@dataclass(frozen=True, slots=True)
class TicketMoment:
    """Payload of both topics (JSON object with these names). Carries no personal data: read it with the id."""

    ticket_id: str
    number: str
    round: int
    """0 for the first handling, counted up by each rework."""
    at: datetime


UNIT_REMINDED = "tickets.unit_reminded"
"""Outbox topic: a unit must look at a ticket (urged, near due, overdue, noticed); payload `UnitReminder`."""


@dataclass(frozen=True, slots=True)
class UnitReminder:
    """Payload of `UNIT_REMINDED`."""

    ticket_id: str
    number: str
    unit_id: str
    why: str
    """A key of `tickets.reminders`: unsigned, urged, near_due, overdue, notice, urgent, province …"""
    due_at: datetime | None
    at: datetime


REPORT_DUE = "tickets.report_due"
"""Outbox topic: the centre must write a report; payload `ReportDue`. Units are told by `UNIT_REMINDED`."""


@dataclass(frozen=True, slots=True)
class ReportDue:
    """Payload of `REPORT_DUE`."""

    report_id: str
    title: str
    period: str
    due_at: datetime
    overdue: bool
    at: datetime


PUSHED_UP = "tickets.pushed_up"
"""Outbox topic: a record is to go to the platform above; payload `UpwardPush`."""


@dataclass(frozen=True, slots=True)
class UpwardPush:
    """Payload of `PUSHED_UP`. The record itself is read when it is sent, so that it is the newest."""

    ticket_id: str
    number: str
    kind: str
    """What the profile calls it: ticket, recording, evaluation, acceptance_info, ticket_record …"""
    at: datetime
    recording_id: str | None = None
    sequence: int = 0
    """Length of the ticket's ledger then: the outbox keeps no order, the receiver does (0: of an older version)."""


HANDED_UP = "tickets.handed_up"
"""Outbox topic: a ticket goes to the platform above; payload `HandUp`."""


@dataclass(frozen=True, slots=True)
class HandUp:
    """Payload of `HANDED_UP`."""

    hand_up_id: str
    ticket_id: str
    number: str
    sequence: int
    at: datetime


STATE_REPORTED = "tickets.state_reported"
"""Outbox topic: a platform is told how a ticket stands that it handed over; payload `StateReport`."""


@dataclass(frozen=True, slots=True)
class StateReport:
    """Payload of `STATE_REPORTED`."""

    ticket_id: str
    platform: str
    sequence: int
    state: str
    event: str
    at: datetime
