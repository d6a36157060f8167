"""Our own announcements in what a probe call heard, found by their sound (pure).

A number of ours is answered by the switch: a welcome, music, words of comfort. What a probe is to judge is what comes
besides. Each announcement is known by three quarters of a second of its own sound, laid over the places where speech
begins (normalised cross-correlation): loudness does not matter, and a packet lost elsewhere does not either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from telephony.phones.g711 import Pcm

_RATE = 8000
_PRINT = 6000
"""Samples of an announcement by which it is known."""
_SKIPPED = (2000, 10000)
"""Where prints are taken, from its audible beginning: the first half second of a call may be lost, and short ones have
but the first print."""
_BEFORE, _AFTER = 6000, 4000
"""Samples around a beginning of speech in which an announcement may begin: the detector is late more than early."""
_SIZE = 1 << (_PRINT + _BEFORE + _AFTER - 1).bit_length()
_STEP = _RATE // 2
_AUDIBLE = 300
_SAME = 0.7
_NEARLY = 0.9
"""Share of the best likeness from which another one with the same first words may be meant: the longer is taken."""
_MARGIN = _RATE * 2 // 5
_BLOCK = 2000
_SLACK = 800
"""By how much a block may lie beside its place: lost packets move what follows."""
_STILL_SAME = 0.5
_MISSES = 3
"""Blocks in a row that do not fit: an agent who answers cuts an announcement short, and is heard in its place."""

Floats = NDArray[np.float64]
Spectra = NDArray[np.complex128]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Print:
    before: int
    """Samples of the announcement before its print."""
    sound: Floats


class OwnAnnouncements:
    """Finds announcements in a recording.

    Args:
        sounds: the announcements, 8 kHz; those too short to be known again (single digits) are left out.
    """

    def __init__(self, sounds: Iterable[Pcm]) -> None:
        self._sounds = sounds

    @cached_property
    def _known(self) -> tuple[list[_Print], Floats, Spectra]:
        """The prints, their norms and spectra: made when a probe first needs them, not at the start of a role."""
        prints: list[_Print] = []
        pieces: list[Floats] = []
        for sound in self._sounds:
            audible = np.flatnonzero(np.abs(sound.astype(np.int32)) > _AUDIBLE)
            for skipped in _SKIPPED if len(audible) else ():
                begin = int(audible[0]) + skipped
                if begin + _PRINT <= len(sound):
                    prints.append(_Print(begin, sound.astype(np.float64)))
                    pieces.append(sound[begin : begin + _PRINT].astype(np.float64))
        stacked = np.array(pieces).reshape(len(pieces), _PRINT)
        return prints, np.sqrt(np.sum(np.square(stacked), axis=1)), np.conj(np.fft.rfft(stacked, _SIZE, axis=1))

    def spans(self, samples: Pcm, spoken: Sequence[Span]) -> list[Span]:
        """Return where announcements are, in samples.

        Args:
            samples: what was heard, 8 kHz.
            spoken: where speech is, in samples, in order.
        """
        found: list[Span] = []
        signal, end = samples.astype(np.float64), 0
        for begin, until in spoken:
            at = max(begin, end)
            while at < until:
                span = self._at(signal, at)
                if span is None:
                    at += _STEP
                else:
                    found.append(span)
                    at = end = max(span[1], at + _STEP)
        return found

    def _at(self, signal: Floats, at: int) -> Span | None:
        prints, norms, spectra = self._known
        start = max(0, at - _BEFORE)
        piece = signal[start : at + _AFTER + _PRINT]
        if not prints or len(piece) < _PRINT:
            return None
        product = np.fft.irfft(np.fft.rfft(piece, _SIZE) * spectra, _SIZE, axis=1)
        sums = np.concatenate(([0.0], np.cumsum(np.square(piece))))
        energy = np.sqrt(np.maximum(sums[_PRINT:] - sums[:-_PRINT], 1.0))
        likeness = product[:, : len(energy)] / (energy * norms[:, None])
        peaks = np.max(likeness, axis=1)
        if float(np.max(peaks)) < _SAME:
            return None
        nearly = np.flatnonzero(peaks >= _NEARLY * np.max(peaks))
        best = max(nearly, key=lambda index: len(prints[index].sound))
        one = prints[best]
        began = start + int(np.argmax(likeness[best])) - one.before
        return max(0, began - _MARGIN), _end(signal, began, one)


def _end(signal: Floats, began: int, known: _Print) -> int:
    """Return where an announcement ends that began at a sample: at its end, or where it was cut short."""
    matched, misses = known.before + _PRINT, 0
    for at in range(matched, len(known.sound) - _BLOCK + 1, _BLOCK):
        block, place = known.sound[at : at + _BLOCK], began + at
        if float(np.max(np.abs(block))) < _AUDIBLE:
            continue
        if _likeness(signal[max(0, place - _SLACK) : place + _BLOCK + _SLACK], block) >= _STILL_SAME:
            matched, misses = at + _BLOCK, 0
        else:
            misses += 1
            if misses == _MISSES:
                return began + matched
    return began + len(known.sound) + _MARGIN


def _likeness(piece: Floats, block: Floats) -> float:
    """Return how well a block fits anywhere into a piece, 0 to 1; 1 where the recording ends before it."""
    if len(piece) < len(block):
        return 1.0
    sums = np.concatenate(([0.0], np.cumsum(np.square(piece))))
    energy = np.sqrt(np.maximum(sums[len(block) :] - sums[: -len(block)], 1.0) * np.sum(np.square(block)))
    return float(np.max(np.correlate(piece, block, "valid") / energy))
