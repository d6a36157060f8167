"""Use cases of a caller who is handed on by telephone: to a business line, to an emergency or utility line (YC-15)."""

from datetime import datetime

from core.actors import SYSTEM, Actor
from tickets import repository
from tickets.base import TicketServiceBase, require_text
from tickets.duties import DutyKind
from tickets.lifecycle import TicketEvent, TicketState
from tickets.planning import finish_duty, plan_intake

_PLANNED = (TicketState.DRAFT, TicketState.ACCEPTED, TicketState.AWAITING_APPROVAL, TicketState.APPROVED)


class Linking(TicketServiceBase):
    """Transfers by telephone in the ledger of the call's ticket."""

    async def record_transfer(
        self, ticket_id: str, actor: Actor, phone: str, note: str | None = None, expected_version: int | None = None
    ) -> int:
        """Record that a public emergency was transferred to a business line by telephone (YC-15a)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            number = require_text("phone", phone, most=30)
            change.record(TicketEvent.TRANSFERRED, note, {"phone": number})
            await finish_duty(change, DutyKind.TRANSFER)
        return change.ticket.version

    async def link_emergency(self, ticket_id: str, phone: str, *, by: str, at: datetime, once: str) -> None:
        """Record that an agent called an emergency line into the call: the two hours of YC-15a run from `at`.

        Args:
            ticket_id: the call's ticket.
            phone: number that was called.
            by: account of the agent.
            at: instant of the agent's key (aware UTC).
            once: names the attempt; told again it counts once.

        Raises:
            TransitionRefused: the ticket is closed.
        """
        await self._enter(ticket_id, TicketEvent.EMERGENCY_LINKED, phone, by, at, once)

    async def emergency_answered(self, ticket_id: str, phone: str, *, by: str, at: datetime, once: str) -> None:
        """Record that the emergency line answered: that is the transfer by telephone, done at `at`.

        Args:
            ticket_id: the call's ticket.
            phone: number that answered.
            by: account of the agent.
            at: instant of the answer (aware UTC).
            once: names the attempt; told again it counts once.

        Raises:
            TransitionRefused: the ticket is closed.
        """
        await self._enter(ticket_id, TicketEvent.TRANSFERRED, phone, by, at, once)

    async def _enter(self, ticket_id: str, event: TicketEvent, phone: str, by: str, at: datetime, once: str) -> None:
        """Enter a fact of the switch; what it means for the duties does not depend on the order in which facts come."""
        async with self._change(ticket_id, SYSTEM) as change:
            if await repository.happened(change.session, ticket_id, once):
                return
            change.record(event, data={"phone": phone, "by": by, "at": at.isoformat()}, once=once)
            if change.state in _PLANNED:
                await plan_intake(change)
            elif event is TicketEvent.TRANSFERRED:
                await finish_duty(change, DutyKind.TRANSFER, at)
