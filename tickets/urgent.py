"""Use case: the unit of an urgent matter is telephoned, and who spoke with whom stands on the ticket (FJ-14c)."""

from core.actors import Actor
from tickets.assigning import current
from tickets.base import TicketServiceBase, require_text
from tickets.duties import DutyKind
from tickets.lifecycle import TicketEvent
from tickets.planning import finish_duty


class Telephoning(TicketServiceBase):
    """The record of the call to the unit. The duty begins with the dispatch (`tickets.assigning`)."""

    async def telephone_unit(
        self, ticket_id: str, actor: Actor, *, whom: str, said: str, expected_version: int | None = None
    ) -> int:
        """Record that the unit was told by telephone: who (the actor), when (now), whom, and what was said."""
        async with self._change(ticket_id, actor, expected_version) as change:
            note = f"接听人:{require_text('whom', whom, most=60)};{require_text('said', said, most=2000)}"
            work = await current(change)
            change.record(TicketEvent.UNIT_TELEPHONED, note, {"unit_id": work.unit_id})
            await finish_duty(change, DutyKind.PHONE_NOTICE)
        return change.ticket.version
