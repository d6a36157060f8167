"""Writes what the ladder decides: states, ratings, tasks, and what the other rooms are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.outbox import enqueue
from core.personal import Personal
from core.wire import payload_of
from surveys import repository
from surveys.events import SMS_SEND, SURVEY_DECIDED, SURVEY_RATED, Rating, SurveyDecided, SurveyRated
from surveys.ladder import SurveyEvent, SurveyState, step
from surveys.model import CallbackTask, SmsMessage, Survey


@dataclass(frozen=True, slots=True)
class Climb:
    """A survey that is being changed in one transaction."""

    session: AsyncSession
    survey: Survey
    now: datetime
    texts: Mapping[str, str]
    hotline: str

    async def take(self, event: SurveyEvent, *, excluded: bool = False) -> None:
        """Take a transition; when it settles the survey, close its tasks and tell the step."""
        survey = self.survey
        rung = step(SurveyState(survey.state), event)
        survey.state = rung.to
        if rung.to is not SurveyState.ASKED:
            survey.answer_due_at = None
        if rung.to is not SurveyState.SETTLED:
            return
        survey.settled_at, survey.step, survey.excluded = self.now, rung.step, excluded
        for task in await repository.open_tasks(self.session, survey.id):
            task.open, task.finished_at, task.outcome = False, self.now, task.outcome or event.value
        if rung.step is not None:
            decided = SurveyDecided(
                survey_id=survey.id, ticket_id=survey.ticket_id, round=survey.round, step=rung.step,
                excluded=excluded, at=self.now,
            )  # fmt: skip
            await enqueue(self.session, topic=SURVEY_DECIDED, key=survey.id, payload=payload_of(decided), now=self.now)

    async def rate(self, rating: Rating, at: datetime) -> None:
        """Keep a rating and tell it."""
        survey = self.survey
        survey.rating, survey.rated_at = rating, at
        rated = SurveyRated(
            survey_id=survey.id, ticket_id=survey.ticket_id, round=survey.round, rating=rating, at=self.now
        )
        key = f"{survey.id}:{rating}"
        await enqueue(self.session, topic=SURVEY_RATED, key=key, payload=payload_of(rated), now=self.now)

    def open_task(self, kind: str, cause: str) -> None:
        """Open a task for the callback post."""
        survey = self.survey
        self.session.add(
            CallbackTask(
                id=new_id(), survey_id=survey.id, ticket_id=survey.ticket_id, number=survey.number,
                round=survey.round, kind=kind, cause=cause, open=True, opened_at=self.now,
            )
        )  # fmt: skip

    async def text(self, kind: str, key: str, to: Personal) -> None:
        """Queue a text message about the survey."""
        survey = self.survey
        words = self.texts[kind].format(hotline=self.hotline, number=survey.number)
        await queue_sms(self.session, self.now, kind, key, to, words, ticket_id=survey.ticket_id, survey_id=survey.id)


async def queue_sms(
    session: AsyncSession,
    now: datetime,
    kind: str,
    key: str,
    to: Personal,
    words: str,
    *,
    ticket_id: str,
    survey_id: str | None,
) -> None:
    """Store a message and have the outbox send it; the same key twice is one message."""
    if await repository.message_keyed(session, key) is not None:
        return
    row = SmsMessage(
        id=new_id(), key=key, kind=kind, ticket_id=ticket_id, survey_id=survey_id, to=to, text=Personal(words),
        queued_at=now,
    )  # fmt: skip
    session.add(row)
    await enqueue(session, topic=SMS_SEND, key=key, payload={"message_id": row.id}, now=now)
