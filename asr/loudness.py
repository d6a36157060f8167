"""Quiet lines made as loud as others: models hear best at the loudness they were trained on."""

import math

import numpy as np
import numpy.typing as npt

_WANTED = 0.1
"""Root mean square of speech (full scale 1) that quiet lines are raised to; louder ones stay as they are."""
_MOST = 8.0
"""Most a line is raised: 18 dB."""
_FIRST_GUESS = 0.02
_ATTACK = 0.3
_DECAY = 0.9985
"""A frame; at 32 ms the level halves in 15 s of softer speech."""
_SPEECH_SHARE = 0.1
"""Frames softer than this share of the level are pauses and tell nothing of how loud the speaker is."""
_HIGHEST = 32767.0


class Loudness:
    """Follows the loudness of one leg, from one utterance to the next. It looks only back, so nothing is delayed."""

    def __init__(self) -> None:
        self._level = _FIRST_GUESS

    def raised(self, frame: bytes) -> bytes:
        """Return a frame (s16le) at the wanted loudness."""
        if not frame:
            return frame
        samples: npt.NDArray[np.float32] = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        loudness = math.sqrt(float(np.dot(samples, samples)) / len(samples)) / 32768.0
        if loudness > self._level:
            self._level += _ATTACK * (loudness - self._level)
        elif loudness > _SPEECH_SHARE * self._level:
            self._level *= _DECAY
        gain = min(_MOST, _WANTED / self._level)
        if gain <= 1.0:
            return frame
        samples *= gain
        np.minimum(samples, _HIGHEST, out=samples)
        np.maximum(samples, -_HIGHEST, out=samples)
        return samples.astype("<i2").tobytes()
