"""Sound at telephone quality: 8 kHz, mono, 16 bit. Wav files in and out, tones and their detection."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from telephony.phones.g711 import Pcm

RATE = 8000
"""Samples a second."""
FRAME = 160
"""Samples of one 20 ms packet."""

_TONE_SHARE = 0.3


def read_wav(path: Path) -> Pcm:
    """Read an audio file of any rate and channel count as 8 kHz mono.

    Raises:
        soundfile.LibsndfileError: the file is missing or is no audio.
    """
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate != RATE:
        mono = soxr.resample(mono, rate, RATE)
    samples_16: Pcm = (np.clip(mono, -1.0, 1.0) * 32767).astype(np.int16)
    return samples_16


def write_wav(path: Path, samples: Pcm) -> None:
    """Write 8 kHz mono samples as a 16-bit wav file."""
    soundfile.write(path, samples, RATE, subtype="PCM_16")


def tone(hertz: float, seconds: float, *, amplitude: int = 8000) -> Pcm:
    """Return a sine tone."""
    moments = np.arange(int(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * moments)).astype(np.int16)


def share_of_tone(samples: Pcm, hertz: float) -> float:
    """Return which share (0 … 1) of the energy lies at `hertz` (Goertzel, one bin); 0 for silence."""
    signal = samples.astype(np.float64)
    energy = float(np.dot(signal, signal))
    if energy <= len(signal):  # at most one unit of amplitude, or nothing at all: silence
        return 0.0
    turns = np.exp(-2j * np.pi * hertz / RATE * np.arange(len(signal)))
    return float(2 * abs(np.dot(signal, turns)) ** 2 / (len(signal) * energy))


def has_tone(samples: Pcm, hertz: float) -> bool:
    """Tell whether a tone is a main part of the samples (at least 30 % of their energy)."""
    return len(samples) > 0 and share_of_tone(samples, hertz) >= _TONE_SHARE
