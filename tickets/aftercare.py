"""Use cases after closing: the citizen's rating, rework, supervision, archive. Each message counts once."""

from core.actors import SYSTEM, Actor
from core.errors import Conflict
from surveys.events import SurveyDecided, SurveyRated, SurveyStep
from tickets import repository
from tickets.assigning import assign
from tickets.attachments.keeping import date_attachments
from tickets.base import Change, TicketServiceBase, require_text
from tickets.duties import TASKS
from tickets.lifecycle import TicketEvent, TicketState
from tickets.tasks import open_tasks

_REWORKS = {
    SurveyStep.REWORK: "经核实属承办单位责任,重新办理",
    SurveyStep.UNIT_VERIFY_AND_RECTIFY: "首次人工回访不满意,由承办单位核实整改",
    SurveyStep.REWORK_AND_SUPERVISE: "重新办理后经核实仍属承办单位责任,再次办理并督办",
}


class Aftercare(TicketServiceBase):
    """Use cases of the callback post and the supervisors."""

    async def record_rating(self, rated: SurveyRated) -> None:
        """Keep the citizen's rating; handler of `SURVEY_RATED`, harmless when it comes twice or late."""
        async with self._change(rated.ticket_id, SYSTEM) as change:
            once = f"rated:{rated.survey_id}:{rated.rating}"
            if await repository.happened(change.session, rated.ticket_id, once):
                return
            ticket = change.ticket
            if ticket.rated_at is None or rated.at >= ticket.rated_at:  # messages may overtake each other
                ticket.rating, ticket.rated_round, ticket.rated_at = rated.rating, rated.round, rated.at
            data = {"survey_id": rated.survey_id, "round": rated.round, "rating": rated.rating}
            change.record(TicketEvent.RATED, data=data, once=once)
            # a rating by message and one on the telephone are both evaluations; which was asked is not told apart here
            await change.push("called_back")

    async def follow_survey(self, decided: SurveyDecided) -> None:
        """Do what the ladder decided: rework, supervision, or nothing more; handler of `SURVEY_DECIDED`."""
        async with self._change(decided.ticket_id, SYSTEM) as change:
            once = f"decided:{decided.survey_id}:{decided.step}"
            if await repository.happened(change.session, decided.ticket_id, once):
                return
            if not _current_round(change, decided.round):
                return
            change.ticket.survey_step, change.ticket.excluded = decided.step, decided.excluded
            if decided.step is SurveyStep.REWORK_AND_SUPERVISE:
                _supervise(change, _REWORKS[decided.step], f"{once}:supervised", after_rework=True)
            if decided.step in _REWORKS and change.ticket.unit_id is None:
                _supervise(change, "即时答复后不满意,由热线中心处理", once)
            elif decided.step in _REWORKS:
                await _rework(change, _REWORKS[decided.step], None, once)
            elif decided.step is SurveyStep.SUPERVISE:
                _supervise(change, "重新办理后仍不满意", once, after_rework=True)
            else:
                data = {"step": decided.step, "excluded": decided.excluded}
                change.record(TicketEvent.SURVEY_SETTLED, data=data, once=once)

    async def rework(
        self,
        ticket_id: str,
        actor: Actor,
        reason: str,
        unit_id: str | None = None,
        expected_version: int | None = None,
    ) -> int:
        """Have the unit (or another) handle the closed matter again: a new dispatch with full limits (YC-13.7b)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            await _rework(change, require_text("reason", reason), unit_id, None)
        return change.ticket.version

    async def supervise(self, ticket_id: str, actor: Actor, reason: str, expected_version: int | None = None) -> int:
        """Enter the ticket in the supervision ledger (督办台账, YC-13.5b)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            _supervise(change, require_text("reason", reason), None)
        return change.ticket.version

    async def archive(self, ticket_id: str, actor: Actor, expected_version: int | None = None) -> int:
        """Archive the ticket (归档, YC-13.9a).

        Raises:
            Conflict: the callback, due for every closed ticket (YC-13.7a), has not ended.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            if await open_tasks(change, *TASKS):
                raise Conflict("尚有整改、复核、调查或定期联系任务未完成,不能归档", code="ticket_tasks_open")
            ticket = change.ticket
            # a ticket may be under supervision long before it is closed: that alone settles no callback
            if change.state is TicketState.CLOSED and ticket.survey_step is None:
                raise Conflict("回访尚未完成,不能归档", code="ticket_callback_open")
            change.record(TicketEvent.ARCHIVED)
            ticket.archived_at = change.now
            await date_attachments(change)
        return change.ticket.version


def _current_round(change: Change, round_: int) -> bool:
    """A message about an earlier round, or one that a person's rework has overtaken, changes nothing any more."""
    return change.state is TicketState.CLOSED and change.ticket.round == round_


async def _rework(change: Change, reason: str, unit_id: str | None, once: str | None) -> None:
    ticket = change.ticket
    unit = unit_id or ticket.unit_id
    if unit is None:
        raise Conflict("即时答复办结的工单没有承办单位,请新建工单派发", code="ticket_has_no_unit")
    ticket.round += 1
    data = {"unit_id": unit, "round": ticket.round}
    change.record(TicketEvent.REWORK_DISPATCHED, reason, data, once=once)
    ticket.closed_at, ticket.survey_step = None, None
    await assign(change, unit)


def _supervise(change: Change, reason: str, once: str | None, *, after_rework: bool = False) -> None:
    ladder = change.profile.supervision.ladder
    code = next((step.code for step in ladder if step.trigger == "dissatisfied_after_rework"), None)
    change.record(TicketEvent.SUPERVISED, reason, {"step": code} if after_rework else None, once=once)
    change.ticket.supervised_at = change.ticket.supervised_at or change.now
