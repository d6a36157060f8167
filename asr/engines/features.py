"""Filter-bank features as k2's models were trained on (Kaldi's `fbank`), computed as the sound comes.

Computed here and not by kaldi-native-fbank, whose Python binding takes sound as a list of floats and gives one frame
at a time: that cost a twentieth of recognition. `tests/asr/test_features.py` compares the two.
"""

import numpy as np
import numpy.typing as npt

from asr.recogniser import SAMPLE_RATE

Floats = npt.NDArray[np.float32]
_BINS = 80
_FRAME, _SHIFT, _FFT = 400, 160, 512
"""Samples of a frame (25 ms), between two frames (10 ms), and of the transform."""
_BEFORE = _FRAME // 2 - _SHIFT // 2
"""Samples that the first frame begins before the sound: Kaldi's `snip_edges = false` mirrors the sound there."""
_LOW_HZ = 20.0
_HIGH_HZ = SAMPLE_RATE / 2 - 400.0
"""Below the half of the sample rate, as in k2's recipes."""
_PREEMPHASIS = np.float32(0.97)
_EPSILON = np.finfo(np.float32).eps
_NOISE = 0.0003
"""Standard deviation of the noise floor laid under all sound (full scale 1). Telephone exchanges, mute buttons and
cut files give digital silence, which no training sound had: the model then invents words (今天, 谢谢) at the edges."""
_SEED = 12345
_FLOOR = np.random.default_rng(_SEED).standard_normal(SAMPLE_RATE).astype(np.float32) * np.float32(_NOISE)


def _mel(hertz: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(hertz) / 700.0))


def _bank() -> Floats:
    """Return the triangles of the mel filters, a column each."""
    bins = _mel(np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT)
    low, high = float(_mel(_LOW_HZ)), float(_mel(_HIGH_HZ))
    width = (high - low) / (_BINS + 1)
    rising = (bins[:, None] - (low + np.arange(_BINS) * width)) / width
    triangles = np.maximum(0.0, np.minimum(rising, 2.0 - rising))
    triangles[-1] = 0.0  # Kaldi leaves out half of the sample rate itself
    return np.asarray(triangles, dtype=np.float32)


def _parts(bank: Floats) -> list[tuple[slice, Floats]]:
    """Return the filters in groups, each with the part of the spectrum that it looks at.

    Fewer multiplications, and each product is so small that no BLAS starts threads for it.
    """
    groups = [bank[:, first : first + _GROUP] for first in range(0, _BINS, _GROUP)]
    looked = [np.flatnonzero(group.any(axis=1)) for group in groups]
    return [
        (slice(rows[0], rows[-1] + 1), np.ascontiguousarray(group[rows[0] : rows[-1] + 1]))
        for rows, group in zip(looked, groups, strict=True)
    ]


_GROUP = 20
_PARTS = _parts(_bank())
_WINDOW = ((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FRAME) / (_FRAME - 1))) ** 0.85).astype(np.float32)
"""Povey's window."""


class Features:
    """Features of one utterance."""

    def __init__(self) -> None:
        self._sound = np.zeros(0, dtype=np.float32)
        """From the beginning of the next frame on."""
        self._frames = np.zeros((0, _BINS), dtype=np.float32)
        """Those not given out yet."""
        self._samples = 0

    def hear(self, samples: Floats) -> None:
        """Take the next piece of sound, -1 to 1 at 16 kHz."""
        begin = self._samples % SAMPLE_RATE
        floor = np.take(_FLOOR, np.arange(begin, begin + len(samples)), mode="wrap")
        sound = np.concatenate([self._sound, samples + floor])
        if self._samples < _BEFORE <= self._samples + len(samples):
            sound = np.concatenate([sound[:_BEFORE][::-1], sound])
        self._samples += len(samples)
        self._sound = sound

    def end(self) -> None:
        """No more sound will come: what is left is mirrored at its end, so that no frame is lost."""
        if self._samples < _BEFORE:
            return
        missing = (self._samples + _SHIFT // 2) // _SHIFT * _SHIFT + _FRAME - _SHIFT - _BEFORE - self._samples
        if missing > 0:
            self._sound = np.concatenate([self._sound, self._sound[::-1][:missing]])

    def next(self, window: int, step: int) -> Floats | None:
        """Return the next `window` frames and move on by `step`; None until they are there."""
        if len(self._frames) < window:
            # many at once: a frame alone costs as much as ten
            ready = 1 + (len(self._sound) - _FRAME) // _SHIFT if self._samples >= _BEFORE else 0
            if len(self._frames) + ready < window:
                return None
            self._take(ready)
        frames = self._frames[:window]
        self._frames = self._frames[step:]
        return frames

    def _take(self, count: int) -> None:
        frames = np.lib.stride_tricks.sliding_window_view(self._sound, _FRAME)[: count * _SHIFT : _SHIFT]
        self._frames = np.concatenate([self._frames, _filtered(frames)])
        self._sound = self._sound[count * _SHIFT :]


def _filtered(frames: Floats) -> Floats:
    level = frames - frames.mean(axis=1, keepdims=True)
    emphasised = level.copy()
    emphasised[:, 1:] -= _PREEMPHASIS * level[:, :-1]
    emphasised[:, 0] -= _PREEMPHASIS * level[:, 0]
    spectrum = np.fft.rfft(emphasised * _WINDOW, _FFT)
    power = spectrum.real**2 + spectrum.imag**2
    energies = np.concatenate([power[:, rows] @ filters for rows, filters in _PARTS], axis=1)
    return np.asarray(np.log(np.maximum(energies, _EPSILON)), dtype=np.float32)
