"""Use cases inside a unit: the receiver submits, the leader fixes who handles it and releases the answer (呈批)."""

from core.actors import Actor, UnitPost
from core.errors import Conflict, Forbidden, TransitionRefused
from core.personal import Personal
from tickets.answering import finish_answer, ready_to_answer
from tickets.assigning import current
from tickets.base import Change, TicketServiceBase, require_text
from tickets.lifecycle import TicketEvent, TicketState
from tickets.reminding import remind


class UnitApproving(TicketServiceBase):
    """What happens to a ticket between the people of one unit; no deadline moves (JS-7a, YC-9.3, FJ-11.1, FJ-18)."""

    async def submit_to_leader(
        self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None
    ) -> int:
        """Submit a signed ticket to the unit's leader, who is told by message (呈报, FJ-18a)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.LEADER_ASKED, require_text("note", note))
            await remind(change, await current(change), "approval")
        return change.ticket.version

    async def fix_handler(
        self, ticket_id: str, actor: Actor, *, department: str, handler: str, expected_version: int | None = None
    ) -> int:
        """The leader fixes the department and the person who handle it (FJ-18a)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            work = await current(change)
            work.department = require_text("department", department, most=100)
            work.handler = Personal(require_text("handler", handler, most=60))
            # the person's name is a note, because what stands in the data of the ledger is never erased
            change.record(TicketEvent.HANDLER_FIXED, work.handler.reveal(), {"department": work.department})
        return change.ticket.version

    async def propose_answer(self, ticket_id: str, actor: Actor, text: str, expected_version: int | None = None) -> int:
        """Put the answer before the unit's leader; nothing has been answered yet, the clock runs on (FJ-18b).

        Raises:
            Conflict: what the profile wants first is missing (contact, handler, adoption, written opinion).
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            words = require_text("answer", text)
            change.record(TicketEvent.ANSWER_PROPOSED, words)
            await ready_to_answer(change)
            work = await current(change)
            rule = change.profile.unit_approval
            if rule.fix_handler and work.handler is None:
                raise Conflict(f"请先呈报领导明确承办科室和经办人(依据{rule.clause})", code="ticket_handler_first")
            work.proposed_answer, work.proposed_by = Personal(words), actor.account_id
            await remind(change, work, "approval")
        return change.ticket.version

    async def release_answer(
        self, ticket_id: str, actor: Actor, text: str | None = None, expected_version: int | None = None
    ) -> int:
        """The leader releases the proposed answer, in his own words if he gives some; this stops the clock (AMB-36).

        Raises:
            Forbidden: the actor holds no post of approver, or proposed it.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            work = await current(change)
            if change.state is not TicketState.IN_APPROVAL or work.proposed_answer is None:
                raise TransitionRefused("工单", change.state.label, "审签答复")
            if actor.unit_post is not UnitPost.APPROVER or actor.account_id == work.proposed_by:
                raise Forbidden("答复须由拟稿人以外的审批人审签", code="ticket_post_forbidden")
            words = require_text("answer", text) if text else work.proposed_answer.reveal()
            change.record(TicketEvent.ANSWERED, words, {"released": True, "proposed_by": work.proposed_by})
            await _taken(change, words)
        return change.ticket.version

    async def decline_answer(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """The leader gives the proposed answer back to be made better."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.ANSWER_DECLINED, require_text("note", note))
            work = await current(change)
            work.proposed_answer = work.proposed_by = None
        return change.ticket.version


async def _taken(change: Change, words: str) -> None:
    work = await current(change)
    work.proposed_answer = work.proposed_by = None
    await finish_answer(change, work, words)
