"""Use cases of the recordings room: custody, playback, legal hold, erasure."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.clock import LOCAL, Clock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound, PartUnavailable, TransitionRefused
from core.outbox import enqueue
from core.wire import payload_of
from recordings import repository
from recordings.custody import Custody
from recordings.events import RECORDING_ERASED, RecordingErased
from recordings.files import Store
from recordings.lifecycle import RecordingEvent, RecordingState, after
from recordings.model import Recording, RecordingAccess, RecordingErasure
from recordings.retention import RetentionRule, may_be_erased
from telephony.events import CallEndedMessage

_log = structlog.get_logger(__name__)

StillNeeded = Callable[[Collection[str]], Awaitable[set[str]]]
"""Of these call ids, those whose recording others still need (an open ticket: AMB-31)."""


@dataclass(frozen=True, slots=True)
class Playback:
    """A recording opened for listening."""

    recording: Recording
    path: Path


@dataclass(slots=True)
class ErasureReport:
    """What a retention run did; lists of recording ids."""

    erased: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    """Due, but under legal hold."""
    needed: list[str] = field(default_factory=list)
    """Due, but still needed elsewhere."""
    failed: list[str] = field(default_factory=list)
    """Due, but the disk refused; the next run tries again."""


class RecordingService:
    """Custody of recordings.

    Args:
        database: the SQL database.
        clock: tells the present instant.
        directory: where recordings are kept.
        rule: how long, by which clause (from the regional profile).
        still_needed: asked before anything is erased.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        directory: Path,
        rule: RetentionRule,
        still_needed: StillNeeded | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = Store(directory)
        self._custody = Custody(database, clock, self._store, rule)
        self._still_needed = still_needed

    async def take_custody(self, message: CallEndedMessage) -> Recording:
        """Turn the legs of a finished call into one file in custody, and delete the legs.

        May be called any number of times for one call, also after a kill at any point: the file gets its name only
        when it is whole on the disk, and the legs are deleted only when the database knows the file.

        Raises:
            PartUnavailable: disk full or refusing, database away; nothing is lost, call again.
        """
        return await self._custody.take(message)

    async def get(self, recording_id: str) -> Recording:
        """Return a recording.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.reading() as session:
            return await repository.get(session, recording_id)

    async def for_call(self, call_id: str) -> Recording | None:
        """Return the recording of a call; None when there is none yet."""
        async with self._database.reading() as session:
            return await repository.for_call(session, call_id)

    async def accesses(self, recording_id: str) -> list[RecordingAccess]:
        """Return who listened to, held or released a recording, in order of time."""
        async with self._database.reading() as session:
            return await repository.accesses(session, recording_id)

    async def open_for_playback(
        self, recording_id: str, actor: Actor, reason: str, *, unmuted: bool = False
    ) -> Playback:
        """Return where the file is, and log who listens and why; `unmuted`: with what is muted for others.

        Raises:
            NotFound: there is no such recording, or no file (erased, never talked).
            InvalidInput: no reason is given.
            PartUnavailable: the file is missing from the disk.
        """
        async with self._database.transaction() as session:
            recording = await repository.get(session, recording_id)
            if recording.state != RecordingState.KEPT or recording.path is None:
                raise NotFound("录音文件", recording_id)
            path = self._store.resolve(recording.path)
            if not path.is_file():
                raise PartUnavailable("recordings", f"录音文件缺失:{recording.path}", remedy="从备份恢复录音目录")
            self._log_access(session, recording, "unmuted" if unmuted else "playback", actor, reason)
        return Playback(recording, path)

    async def hold(self, recording_id: str, actor: Actor, reason: str) -> Recording:
        """Put a legal hold on a recording: it is not erased until released.

        Raises:
            NotFound: there is no such recording.
            TransitionRefused: it is not in custody.
            InvalidInput: no reason is given.
        """
        async with self._database.transaction() as session:
            recording = await repository.get_locked(session, recording_id)
            recording.state = after(recording.state, RecordingEvent.HELD)
            self._log_access(session, recording, "held", actor, reason)
            recording.held, recording.hold_reason, recording.held_by = True, reason.strip(), actor.account_id
        return recording

    async def release(self, recording_id: str, actor: Actor, reason: str) -> Recording:
        """Lift the legal hold.

        Raises:
            NotFound: there is no such recording.
            TransitionRefused: it is not held.
            InvalidInput: no reason is given.
        """
        async with self._database.transaction() as session:
            recording = await repository.get_locked(session, recording_id)
            if not recording.held:
                raise TransitionRefused("录音", recording.state, RecordingEvent.RELEASED)
            recording.state = after(recording.state, RecordingEvent.RELEASED)
            self._log_access(session, recording, "released", actor, reason)
            recording.held, recording.hold_reason, recording.held_by = False, None, None
        return recording

    async def due(self, now: datetime) -> list[Recording]:
        """Return the recordings whose term is over at `now`, held ones included."""
        async with self._database.reading() as session:
            return await repository.kept_until_before(session, now.astimezone(LOCAL).date())

    async def erase_due(self, now: datetime, actor: Actor) -> ErasureReport:
        """Erase what is due at `now`, each with a record; held and needed recordings stay and are reported."""
        report = ErasureReport()
        due = await self.due(now)
        calls = {recording.call_id for recording in due}
        needed = await self._still_needed(calls) if self._still_needed and calls else set[str]()
        for recording in due:
            if recording.held:
                report.held.append(recording.id)
            elif recording.call_id in needed:
                report.needed.append(recording.id)
            else:
                await self._erase_into(report, recording.id, now, actor)
        return report

    async def erase(self, recording_id: str, now: datetime, actor: Actor) -> None:
        """Erase one recording whose term is over.

        The file goes first: a kill before the commit leaves a recording that is still due, and the next run ends it.

        Raises:
            NotFound: there is no such recording.
            Conflict: it is held, or must still be kept.
            TransitionRefused: it is not in custody.
            PartUnavailable: the disk refuses.
        """
        async with self._database.transaction() as session:
            recording = await repository.get_locked(session, recording_id)
            state = after(recording.state, RecordingEvent.ERASED)
            last_day = recording.keep_until
            if recording.held:
                raise Conflict("录音已被依法冻结,不得删除", code="recording_held")
            if last_day is None or not may_be_erased(last_day, now, held=recording.held):
                raise Conflict(f"录音应保存至 {last_day}({recording.keep_clause})", code="recording_must_be_kept")
            if recording.path is not None and not await asyncio.to_thread(self._store.remove, recording.path):
                _log.warning("the file of a recording to erase was gone", recording_id=recording.id)
            clause = recording.keep_clause or ""
            session.add(
                RecordingErasure(
                    recording_id=recording.id,
                    call_id=recording.call_id,
                    sha256=recording.sha256,
                    kept_until=last_day,
                    clause=clause,
                    actor_id=actor.account_id,
                    at=now,
                )
            )
            recording.state, recording.path, recording.erased_at = state, None, now
            told = RecordingErased(recording.id, recording.call_id, clause)
            await enqueue(session, topic=RECORDING_ERASED, key=recording.id, payload=payload_of(told), now=now)

    async def _erase_into(self, report: ErasureReport, recording_id: str, now: datetime, actor: Actor) -> None:
        try:
            await self.erase(recording_id, now, actor)
        except PartUnavailable as error:
            _log.error("recording not erased", recording_id=recording_id, problem=error.problem, remedy=error.remedy)
            report.failed.append(recording_id)
        except Conflict:
            # held by somebody between the list and now
            report.held.append(recording_id)
        else:
            report.erased.append(recording_id)

    def _log_access(self, session: AsyncSession, recording: Recording, kind: str, actor: Actor, reason: str) -> None:
        if not reason.strip():
            raise InvalidInput("reason", "必须说明理由")
        session.add(
            RecordingAccess(
                recording_id=recording.id,
                kind=kind,
                actor_id=actor.account_id,
                role=actor.role,
                reason=reason.strip(),
                at=self._clock.now(),
            )
        )
