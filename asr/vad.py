"""Voice activity in front of an engine: silence costs next to nothing, and utterances end where speech ends."""

from collections import deque
from dataclasses import dataclass, replace

from asr.loudness import Loudness
from asr.recogniser import Heard, Recogniser, RecogniserStream
from asr.voice import DEFAULT_VOICE, FRAME_BYTES, FRAME_MS, Voice, VoiceRules

_HEARD_AT_ONCE = 4
"""Frames given to the engine together: 128 ms."""
_TAIL_MS = 256
"""Silence that the engine hears; what follows is kept back until somebody speaks again or the utterance ends."""


@dataclass(frozen=True, slots=True)
class GateRules:
    """When speech begins and ends. Times in ms."""

    voice: VoiceRules = DEFAULT_VOICE
    lead_ms: int = 384
    """Sound before the first voiced frame that is given to the engine too, so that soft onsets are not cut."""
    hang_ms: int = 640
    """Silence that ends an utterance."""
    longest_ms: int = 25_000
    """An utterance is cut at this length even without a pause."""
    least_confidence: float = 0.25
    """Engines hear an 啊 or 哦 in pressed keys, and hardly believe it themselves (0.06 to 0.24)."""


DEFAULT_RULES = GateRules()


class GatedRecogniser:
    """A recogniser whose streams hear only the voiced stretches; each stretch is one utterance of the inner engine."""

    def __init__(self, inner: Recogniser, rules: GateRules = DEFAULT_RULES) -> None:
        self.inner = inner
        self._rules = rules

    @property
    def engine(self) -> str:
        """Name of the inner engine."""
        return self.inner.engine

    @property
    def model(self) -> str:
        """Name of the inner model."""
        return self.inner.model

    def open_stream(self) -> RecogniserStream:
        """Begin a stream at 0 ms."""
        return _GatedStream(self.inner, self._rules)


class _GatedStream:
    """Frames of 32 ms go through the detector; what is heard does not depend on how the sound was cut into pieces."""

    def __init__(self, inner: Recogniser, rules: GateRules) -> None:
        self._inner = inner
        self._rules = rules
        self._voice = Voice(rules.voice)
        self._loudness = Loudness()
        self._pending = bytearray()
        self._lead: deque[bytes] = deque(maxlen=rules.lead_ms // FRAME_MS)
        self._held = bytearray()
        """Sound of the open utterance that the engine was not given yet."""
        self._open: RecogniserStream | None = None
        self._opened_ms = 0
        self._now_ms = 0
        self._silence_ms = 0

    def accept(self, pcm: bytes) -> list[Heard]:
        self._pending += pcm
        heard: list[Heard] = []
        whole = len(self._pending) - len(self._pending) % FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            heard += self._frame(bytes(self._pending[start : start + FRAME_BYTES]))
        del self._pending[:whole]
        # after the loop: a long piece, which comes when the machine is behind, costs one look for a partial
        if self._is_due():
            heard += self._hear()
        return _latest_partials(self._believed(heard))

    def finish(self) -> list[Heard]:
        if self._pending and self._open is not None:
            self._held += self._pending
            self._pending.clear()
        return self._believed(self._close())

    def _frame(self, frame: bytes) -> list[Heard]:
        self._now_ms += FRAME_MS
        frame = self._loudness.raised(frame)
        if self._open is None:
            self._lead.append(frame)
            return self._begin() if self._voice.begins(frame) else []
        self._silence_ms = 0 if self._voice.goes_on(frame) else self._silence_ms + FRAME_MS
        self._held += frame
        if self._silence_ms == _TAIL_MS:
            return self._hear()
        too_long = self._now_ms - self._opened_ms >= self._rules.longest_ms
        return self._close() if self._silence_ms >= self._rules.hang_ms or too_long else []

    def _is_due(self) -> bool:
        is_enough = len(self._held) >= _HEARD_AT_ONCE * FRAME_BYTES
        return self._open is not None and is_enough and self._silence_ms < _TAIL_MS

    def _begin(self) -> list[Heard]:
        self._open = self._inner.open_stream()
        self._opened_ms = self._now_ms - len(self._lead) * FRAME_MS
        self._silence_ms = 0
        self._held += b"".join(self._lead)
        self._lead.clear()
        return []

    def _hear(self) -> list[Heard]:
        assert self._open is not None
        held = bytes(self._held)
        self._held.clear()
        return [self._placed(heard) for heard in self._open.accept(held)]

    def _close(self) -> list[Heard]:
        if self._open is None:
            return []
        beyond = max(0, self._silence_ms - _TAIL_MS) // FRAME_MS * FRAME_BYTES
        del self._held[max(0, len(self._held) - beyond) :]
        heard = [one for one in self._hear() if one.final] if self._held else []
        heard += [self._placed(one) for one in self._open.finish()]
        self._open = None
        return heard

    def _believed(self, heard: list[Heard]) -> list[Heard]:
        least = self._rules.least_confidence
        # partials of some engines have no confidence: 0
        return [one for one in heard if one.confidence >= least or not (one.final or one.confidence)]

    def _placed(self, heard: Heard) -> Heard:
        by = self._opened_ms
        words = tuple(replace(w, start_ms=w.start_ms + by, end_ms=w.end_ms + by) for w in heard.words)
        return replace(heard, start_ms=heard.start_ms + by, end_ms=heard.end_ms + by, words=words)


def _latest_partials(heard: list[Heard]) -> list[Heard]:
    """Of partials in a row only the last tells anything."""
    return [one for index, one in enumerate(heard) if one.final or index + 1 == len(heard) or heard[index + 1].final]
