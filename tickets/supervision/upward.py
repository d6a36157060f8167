"""Use cases of the data that goes to the platform above: the record of a push, and recordings of a call."""

from typing import Any

from core.actors import SYSTEM
from core.errors import NotFound
from core.personal import Personal
from tickets import repository
from tickets.base import TicketServiceBase
from tickets.events import UpwardPush
from tickets.model import Ticket

_TOLD = (
    "number", "channel", "source", "external_id", "state", "category", "title", "urgency", "caller_kind", "marks",
    "repeat_calls", "hard", "round", "created_at", "accepted_at", "dispatched_at", "closed_at", "closing_ground",
    "rating", "rated_round", "rated_at", "excluded", "confidential",
)  # fmt: skip
_PERSONAL = ("caller_name", "caller_phone", "place", "summary", "answer")


class UpwardTelling(TicketServiceBase):
    """What the platform above is told."""

    async def upward_record(self, push: UpwardPush) -> dict[str, Any]:
        """Return the record of a push as it goes out: the whole ticket with its flag of secrecy (AMB-40).

        It holds personal data, because the regulations order all data to go up; it only leaves signed and over TLS.

        Raises:
            NotFound: no such ticket.
        """
        async with self._database.reading() as session:
            ticket = await repository.ticket(session, push.ticket_id)
            if ticket is None:
                raise NotFound("工单", push.ticket_id)
            unit = await repository.unit(session, ticket.unit_id) if ticket.unit_id else None
        record = {name: _plain(getattr(ticket, name)) for name in _TOLD}
        return {
            "kind": push.kind,
            "at": push.at.isoformat(),
            "recording_id": push.recording_id,
            "sequence": push.sequence,
            "as_of": ticket.ledger_length,
            "unit": unit.name if unit else None,
            **record,
            **_personal(ticket),
        }

    async def push_recording(self, call_id: str, recording_id: str) -> None:
        """Queue a finished recording for the platform above, where the profile orders it (JS-16b)."""
        if not self._upward:
            return
        async with self._database.reading() as session:
            ticket_id = await repository.ticket_of_call(session, call_id)
        if ticket_id is not None:
            async with self._change(ticket_id, SYSTEM) as change:
                await change.push("recording_ended", recording_id)


def _personal(ticket: Ticket) -> dict[str, str | None]:
    known: dict[str, Personal | None] = {name: getattr(ticket, name) for name in _PERSONAL}
    return {name: text.reveal() if text else None for name, text in known.items()}


def _plain(value: object) -> object:
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else value
