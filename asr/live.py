"""Live transcripts: taps give sound, this gives partials and finals with speaker and instants."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from asr.events import PartialHeard, UtteranceHeard
from asr.instants import Instants
from asr.prefill.written import written
from asr.private import number_spans
from asr.recogniser import BYTES_PER_MS, Heard, Recogniser
from core.ids import new_id
from core.personal import Personal

log = structlog.get_logger(__name__)

_LATE_MS = 1500
"""Sound waiting beyond this is overload: partials are dropped until the stream has caught up."""
_MUCH_LOST_MS = 500
"""Sound left out of a tap that is worth a line in the log."""
_SAMPLE_BYTES = 2
_PIECE_MS = 1000
"""Most sound given to the engine at once, so that one leg does not hold a thread for long."""


@dataclass(frozen=True, slots=True)
class TappedLeg:
    """A leg whose sound is tapped. `started_at`: the instant of the first sample."""

    call_id: str
    leg_id: str
    speaker: str
    """`caller`, `agent` or `hotline`."""
    started_at: datetime


@dataclass(slots=True)
class LiveCounters:
    """What the speech process counts; exported by whoever serves metrics."""

    legs: int = 0
    """Legs in recognition now."""
    finals: int = 0
    partials: int = 0
    partials_dropped: int = 0
    """Partials held back because the engine was behind: the sign of overload. Finals are never dropped."""
    most_behind_ms: int = 0
    """Longest stretch of sound that ever waited for the engine."""
    lost_ms: int = 0
    """Sound that the switch left out of taps because it was too busy; it is in the recording."""


class LiveTranscriber:
    """Runs recognition of many legs on a pool of threads.

    Args:
        recogniser: best one wrapped in `asr.vad.GatedRecogniser`, so that silence costs nothing.
        executor: threads for the engine; as many as cores.
        late_ms: sound waiting beyond this drops partials.
    """

    def __init__(self, recogniser: Recogniser, executor: Executor, *, late_ms: int = _LATE_MS) -> None:
        self._recogniser = recogniser
        self._executor = executor
        self._late_ms = late_ms
        self.counters = LiveCounters()
        self._behind: set[_Sound] = set()

    @property
    def is_behind(self) -> bool:
        """True while a leg's sound waits so long that partials are dropped."""
        return bool(self._behind)

    async def run(self, leg: TappedLeg, audio: AsyncIterator[bytes]) -> AsyncIterator[PartialHeard | UtteranceHeard]:
        """Recognise one leg until its sound ends.

        Args:
            leg: whose sound it is.
            audio: 16 kHz s16le mono in pieces of any length.

        Yields:
            Partials (while the engine keeps up) and every final.
        """
        instants = Instants(leg.started_at)
        queue = _Sound(instants)
        feeder = asyncio.create_task(queue.fill(audio))
        self.counters.legs += 1
        try:
            async for heard in self._understand(queue):
                yield _event_of(leg, heard, instants)
            await feeder
        finally:
            self._behind.discard(queue)
            self.counters.legs -= 1
            feeder.cancel()
            self._note_lost(leg, instants.lost_ms)

    async def _understand(self, sound: "_Sound") -> AsyncIterator[Heard]:
        loop = asyncio.get_running_loop()
        stream = await loop.run_in_executor(self._executor, self._recogniser.open_stream)
        while (piece := await sound.take()) is not None:
            for heard in await loop.run_in_executor(self._executor, stream.accept, piece):
                if self._passes(heard, sound.waiting_ms):
                    yield heard
            self._note(sound)
        for heard in await loop.run_in_executor(self._executor, stream.finish):
            self.counters.finals += heard.final
            if heard.final:
                yield heard

    def _note(self, sound: "_Sound") -> None:
        """Say it when overload begins and when it is over."""
        if sound.waiting_ms > self._late_ms:
            if not self._behind:
                log.warning(
                    "speech_overloaded", legs=self.counters.legs, remedy="增加 speech 进程或处理器;完整转写不受影响"
                )
            self._behind.add(sound)
        elif sound in self._behind:
            self._behind.discard(sound)
            if not self._behind:
                log.info("speech_caught_up", partials_dropped=self.counters.partials_dropped)

    def _note_lost(self, leg: TappedLeg, lost_ms: int) -> None:
        self.counters.lost_ms += lost_ms
        if lost_ms >= _MUCH_LOST_MS:
            remedy = "交换机繁忙,通话结束后由录音补全"
            log.warning("tap_left_out_sound", call_id=leg.call_id, leg_id=leg.leg_id, lost_ms=lost_ms, remedy=remedy)

    def _passes(self, heard: Heard, behind_ms: int) -> bool:
        self.counters.most_behind_ms = max(self.counters.most_behind_ms, behind_ms)
        if heard.final:
            self.counters.finals += 1
            return True
        if behind_ms > self._late_ms:
            self.counters.partials_dropped += 1
            return False
        self.counters.partials += 1
        return True


class _Sound:
    """Sound that came and was not yet recognised. Unbounded on purpose: finals are never dropped (115 MB an hour)."""

    def __init__(self, instants: Instants) -> None:
        self._instants = instants
        self._came_bytes = 0
        self._bytes = bytearray()
        self._more = asyncio.Event()
        self._ended = False

    @property
    def waiting_ms(self) -> int:
        return len(self._bytes) // BYTES_PER_MS

    async def fill(self, audio: AsyncIterator[bytes]) -> None:
        now = asyncio.get_running_loop().time
        try:
            async for piece in audio:
                self._bytes += piece
                self._came_bytes += len(piece)
                self._instants.arrived(self._came_bytes // BYTES_PER_MS, now())
                self._more.set()
        finally:
            self._ended = True
            self._more.set()

    async def take(self) -> bytes | None:
        """Wait for sound; None when there will be no more."""
        while len(self._bytes) < _SAMPLE_BYTES and not self._ended:
            self._more.clear()
            await self._more.wait()
        # a tap may cut a sample in two: only whole samples leave
        length = min(len(self._bytes) & ~1, _PIECE_MS * BYTES_PER_MS)
        piece = bytes(self._bytes[:length])
        del self._bytes[:length]
        return piece or None


def utterance_of(leg: TappedLeg, heard: Heard, instants: Instants | None = None) -> UtteranceHeard:
    """Return a final as an utterance of a leg, with an id of its own.

    Args:
        leg: who said it.
        heard: what was said.
        instants: where the stream lies in time; None: without a gap from the leg's beginning on.

    Its length is that of the sound that was heard: shorter than what was said, where sound was left out.
    """
    began = (instants or Instants(leg.started_at)).at(heard.start_ms)
    return UtteranceHeard(
        utterance_id=new_id(),
        call_id=leg.call_id,
        leg_id=leg.leg_id,
        speaker=leg.speaker,
        # numbers as one writes them: so they are masked in view like typed ones
        text=Personal(written(heard.text)),
        started_at=began,
        ended_at=began + timedelta(milliseconds=heard.end_ms - heard.start_ms),
        confidence=heard.confidence,
        numbers=number_spans(heard),
    )


def _event_of(leg: TappedLeg, heard: Heard, instants: Instants) -> PartialHeard | UtteranceHeard:
    if heard.final:
        return utterance_of(leg, heard, instants)
    return PartialHeard(leg.call_id, leg.leg_id, leg.speaker, Personal(heard.text), instants.at(heard.end_ms))
