"""Checks that what was recorded is what was spoken: loudness envelopes compared by cross-correlation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

_FRAME_SECONDS = 0.02
_RATE = 8000
_FRAME = int(_RATE * _FRAME_SECONDS)


@dataclass(frozen=True, slots=True)
class Match:
    """How well a spoken file is found in a recorded track."""

    correlation: float
    """Normalised cross-correlation of the loudness envelopes at the best lag: 1 is the same, 0 unrelated."""
    at_seconds: float
    """Where in the track the spoken file begins."""


def track(path: Path, channel: int = 0) -> NDArray[np.float32]:
    """Return one channel of an audio file as 8 kHz float samples."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples[:, channel]
    return np.asarray(mono if rate == _RATE else soxr.resample(mono, rate, _RATE), dtype=np.float32)


def envelope(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the RMS of each 20 ms frame."""
    frames = len(samples) // _FRAME
    blocks = samples[: frames * _FRAME].reshape(frames, _FRAME).astype(np.float64)
    return np.asarray(np.sqrt((blocks**2).mean(axis=1)))


def find(spoken: NDArray[np.float32], recorded: NDArray[np.float32]) -> Match:
    """Find `spoken` in `recorded` (both 8 kHz) by their loudness envelopes."""
    needle, hay = envelope(spoken), envelope(recorded)
    if len(needle) == 0 or len(hay) < len(needle) // 2:
        return Match(0.0, 0.0)
    # padded at the end: the last word may be cut by the hang-up
    hay = np.concatenate([hay, np.zeros(max(0, len(needle) - len(hay)) + len(needle) // 10)])
    needle = needle - needle.mean()
    window = np.ones(len(needle))
    sums = np.correlate(hay, window, "valid")
    squares = np.correlate(hay**2, window, "valid")
    spread = np.sqrt(np.maximum(squares - sums**2 / len(needle), 1e-12))
    scores = np.correlate(hay, needle, "valid") / (spread * (np.sqrt((needle**2).sum()) + 1e-12))
    best = int(scores.argmax())
    return Match(float(scores[best]), best * _FRAME_SECONDS)
