"""All queries on recordings."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from recordings.lifecycle import RecordingState
from recordings.model import Recording, RecordingAccess


async def for_call(session: AsyncSession, call_id: str) -> Recording | None:
    """Return the recording of a call; None when the call has none yet."""
    return await session.scalar(select(Recording).where(Recording.call_id == call_id))


async def for_call_locked(session: AsyncSession, call_id: str) -> Recording | None:
    """Return the recording of a call, held until the transaction ends."""
    return await session.scalar(select(Recording).where(Recording.call_id == call_id).with_for_update())


async def get(session: AsyncSession, recording_id: str) -> Recording:
    """Return a recording.

    Raises:
        NotFound: there is none with this id.
    """
    found = await session.get(Recording, recording_id)
    if found is None:
        raise NotFound("录音", recording_id)
    return found


async def get_locked(session: AsyncSession, recording_id: str) -> Recording:
    """Return a recording, held until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    found = await session.get(Recording, recording_id, with_for_update=True)
    if found is None:
        raise NotFound("录音", recording_id)
    return found


async def kept_until_before(session: AsyncSession, day: date) -> list[Recording]:
    """Return the recordings in custody whose last day lies before `day`, oldest first; held ones too."""
    rows = await session.scalars(
        select(Recording)
        .where(Recording.state == RecordingState.KEPT, Recording.keep_until < day)
        .order_by(Recording.keep_until, Recording.id)
    )
    return list(rows)


async def accesses(session: AsyncSession, recording_id: str) -> list[RecordingAccess]:
    """Return who listened, held or released, in order of time."""
    rows = await session.scalars(
        select(RecordingAccess).where(RecordingAccess.recording_id == recording_id).order_by(RecordingAccess.id)
    )
    return list(rows)
