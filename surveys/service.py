"""Use cases of surveys: messages out, replies in, callbacks by people. Every message counts once."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor, Role
from core.clock import LOCAL, Clock
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.outbox import Delivery
from core.personal import Personal
from surveys import repository
from surveys.climbing import Climb, queue_sms
from surveys.events import Rating
from surveys.gateways import IncomingSms, OutgoingSms, SmsGateway
from surveys.ladder import (
    Answer,
    SurveyEvent,
    SurveyState,
    after_failed_try,
    in_sample,
    is_excluded,
    judge,
    judge_verification,
    satisfied,
)
from surveys.model import CallbackTask, CallbackTry, SmsReply, Survey
from surveys.numbers import mobile_of
from surveys.replies import parse, ticket_number
from surveys.rules import SurveyRules, asks_by_message, load_texts, tells_acceptance
from surveys.views import (
    OUTCOMES_OF,
    CallbackOutcome,
    CallbackView,
    Contact,
    ReceivedAs,
    SurveyView,
    outcome_of,
    survey_view,
    task_view,
)
from tickets.events import TicketMoment

_CALLERS = frozenset({Role.CALLBACK, Role.SHIFT_LEADER, Role.REVIEWER, Role.SUPERVISOR})
_LONGEST_REPLY = 2000
_LARGEST_PAGE = 200
_BATCH = 500


class SurveyService:
    """Surveys and callbacks.

    Args:
        database: where surveys are.
        clock: tells the time.
        rules: the profile's parameters.
        gateway: how text messages leave.
        hotline: name that citizens read in messages.
        texts: templates by kind; None: `surveys/texts.toml`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rules: SurveyRules,
        gateway: SmsGateway,
        hotline: str,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules
        self._gateway = gateway
        self._hotline = hotline
        self._texts = texts or load_texts()

    async def on_dispatched(self, moment: TicketMoment, contact: Contact) -> None:
        """Send the acceptance message at the first dispatch (YC-14b); handler of `TICKET_DISPATCHED`."""
        mobile = mobile_of(contact.phone)
        if mobile is None or not tells_acceptance(self._rules, moment.round):
            return
        words = self._texts["acceptance"].format(hotline=self._hotline, number=moment.number, code=contact.query_code)
        key = f"acceptance:{moment.ticket_id}"
        async with self._database.transaction() as session:
            await queue_sms(
                session, self._clock.now(), "acceptance", key, mobile, words, ticket_id=moment.ticket_id, survey_id=None
            )

    async def on_closed(self, moment: TicketMoment, contact: Contact) -> None:
        """Ask the citizen about a closed ticket (YC-13.7a); handler of `TICKET_CLOSED`."""
        async with self._database.transaction() as session:
            known = await repository.surveys_of(session, moment.ticket_id, lock=True)
            if any(survey.round >= moment.round for survey in known):
                return
            for survey in known:
                if survey.state != SurveyState.SETTLED:
                    await self._climb(session, survey).take(SurveyEvent.SUPERSEDED)
            await self._ask(session, moment, contact)

    async def _ask(self, session: AsyncSession, moment: TicketMoment, contact: Contact) -> None:
        now, mobile = self._clock.now(), mobile_of(contact.phone)
        survey = Survey(
            id=new_id(), ticket_id=moment.ticket_id, number=moment.number, round=moment.round,
            category=contact.category, state=SurveyState.NEW, mobile=mobile, mobile_hash=mobile, opened_at=now,
            hinted=False, excluded=False,
        )  # fmt: skip
        session.add(survey)
        climb = self._climb(session, survey)
        if not self._must_ask(moment.ticket_id, contact):
            await climb.take(SurveyEvent.NOT_ASKED)
        elif mobile is None or not asks_by_message(self._rules, answered_directly=contact.answered_directly):
            await climb.take(SurveyEvent.NO_MESSAGE_POSSIBLE)
            climb.open_task("call", "no_mobile" if mobile is None else "by_rule")
        else:
            await climb.take(SurveyEvent.MESSAGE_QUEUED)
            survey.answer_due_at = now + timedelta(hours=self._rules.no_reply_hours)
            await climb.text("survey", f"survey:{survey.ticket_id}:{survey.round}", mobile)

    def _must_ask(self, ticket_id: str, contact: Contact) -> bool:
        if contact.answered_directly and not self._rules.answered_directly_too:
            return False
        return in_sample(ticket_id, self._rules.coverage_percent)

    async def text_unit(self, key: str, to: Personal, words: str) -> None:
        """Send a text message to a unit's receiver; the same key twice is one message for the gateway."""
        await self._gateway.send(OutgoingSms(key, to, Personal(words), "unit", self._clock.now()))

    async def send(self, delivery: Delivery) -> None:
        """Give a queued message to the gateway; handler of `SMS_SEND`, harmless when it comes twice."""
        message_id = str(delivery.payload["message_id"])
        async with self._database.reading() as session:
            row = await repository.message(session, message_id)
        if row is None or row.sent_at is not None:
            return
        now = self._clock.now()
        reference = await self._gateway.send(OutgoingSms(row.id, row.to, row.text, row.kind, now))
        async with self._database.transaction() as session:
            sent = await repository.message(session, message_id)
            if sent is not None and sent.sent_at is None:
                sent.sent_at, sent.reference = now, reference

    async def poll_gateway(self) -> int:
        """Take in the replies that wait in the gateway; return how many."""
        return await self._gateway.poll(self._take_in)

    async def _take_in(self, message: IncomingSms) -> None:
        await self.receive(message.sender, message.text.reveal(), message.at, message.message_id)

    async def receive(self, sender: Personal, text: str, at: datetime, message_id: str | None = None) -> ReceivedAs:
        """Understand a citizen's reply; the same message twice counts once.

        Args:
            sender: number it came from.
            text: what it says.
            at: when it was sent (aware).
            message_id: the gateway's id; None: made from sender, text and time.
        """
        if len(text) > _LONGEST_REPLY:
            raise InvalidInput("text", f"不超过{_LONGEST_REPLY}字")
        mobile = mobile_of(sender) or sender
        known_as = message_id or _fingerprint(mobile, text, at)
        try:
            async with self._database.transaction() as session:
                if await repository.received(session, known_as):
                    return ReceivedAs.DUPLICATE
                survey = await repository.answerable(session, mobile, ticket_number(text))
                understood = await self._understand(session, survey, mobile, text, at)
                session.add(
                    SmsReply(
                        id=new_id(), message_id=known_as, sender=mobile, sender_hash=mobile, text=Personal(text),
                        at=at, survey_id=survey.id if survey else None, understood=understood,
                    )
                )  # fmt: skip
        except IntegrityError:
            return ReceivedAs.DUPLICATE  # another poller took the same message at the same moment
        return understood

    async def _understand(
        self, session: AsyncSession, survey: Survey | None, mobile: Personal, text: str, at: datetime
    ) -> ReceivedAs:
        if survey is None:
            return ReceivedAs.NO_SURVEY
        climb, rating = self._climb(session, survey), parse(text)
        if rating is None:
            if survey.hinted:
                return ReceivedAs.UNCLEAR
            survey.hinted = True
            await climb.text("hint", f"hint:{survey.id}", mobile)
            return ReceivedAs.HINTED
        await climb.rate(rating, at)
        if rating is not Rating.DISSATISFIED:
            await climb.take(satisfied(self._rules))
            return ReceivedAs.RATED
        already_calling = survey.state == SurveyState.CALLING
        await climb.take(SurveyEvent.DISSATISFIED_BY_MESSAGE)
        if not already_calling:
            climb.open_task("call", "dissatisfied")
        return ReceivedAs.RATED

    async def remind_due(self, now: datetime | None = None) -> int:
        """End the wait for replies that did not come: a person must call (AMB-20). Return how many."""
        at = now or self._clock.now()
        async with self._database.reading() as session:
            waiting = await repository.unanswered_ids(session, at, _BATCH)
        ended = 0
        for survey_id in waiting:
            async with self._database.transaction() as session:
                survey = await repository.locked_survey(session, survey_id)
                if survey is None or survey.state != SurveyState.ASKED:
                    continue
                climb = self._climb(session, survey)
                if self._rules.no_reply_manual:
                    await climb.take(SurveyEvent.NO_REPLY)
                    climb.open_task("call", "no_reply")
                else:
                    await climb.take(SurveyEvent.LEFT_UNRATED)
                ended += 1
        return ended

    async def callback_tasks(
        self, *, only_open: bool = True, ticket_id: str | None = None, after: str | None = None, limit: int = 50
    ) -> tuple[CallbackView, ...]:
        """Return tasks of the callback post, oldest first; `after` is the id of the last one seen."""
        if not 1 <= limit <= _LARGEST_PAGE:
            raise InvalidInput("limit", f"应在1到{_LARGEST_PAGE}之间")
        async with self._database.reading() as session:
            rows = await repository.tasks(session, only_open=only_open, ticket_id=ticket_id, after=after, limit=limit)
            return tuple([task_view(row, len(await repository.tries(session, row.id))) for row in rows])

    async def surveys(self, ticket_id: str) -> tuple[SurveyView, ...]:
        """Return the surveys of a ticket by round."""
        async with self._database.reading() as session:
            rows = await repository.surveys_of(session, ticket_id)
        return tuple(survey_view(row) for row in rows)

    async def finish_callback(
        self,
        task_id: str,
        actor: Actor,
        outcome: CallbackOutcome | str,
        *,
        reason: str | None = None,
        explained: bool = False,
        note: str | None = None,
    ) -> SurveyView:
        """Record what a call or a verification brought, and climb the ladder.

        Args:
            task_id: the task.
            actor: who called or verified; never the handling unit.
            outcome: of a call: satisfied … unreachable (one failed try); of a verification: at_fault or not.
            reason: why dissatisfied: `not_adopted`, `no_policy_basis`, or a word of one's own.
            explained: the unit has made its explanatory callback (YC-32.2).
            note: what was said.

        Raises:
            Conflict: the task is finished.
        """
        if actor.role not in _CALLERS:
            raise Forbidden("只有回访岗可以处理回访任务", code="callback_role_forbidden")
        result = outcome_of(outcome)
        async with self._database.transaction() as session:
            task = await repository.task(session, task_id)
            if task is None:
                raise NotFound("回访任务", task_id)
            survey = await repository.locked_survey(session, task.survey_id)
            assert survey is not None  # tasks are opened for surveys only
            await session.refresh(task)
            if not task.open:
                raise Conflict("该回访任务已处理", code="callback_finished")
            if result not in OUTCOMES_OF[task.kind]:
                raise InvalidInput("outcome", "可选:" + "、".join(sorted(OUTCOMES_OF[task.kind])))
            await self._finish(
                self._climb(session, survey), task, actor, result, reason, explained=explained, note=note
            )
        return survey_view(survey)

    async def _finish(
        self,
        climb: Climb,
        task: CallbackTask,
        actor: Actor,
        result: CallbackOutcome,
        reason: str | None,
        *,
        explained: bool,
        note: str | None,
    ) -> None:
        if result is CallbackOutcome.UNREACHABLE:
            await self._failed_try(climb, task, actor)
            return
        task.open, task.finished_at, task.outcome = False, climb.now, result
        task.actor_id, task.reason, task.note = actor.account_id, reason, Personal.of(note)
        if task.kind == "verify":
            at_fault = result is CallbackOutcome.AT_FAULT
            await climb.take(judge_verification(self._rules, climb.survey.round, at_fault=at_fault))
            return
        answer = Answer(Rating(result.value), climb.survey.category, climb.survey.round, reason, explained)
        await climb.rate(answer.rating, climb.now)
        event = judge(self._rules, answer)
        await climb.take(event, excluded=is_excluded(self._rules, answer))
        if event is SurveyEvent.MUST_VERIFY:
            climb.open_task("verify", "dissatisfied")

    async def _failed_try(self, climb: Climb, task: CallbackTask, actor: Actor) -> None:
        climb.session.add(CallbackTry(id=new_id(), task_id=task.id, at=climb.now, actor_id=actor.account_id))
        await climb.session.flush()
        days = [row.at.astimezone(LOCAL).date() for row in await repository.tries(climb.session, task.id)]
        await climb.take(after_failed_try(self._rules, days))

    def _climb(self, session: AsyncSession, survey: Survey) -> Climb:
        return Climb(session, survey, self._clock.now(), self._texts, self._hotline)


def _fingerprint(sender: Personal, text: str, at: datetime) -> str:
    whole = f"{sender.reveal()}\n{text}\n{at.isoformat()}"
    return "reply:" + hashlib.sha256(whole.encode()).hexdigest()
