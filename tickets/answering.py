"""What must be there before a unit answers, and what an answer ends."""

from core.actors import UnitPost
from core.errors import Conflict, TransitionRefused
from core.personal import Personal
from tickets.assigning import current
from tickets.attachments import repository as attachments
from tickets.attachments.kinds import Purpose
from tickets.base import Change
from tickets.duties import DutyKind
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import TicketAssignment
from tickets.planning import drop_duties, finish_duty


def sign_first(change: Change, event: TicketEvent) -> None:
    """Nothing is handled before sign-off where sign-off is a duty (JS-11.3a, YC-13.3a)."""
    if change.profile.sign.assessed and change.state in (TicketState.DISPATCHED, TicketState.REWORK):
        raise TransitionRefused("工单", change.state.label, event.label)


def release_first(change: Change) -> None:
    """No answer leaves the unit without its leader where the profile orders it (FJ-18b); a leader answers himself.

    Raises:
        Conflict: it must be proposed and released (code `ticket_release_first`).
    """
    if change.state is TicketState.IN_APPROVAL:
        raise TransitionRefused("工单", change.state.label, TicketEvent.ANSWERED.label)
    rule = change.profile.unit_approval
    if rule.release == "ordered" and change.actor.unit_post is not UnitPost.APPROVER:
        raise Conflict(f"答复须经本单位领导审签后提交(依据{rule.clause})", code="ticket_release_first")


async def ready_to_answer(change: Change) -> None:
    """Refuse an answer while something that goes before it, or is a part of it, is missing.

    Raises:
        Conflict: no contact with the caller (JS-11.3b), no word on a suggestion (FJ-6c), no written opinion (JS-11.6b).
    """
    work = await current(change)
    _contact_first(change, work)
    adoption, ticket = change.profile.adoption, change.ticket
    if adoption and ticket.category in adoption.categories and ticket.adopted is None:
        raise Conflict(f"请先登记建议是否采纳(依据{adoption.clause})", code="ticket_adoption_first")
    opinion = change.profile.service.written_opinion
    if ticket.written_opinion and opinion.value:
        files = await attachments.of_ticket(change.session, ticket.id)
        if not any(one.purpose == Purpose.WRITTEN_OPINION and one.added_at >= work.dispatched_at for one in files):
            raise Conflict(f"诉求人要求书面办理意见,请先上传(依据{opinion.clause})", code="ticket_opinion_first")


async def finish_answer(change: Change, work: TicketAssignment, words: str) -> None:
    """Keep the answer; the handling is done, the way back is shut."""
    change.ticket.answer = Personal(words)
    change.texts_changed = True
    work.answered_at = change.now
    await finish_duty(change, DutyKind.RESOLVE)
    await drop_duties(change, (DutyKind.RETURN,))


def _contact_first(change: Change, work: TicketAssignment) -> None:
    """No answer without a record of the talk with the caller where the text orders it (JS-11.3b, AMB-08)."""
    rule = change.profile.contact
    wanted = rule and rule.before_answer and (not rule.categories or change.ticket.category in rule.categories)
    if rule and wanted and work.contacted_at is None:
        raise Conflict(f"请先登记联系诉求人的情况,再提交答复(依据{rule.limit.clause})", code="ticket_contact_first")
