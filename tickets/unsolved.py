"""Use cases: matters that cannot be solved now stay in contact with their callers (FJ-20.7)."""

from core.actors import Actor
from core.errors import Conflict
from tickets.base import Change, TicketServiceBase, require_text
from tickets.duties import DutyKind
from tickets.lifecycle import TicketEvent
from tickets.planning import drop_duties, finish_duty
from tickets.tasks import begin_task, open_tasks


def keep_in_contact(change: Change) -> None:
    """Begin the round of contacts where the ticket was closed on a ground that asks for it."""
    rule = change.profile.keep_contact
    if rule and change.ticket.closing_ground in rule.grounds and change.ticket.unit_id:
        begin_task(change, DutyKind.CONTACT_AGAIN, rule.every, change.ticket.unit_id)


class Unsolved(TicketServiceBase):
    """The unit talks with the caller again and again until the centre ends it."""

    async def contact_again(
        self, ticket_id: str, actor: Actor, *, how: str, told: str, expected_version: int | None = None
    ) -> int:
        """Record a talk with the caller of a matter that cannot be solved now; the next is due after the same time.

        Raises:
            Conflict: none is owed.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            data = {"how": require_text("how", how, most=40)}
            change.record(TicketEvent.CONTACTED_AGAIN, require_text("told", told), data)
            await _owed(change)
            await finish_duty(change, DutyKind.CONTACT_AGAIN)
            keep_in_contact(change)
        return change.ticket.version

    async def end_contacts(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """The centre ends the round of contacts, with the reason: solved meanwhile, or the caller wants no more."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.CONTACTS_ENDED, require_text("note", note))
            await _owed(change)
            await drop_duties(change, (DutyKind.CONTACT_AGAIN,))
        return change.ticket.version


async def _owed(change: Change) -> None:
    if not await open_tasks(change, DutyKind.CONTACT_AGAIN):
        raise Conflict("此工单没有定期联系任务", code="ticket_no_contact_owed")
