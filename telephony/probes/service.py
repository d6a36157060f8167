"""Use cases of probe calls: make a round, keep results, report, tell when a number fails."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.clock import Clock
from core.database import Database
from core.ids import new_id
from telephony.phones.g711 import Pcm
from telephony.phones.sound import write_wav
from telephony.probes import repository
from telephony.probes.caller import Line, Measured, Outcome, Target, call
from telephony.probes.known import OwnAnnouncements
from telephony.probes.listening import Heard, Listened, SpeechDetector, is_quiet_now, listen
from telephony.probes.model import ProbeResult

FOLDER = "probes"
_SPOKEN = frozenset({Heard.PERSON, Heard.ANNOUNCEMENT, Heard.OWN_ANNOUNCEMENT})
_MOST = 5000


@dataclass(frozen=True, slots=True)
class ProbeView:
    """One result as it is shown."""

    id: str
    number: str
    name: str
    trunk: str
    at: datetime
    outcome: Outcome
    answer_ms: int | None
    heard: str
    speech_ms: int
    recording: str
    passed: bool


@dataclass(frozen=True, slots=True)
class NumberReport:
    """All results of one number in a period."""

    number: str
    name: str
    calls: int
    answered: int
    passed: int
    persons: int
    """Calls in which a person was heard."""
    mean_answer_ms: int | None
    last: ProbeView


class ProbeService:
    """Probe calls of one centre.

    Args:
        database: holds results.
        clock: dates them.
        home: data directory; what was heard is kept under `probes/`.
        alarm: called with each result that did not pass.
        own: announcements of our switch, passed over at numbers of ours.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        home: Path,
        alarm: Callable[[ProbeView], Awaitable[None]] | None = None,
        own: OwnAnnouncements | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._home = home
        self._alarm = alarm
        self._own = own

    async def probe(
        self, line: Line, target: Target, detect: SpeechDetector, round_id: str, progress: Callable[[ProbeView], None]
    ) -> ProbeView:
        """Make one call and keep its result.

        Raises:
            PartUnavailable: our own phone cannot register, or the database is away.
        """
        at, result_id = self._clock.now(), new_id()
        own = None if target.trunk else self._own

        def somebody(samples: Pcm) -> bool:
            return is_quiet_now(samples) and listen(samples, detect, own).heard is Heard.PERSON

        measured = await call(line, target, somebody)
        answered = measured.outcome is Outcome.ANSWERED
        listened = await asyncio.to_thread(listen, measured.samples, detect, own) if answered else None
        view = self._view(result_id, target, at, measured, listened)
        if view.recording:
            path = self._home / view.recording
            path.parent.mkdir(parents=True, exist_ok=True)
            write_wav(path, measured.samples)
        async with self._database.transaction() as session:
            session.add(_row(view, round_id))
        progress(view)
        if not view.passed and self._alarm is not None:
            await self._alarm(view)
        return view

    def _view(
        self, result_id: str, target: Target, at: datetime, measured: Measured, listened: Listened | None
    ) -> ProbeView:
        passed = listened is not None and listened.heard in _SPOKEN
        return ProbeView(
            result_id,
            target.number,
            target.name,
            target.trunk,
            at,
            measured.outcome,
            measured.answer_ms,
            "" if listened is None else listened.heard.value,
            0 if listened is None else listened.speech_ms,
            f"{FOLDER}/{result_id}.wav" if len(measured.samples) else "",
            passed,
        )

    async def last_at(self) -> datetime | None:
        """Return when the last probe call was made."""
        async with self._database.reading() as session:
            return await repository.last_at(session)

    async def results(self, days: int, number: str | None = None) -> list[ProbeView]:
        """Return the results of the last days, newest first."""
        begin = self._clock.now() - timedelta(days=days)
        async with self._database.reading() as session:
            return [_shown(row) for row in await repository.since(session, begin, number, _MOST)]

    async def report(self, days: int) -> list[NumberReport]:
        """Return the results of the last days by number."""
        by_number: dict[str, list[ProbeView]] = defaultdict(list)
        for view in await self.results(days):
            by_number[view.number].append(view)
        return [_summed(views) for _, views in sorted(by_number.items(), key=lambda item: (len(item[0]), item[0]))]

    async def forget(self, days: int) -> None:
        """Erase results older than `days`, with what was heard."""
        end = self._clock.now() - timedelta(days=days)
        async with self._database.transaction() as session:
            for row in await repository.before(session, end):
                if row.recording:
                    (self._home / row.recording).unlink(missing_ok=True)
            await repository.forget(session, end)


def _summed(views: Sequence[ProbeView]) -> NumberReport:
    """Sum up the results of one number; newest first."""
    waits = [view.answer_ms for view in views if view.answer_ms is not None]
    return NumberReport(
        views[0].number,
        views[0].name,
        len(views),
        len(waits),
        sum(view.passed for view in views),
        sum(view.heard == Heard.PERSON for view in views),
        round(sum(waits) / len(waits)) if waits else None,
        views[0],
    )


def _row(view: ProbeView, round_id: str) -> ProbeResult:
    return ProbeResult(
        id=view.id,
        round_id=round_id,
        number=view.number,
        name=view.name,
        trunk=view.trunk,
        at=view.at,
        outcome=view.outcome.value,
        answer_ms=view.answer_ms,
        heard=view.heard,
        speech_ms=view.speech_ms,
        recording=view.recording,
        passed=view.passed,
    )


def _shown(row: ProbeResult) -> ProbeView:
    return ProbeView(
        row.id,
        row.number,
        row.name,
        row.trunk,
        row.at,
        Outcome(row.outcome),
        row.answer_ms,
        row.heard,
        row.speech_ms,
        row.recording,
        row.passed,
    )
