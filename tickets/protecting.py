"""Use case: a caller reports retaliation; that is a matter of its own, secret and under supervision at once (FJ-6a)."""

from core.actors import SYSTEM, Actor
from core.errors import Conflict, NotFound
from core.personal import Personal
from tickets import repository
from tickets.base import Change, require_text
from tickets.channels import Channel, Opening
from tickets.duties import DutyKind, needs_approval
from tickets.fields import TicketFields
from tickets.intake import Intake
from tickets.lifecycle import TicketEvent
from tickets.model import Ticket
from tickets.planning import plan_intake
from tickets.profile import Profile
from tickets.tasks import begin_task

_TITLE = "反映因诉求受到打击报复"


class Protecting(Intake):
    """Protection of those who call."""

    async def report_retaliation(
        self, ticket_id: str, actor: Actor, note: str, complained_unit_id: str | None = None
    ) -> str:
        """Open a complaint about retaliation for an earlier ticket and return its id; twice for one ticket is once.

        It is confidential, hidden from the unit that handled the earlier one (or from `complained_unit_id`),
        accepted, in the supervision ledger, and to be investigated, all in one transaction.

        Raises:
            Conflict: the earlier ticket is still a draft.
        """
        words = require_text("note", note)
        async with self._database.reading() as session:
            earlier = await repository.ticket(session, ticket_id)
        if earlier is None:
            raise NotFound("工单", ticket_id)
        if earlier.accepted_at is None:
            raise Conflict("草稿不能登记打击报复", code="ticket_not_accepted")
        opening = Opening(Channel.PLATFORM, ticket_id, earlier.caller_phone, platform="retaliation")
        fields = TicketFields(
            category="complaint", title=_TITLE, summary=Personal(words), caller_name=earlier.caller_name,
            confidential=True, complained_unit_id=complained_unit_id or earlier.unit_id,
        )  # fmt: skip
        number = await self._number()
        async with self._change(ticket_id, actor) as change:
            known = await repository.ticket_from(change.session, opening.origin or "")
            if known is not None:
                return known.id
            fresh = await self._insert(change.session, number, opening, SYSTEM, fields)
            change.record(TicketEvent.RETALIATION_REPORTED, words, {"ticket_id": fresh})
            await _take_in(change, await repository.ticket(change.session, fresh), self.profile)
        return fresh


async def _take_in(change: Change, ticket: Ticket | None, profile: Profile) -> None:
    """Accept the new ticket by rule, enter it in the supervision ledger and have it investigated."""
    assert ticket is not None
    own = Change(change.session, ticket, SYSTEM, change.now, profile, change.time_of)
    ticket.opened_by, ticket.accepted_at = change.actor.account_id, change.now
    own.record(TicketEvent.SUBMITTED if needs_approval(profile, own.matter) else TicketEvent.ACCEPTED)
    await plan_intake(own)
    own.record(TicketEvent.SUPERVISED, _TITLE, {"step": "retaliation"})
    ticket.supervised_at, ticket.important = change.now, True
    begin_task(own, DutyKind.INVESTIGATE, profile.verifying.investigate)
