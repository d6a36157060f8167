"""Use cases: hand a ticket to the platform above, take receipt and reports; tell a platform how its own stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.actors import Actor, Role
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from core.outbox import enqueue
from core.personal import Personal
from core.wire import payload_of
from tickets import repository as tickets
from tickets.base import Change, TicketServiceBase, require_text, visible
from tickets.duties import DutyKind
from tickets.events import HANDED_UP, TICKET_CLOSED, HandUp, StateReport
from tickets.exchange import repository
from tickets.exchange.model import Platform, TicketHandUp
from tickets.lifecycle import TicketEvent, TicketState
from tickets.planning import drop_duties

_ABOVE = Actor("upper-platform", "上级平台", Role.SYSTEM)
_EVENTS = {
    "received": TicketEvent.UPPER_RECEIVED,
    "handling": TicketEvent.UPPER_REPORTED,
    "returned": TicketEvent.UPPER_RETURNED,
    "closed": TicketEvent.UPPER_CLOSED,
}
"""What the platform above may report, and what it does to the ticket (`tickets.lifecycle`)."""


@dataclass(frozen=True, slots=True)
class UpperReport:
    """What the platform above says of a ticket.

    Attributes:
        sequence: counts its reports on this ticket, from 1; the same again, or an older one, changes nothing.
        state: received, handling, returned, closed.
        text: progress, reason of the return, or the answer for the caller.
    """

    sequence: int
    state: str
    number: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class HandUpView:
    """How a ticket stands above."""

    id: str
    state: str
    handed_at: datetime
    upper_number: str | None
    received_at: datetime | None
    last_sequence: int
    reported_at: datetime | None


class HandingUp(TicketServiceBase):
    """Tickets that are not ours to handle (CZ-三(二)b, FJ-8.3, FJ-9.4), and states of those that came to us."""

    async def hand_up(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Hand an accepted ticket to the platform above; it is sent until it is received.

        Raises:
            Conflict: no platform above is set.
        """
        if not self._upward:
            raise Conflict("未设置上级平台", code="no_platform_above")
        async with self._change(ticket_id, actor, expected_version) as change:
            ticket = change.ticket
            row = TicketHandUp(
                id=new_id(), ticket_id=ticket.id, state="sent", handed_by=actor.account_id, handed_at=change.now,
                last_sequence=0,
            )  # fmt: skip
            change.record(TicketEvent.HANDED_UP, require_text("note", note), {"hand_up_id": row.id})
            change.session.add(row)
            await drop_duties(change, tuple(DutyKind))
            told = HandUp(row.id, ticket.id, ticket.number, ticket.ledger_length, change.now)
            await enqueue(change.session, topic=HANDED_UP, key=row.id, payload=payload_of(told), now=change.now)
        return change.ticket.version

    async def record_receipt(self, told: HandUp, upper_number: str | None) -> None:
        """Keep the receipt of a hand-up; harmless when it comes twice, or after the first report."""
        async with self._change(told.ticket_id, _ABOVE) as change:
            row = await change.session.get_one(TicketHandUp, told.hand_up_id)
            if row.received_at is not None or row.state != "sent":
                row.upper_number = row.upper_number or upper_number
                return
            row.state, row.received_at, row.upper_number = "received", change.now, upper_number
            change.record(TicketEvent.UPPER_RECEIVED, data={"upper_number": upper_number, "hand_up_id": row.id})

    async def take_upper_report(self, number: str, report: UpperReport) -> HandUpView:
        """Take what the platform above reports on a ticket we handed up.

        Raises:
            NotFound: no such ticket was handed up.
            InvalidInput: a state that is none, or a return or result without words.
        """
        if report.state not in _EVENTS or report.sequence < 1:
            raise InvalidInput("state", "可选:" + "、".join(_EVENTS))
        text = report.text.strip() if report.text else None
        if report.state in {"returned", "closed"}:
            text = require_text("text", text)
        async with self._database.reading() as session:
            ticket = await tickets.ticket_numbered(session, number)
        if ticket is None:
            raise NotFound("工单", number)
        async with self._change(ticket.id, _ABOVE) as change:
            row = next(iter(reversed(await repository.hand_ups(change.session, ticket.id))), None)
            if row is None:
                raise NotFound("工单", number)
            if report.sequence > row.last_sequence and change.state is TicketState.HANDED_UP:
                await _follow(change, row, report, text)
        return _view(row)

    async def hand_ups(self, ticket_id: str, actor: Actor) -> list[HandUpView]:
        """Return how a ticket stands above, oldest hand-up first."""
        async with self._database.reading() as session:
            ticket = await tickets.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            return [_view(row) for row in await repository.hand_ups(session, ticket_id)]

    async def state_report(self, report: StateReport) -> tuple[Platform, dict[str, Any]] | None:
        """Return the platform and what it is told; None: it is not told any more. The answer goes with the end."""
        async with self._database.reading() as session:
            platform = await repository.platform(session, report.platform)
            ticket = await tickets.ticket(session, report.ticket_id)
        if platform is None or not platform.active or not platform.report_url or ticket is None:
            return None
        state = TicketState(report.state)
        ended = state in {TicketState.CLOSED, TicketState.ARCHIVED}
        return platform, {
            "type": "state", "external_id": ticket.external_id, "number": ticket.number, "sequence": report.sequence,
            "state": state.value, "state_label": state.label, "event": report.event, "at": report.at.isoformat(),
            "answer": ticket.answer.reveal() if ended and ticket.answer else None,
            "guidance": ticket.guidance if state is TicketState.REJECTED else None,
        }  # fmt: skip


async def _follow(change: Change, row: TicketHandUp, report: UpperReport, text: str | None) -> None:
    ticket = change.ticket
    row.state, row.last_sequence, row.reported_at = report.state, report.sequence, change.now
    row.upper_number, row.received_at = row.upper_number or report.number, row.received_at or change.now
    data = {"hand_up_id": row.id, "sequence": report.sequence, "upper_number": row.upper_number}
    change.record(_EVENTS[report.state], text, data)
    if report.state == "closed" and text is not None:
        ticket.answer, ticket.closing_ground, ticket.closed_at = Personal(text), "done", change.now
        change.texts_changed = True
        await change.push("closed")
        await change.tell(TICKET_CLOSED, f"{ticket.id}:{ticket.round}")


def _view(row: TicketHandUp) -> HandUpView:
    return HandUpView(**{name: getattr(row, name) for name in HandUpView.__slots__})
