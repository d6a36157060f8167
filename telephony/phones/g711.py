"""G.711 A-law and mu-law with numpy tables (ITU-T G.711; the standard library's audioop is gone in Python 3.13)."""

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

ALAW_SILENCE = 0xD5
"""A-law code of the smallest positive amplitude."""

_CODES = np.arange(256)
_SEGMENT_MASK = 0x70
_STEP_MASK = 0x0F
_SIGN = 0x80


def _alaw_values() -> Pcm:
    codes = _CODES ^ 0x55
    segment = (codes & _SEGMENT_MASK) >> 4
    step = (codes & _STEP_MASK) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(codes & _SIGN, magnitude, -magnitude).astype(np.int16)


def _ulaw_values() -> Pcm:
    codes = ~_CODES & 0xFF
    magnitude = ((((codes & _STEP_MASK) << 3) + 0x84) << ((codes & _SEGMENT_MASK) >> 4)) - 0x84
    return np.where(codes & _SIGN, -magnitude, magnitude).astype(np.int16)


def _encoder(values: Pcm) -> NDArray[np.uint8]:
    """Return the table from every 16-bit sample (offset by 32768) to the code of the nearest value."""
    order = np.argsort(values, kind="stable")
    ordered = values[order].astype(np.int32)
    borders = (ordered[1:] + ordered[:-1] + 1) // 2
    samples = np.arange(-32768, 32768)
    return order[np.searchsorted(borders, samples, side="right")].astype(np.uint8)


_FROM_ALAW = _alaw_values()
_FROM_ULAW = _ulaw_values()
_TO_ALAW = _encoder(_FROM_ALAW)
_TO_ULAW = _encoder(_FROM_ULAW)


def alaw_to_pcm(data: bytes) -> Pcm:
    """Decode A-law bytes to 16-bit samples."""
    return _FROM_ALAW[np.frombuffer(data, np.uint8)]


def pcm_to_alaw(samples: Pcm) -> bytes:
    """Encode 16-bit samples as A-law bytes."""
    return _TO_ALAW[samples.astype(np.int32) + 32768].tobytes()


def ulaw_to_pcm(data: bytes) -> Pcm:
    """Decode mu-law bytes to 16-bit samples."""
    return _FROM_ULAW[np.frombuffer(data, np.uint8)]


def pcm_to_ulaw(samples: Pcm) -> bytes:
    """Encode 16-bit samples as mu-law bytes."""
    return _TO_ULAW[samples.astype(np.int32) + 32768].tobytes()
