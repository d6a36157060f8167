"""Taking custody: the legs of a finished call become one file, whatever is killed or full on the way."""

import asyncio
import math
from collections.abc import Collection
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import Database
from core.errors import NotFound, PartUnavailable
from core.outbox import enqueue
from core.wire import payload_of
from recordings import repository
from recordings.events import RECORDING_KEPT, RecordingKept
from recordings.files import Store
from recordings.lifecycle import RecordingEvent, RecordingState, after
from recordings.mixing import INCOMPLETE, SILENT_BELOW, Levels, TimeLine, lay_out, write_stereo
from recordings.model import Recording
from recordings.retention import RetentionRule, keep_until
from telephony.events import CallEndedMessage, LegRecorded

_log = structlog.get_logger(__name__)


class Custody:
    """The steps from legs to a kept file.

    Two transactions with the mixing between them: the first says that a recording is expected, so that one which
    cannot be kept now (full disk) is seen; the second says that it is kept.
    """

    def __init__(self, database: Database, clock: Clock, store: Store, rule: RetentionRule) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._rule = rule

    async def take(self, message: CallEndedMessage) -> Recording:
        """Turn the legs of a finished call into one file in custody, and delete the legs.

        May be called any number of times for one call, also after a kill at any point: the file gets its name only
        when it is whole on the disk, and the legs are deleted only when the database knows the file.

        Raises:
            PartUnavailable: disk full or refusing, database away; nothing is lost, call again.
        """
        async with self._database.transaction() as session:
            recording = await self._expected(session, message.call_id)
        if recording.state == RecordingState.INCOMING:
            _check_spool(message.legs)
            line = await asyncio.to_thread(lay_out, message.legs) if message.talked else None
            if line is None or not line.samples:
                recording = await self._note_nothing(message, line)
            else:
                recording = await self._keep(message.call_id, line)
        await asyncio.to_thread(self._clear_legs, message)
        return recording

    async def _expected(self, session: AsyncSession, call_id: str) -> Recording:
        found = await repository.for_call(session, call_id)
        if found is None:
            found = Recording(call_id=call_id, state=RecordingState.INCOMING, created_at=self._clock.now())
            session.add(found)
        return found

    async def _keep(self, call_id: str, line: TimeLine) -> Recording:
        relative = self._store.place_of(call_id, line.started_at)
        write = partial(self._store.write, call_id, relative, partial(write_stereo, line))
        levels, checksum = await asyncio.to_thread(write)
        now = self._clock.now()
        async with self._database.transaction() as session:
            recording = await self._locked(session, call_id)
            if recording.state != RecordingState.INCOMING:
                return recording
            recording.state = after(recording.state, RecordingEvent.TAKEN)
            recording.path, recording.sha256, recording.kept_at = relative, checksum, now
            _describe(recording, line, levels)
            recording.keep_until = keep_until(line.ended_at, self._rule)
            recording.keep_clause, recording.keep_basis = self._rule.clause, self._rule.basis
            told = RecordingKept(recording.id, call_id, line.seconds, recording.keep_until)
            await enqueue(session, topic=RECORDING_KEPT, key=recording.id, payload=payload_of(told), now=now)
        if recording.problems:
            tell = _log.error if any(problem.startswith(INCOMPLETE) for problem in line.problems) else _log.warning
            tell("recording kept with problems", call_id=call_id, problems=recording.problems)
        return recording

    async def _note_nothing(self, message: CallEndedMessage, line: TimeLine | None) -> Recording:
        async with self._database.transaction() as session:
            recording = await self._locked(session, message.call_id)
            if recording.state != RecordingState.INCOMING:
                return recording
            recording.state = after(recording.state, RecordingEvent.NOTHING_TO_KEEP)
            if message.talked:
                recording.problems = [*(line.problems if line else ()), "通话没有录音"]
                _log.error("a call that talked has no recording", call_id=message.call_id)
            else:
                recording.problems = [f"未通话,已删除 {len(message.legs)} 个录音片段"] if message.legs else []
        return recording

    async def _locked(self, session: AsyncSession, call_id: str) -> Recording:
        found = await repository.for_call_locked(session, call_id)
        if found is None:
            raise NotFound("录音", call_id)
        return found

    def _clear_legs(self, message: CallEndedMessage) -> None:
        damaged = _damaged(message.legs) if message.talked else []
        self._store.set_aside(message.call_id, [leg.path for leg in damaged])
        for leg in message.legs:
            try:
                leg.path.unlink(missing_ok=True)
            except OSError as error:
                raise PartUnavailable(
                    "recordings", f"无法删除录音片段({error.strerror})", remedy=f"修正 {leg.path.parent} 的权限"
                ) from error


def _check_spool(legs: Collection[LegRecorded]) -> None:
    # a directory that is not there is a mount that is not there: the files may come back with it
    for directory in {leg.path.parent for leg in legs}:
        if not directory.is_dir():
            raise PartUnavailable("recordings", f"录音片段目录不存在:{directory}", remedy="检查交换机目录是否已挂载")


def _damaged(legs: Collection[LegRecorded]) -> list[LegRecorded]:
    line = lay_out(list(legs))
    return list(line.damaged) if line else []


def _describe(recording: Recording, line: TimeLine, levels: Levels) -> None:
    caller, agent = levels.loudest
    recording.seconds = line.seconds
    recording.started_at, recording.ended_at = line.started_at, line.ended_at
    recording.channels = {"left": "caller", "right": "agent"}
    recording.caller_level, recording.agent_level = _finite(caller), _finite(agent)
    recording.caller_silent, recording.agent_silent = caller < SILENT_BELOW, agent < SILENT_BELOW
    recording.problems = [*line.problems, *_silences(recording)]


def _silences(recording: Recording) -> list[str]:
    heard = (("来电人", recording.caller_silent), ("话务员", recording.agent_silent))
    return [f"{name}声道没有声音" for name, silent in heard if silent]


def _finite(level: float) -> float:
    # databases have no minus infinity; 16 bit sound ends at -96 dBFS
    return round(level, 1) if math.isfinite(level) else -120.0
