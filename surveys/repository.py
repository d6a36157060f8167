"""All queries of the surveys room."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.personal import Personal
from surveys.ladder import SurveyState
from surveys.model import CallbackTask, CallbackTry, SmsMessage, SmsReply, Survey

_ANSWERABLE = (SurveyState.ASKED, SurveyState.CALLING)


async def locked_survey(session: AsyncSession, survey_id: str) -> Survey | None:
    """Return a survey and keep others from changing it until the transaction ends."""
    return (await session.execute(select(Survey).where(Survey.id == survey_id).with_for_update())).scalar_one_or_none()


async def surveys_of(session: AsyncSession, ticket_id: str, *, lock: bool = False) -> Sequence[Survey]:
    """Return the surveys of a ticket by round; `lock` keeps others from changing them."""
    query = select(Survey).where(Survey.ticket_id == ticket_id).order_by(Survey.round)
    if lock:
        query = query.with_for_update()
    return (await session.execute(query)).scalars().all()


async def answerable(session: AsyncSession, mobile: Personal, number: str | None) -> Survey | None:
    """Return the survey a reply from `mobile` is about: the one named by `number`, else the latest asked; locked."""
    query = select(Survey).where(Survey.mobile_hash == mobile, Survey.state.in_(_ANSWERABLE))
    if number:
        query = query.where(Survey.number == number)
    query = query.order_by(Survey.opened_at.desc(), Survey.id.desc()).limit(1).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def unanswered_ids(session: AsyncSession, now: datetime, limit: int) -> Sequence[str]:
    """Return surveys whose wait for a reply has ended; found by index."""
    query = select(Survey.id).where(Survey.state == SurveyState.ASKED, Survey.answer_due_at <= now)
    return (await session.execute(query.order_by(Survey.answer_due_at).limit(limit))).scalars().all()


async def received(session: AsyncSession, message_id: str) -> bool:
    """Tell whether this incoming message was handled before."""
    return bool((await session.execute(select(exists().where(SmsReply.message_id == message_id)))).scalar())


async def message_keyed(session: AsyncSession, key: str) -> SmsMessage | None:
    """Return the outgoing message with this key."""
    return (await session.execute(select(SmsMessage).where(SmsMessage.key == key))).scalar_one_or_none()


async def message(session: AsyncSession, message_id: str) -> SmsMessage | None:
    """Return an outgoing message."""
    return await session.get(SmsMessage, message_id)


async def task(session: AsyncSession, task_id: str) -> CallbackTask | None:
    """Return a callback task."""
    return await session.get(CallbackTask, task_id)


async def tasks(
    session: AsyncSession, *, only_open: bool, ticket_id: str | None, after: str | None, limit: int
) -> Sequence[CallbackTask]:
    """Return callback tasks, oldest first, that come after `after`."""
    query = select(CallbackTask)
    if only_open:
        query = query.where(CallbackTask.open.is_(True))
    if ticket_id:
        query = query.where(CallbackTask.ticket_id == ticket_id)
    if after:
        query = query.where(CallbackTask.id > after)
    return (await session.execute(query.order_by(CallbackTask.id).limit(limit))).scalars().all()


async def open_tasks(session: AsyncSession, survey_id: str) -> Sequence[CallbackTask]:
    """Return the open tasks of a survey."""
    query = select(CallbackTask).where(CallbackTask.survey_id == survey_id, CallbackTask.open.is_(True))
    return (await session.execute(query)).scalars().all()


async def tries(session: AsyncSession, task_id: str) -> Sequence[CallbackTry]:
    """Return the failed tries of a task in order."""
    query = select(CallbackTry).where(CallbackTry.task_id == task_id).order_by(CallbackTry.at, CallbackTry.id)
    return (await session.execute(query)).scalars().all()
