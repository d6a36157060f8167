"""All queries of the speech room."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asr.model import Alarm, Correction, Suggestion, TranscriptDebt, TranscriptErasure, Utterance


async def utterance(session: AsyncSession, utterance_id: str) -> Utterance | None:
    """Return one utterance, or None."""
    return await session.get(Utterance, utterance_id)


async def utterances(session: AsyncSession, call_id: str) -> Sequence[Utterance]:
    """Return the utterances of a call in the order they began."""
    query = select(Utterance).where(Utterance.call_id == call_id).order_by(Utterance.started_at, Utterance.id)
    return (await session.scalars(query)).all()


async def delete_utterances(session: AsyncSession, call_id: str, ids: Iterable[str]) -> None:
    """Delete single utterances of a call."""
    await session.execute(delete(Utterance).where(Utterance.call_id == call_id, Utterance.id.in_(ids)))


async def legs_heard(session: AsyncSession, call_id: str) -> set[str]:
    """Return the ids of the legs of a call that have at least one utterance."""
    query = select(Utterance.leg_id).where(Utterance.call_id == call_id).distinct()
    return set((await session.scalars(query)).all())


async def suggestions(session: AsyncSession, call_id: str) -> Sequence[Suggestion]:
    """Return the standing proposals for a call's ticket."""
    query = select(Suggestion).where(Suggestion.call_id == call_id).order_by(Suggestion.field)
    return (await session.scalars(query)).all()


async def replace_suggestions(session: AsyncSession, call_id: str, rows: Iterable[Suggestion]) -> None:
    """Put `rows` in the place of the proposals a call has."""
    await session.execute(delete(Suggestion).where(Suggestion.call_id == call_id))
    session.add_all(rows)


async def erasure(session: AsyncSession, call_id: str) -> TranscriptErasure | None:
    """Return the record of the call's erasure, or None when its transcript was not erased."""
    return await session.scalar(select(TranscriptErasure).where(TranscriptErasure.call_id == call_id))


async def delete_call(session: AsyncSession, call_id: str) -> int:
    """Delete utterances and proposals of a call; return how many utterances there were."""
    query = select(func.count()).select_from(Utterance).where(Utterance.call_id == call_id)
    count = await session.scalar(query) or 0
    await session.execute(delete(Utterance).where(Utterance.call_id == call_id))
    for table in (Suggestion, Alarm, Correction):
        await session.execute(delete(table).where(table.call_id == call_id))
    return count


async def alarm_levels(session: AsyncSession, call_id: str) -> set[str]:
    """Return the levels at which an alarm was raised for a call."""
    return set((await session.scalars(select(Alarm.level).where(Alarm.call_id == call_id))).all())


async def alarms(session: AsyncSession, since: datetime, limit: int) -> Sequence[Alarm]:
    """Return alarms raised since an instant, newest first."""
    query = select(Alarm).where(Alarm.raised_at >= since).order_by(Alarm.raised_at.desc(), Alarm.id.desc())
    return (await session.scalars(query.limit(limit))).all()


async def alarm(session: AsyncSession, alarm_id: str, *, locked: bool = False) -> Alarm | None:
    """Return one alarm, or None; `locked`: nobody else changes it until the transaction ends."""
    return await session.get(Alarm, alarm_id, with_for_update=locked)


async def alarms_untaken(session: AsyncSession, told_before: datetime, most_told: int) -> Sequence[Alarm]:
    """Return alarms that nobody took, told last before an instant and less often than `most_told`, oldest first."""
    query = (
        select(Alarm)
        .where(Alarm.taken_by.is_(None), Alarm.told < most_told, Alarm.told_at <= told_before)
        .order_by(Alarm.raised_at, Alarm.id)
        .with_for_update()
    )
    return (await session.scalars(query)).all()


async def corrections(session: AsyncSession, call_id: str) -> Sequence[Correction]:
    """Return what became of the proposals of a call."""
    return (await session.scalars(select(Correction).where(Correction.call_id == call_id))).all()


async def outcomes(
    session: AsyncSession, since: datetime | None, until: datetime | None
) -> Sequence[tuple[str, str, int]]:
    """Return (field, outcome, how often) of the proposals judged in a period."""
    query = select(Correction.field, Correction.outcome, func.count()).group_by(Correction.field, Correction.outcome)
    if since is not None:
        query = query.where(Correction.judged_at >= since)
    if until is not None:
        query = query.where(Correction.judged_at < until)
    return [(field, outcome, count) for field, outcome, count in await session.execute(query)]


async def debt(session: AsyncSession, call_id: str) -> TranscriptDebt | None:
    """Return what is owed, or was, to the transcript of a call."""
    return await session.scalar(select(TranscriptDebt).where(TranscriptDebt.call_id == call_id))


async def owed(session: AsyncSession, most_attempts: int, limit: int) -> Sequence[TranscriptDebt]:
    """Return debts not done, those tried least and longest owed first."""
    query = (
        select(TranscriptDebt)
        .where(TranscriptDebt.done_at.is_(None), TranscriptDebt.attempts < most_attempts)
        .order_by(TranscriptDebt.attempts, TranscriptDebt.owed_at)
        .limit(limit)
    )
    return (await session.scalars(query)).all()
