"""Wav files as Asterisk writes them, and their tones found again."""

import wave
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from core.ids import new_id
from telephony.events import LegRecorded, Party

RATE = 8000


def tone(seconds: float, hertz: float, amplitude: float = 8000) -> NDArray[np.int16]:
    time = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def write_wav(path: Path, samples: NDArray[np.int16], rate: int = RATE, channels: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


def leg(
    directory: Path,
    party: Party,
    samples: NDArray[np.int16],
    started_at: datetime,
    joined_after: float | None,
    call_id: str | None = None,
) -> LegRecorded:
    leg_id = new_id()
    path = write_wav(directory / f"{leg_id}.wav", samples)
    return LegRecorded(
        call_id=call_id or new_id(),
        leg_id=leg_id,
        party=party,
        path=path,
        started_at=started_at,
        joined_at=None if joined_after is None else started_at + timedelta(seconds=joined_after),
        ended_at=started_at + timedelta(seconds=len(samples) / RATE),
    )


def read(path: Path) -> NDArray[np.int16]:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert rate == RATE
    result: NDArray[np.int16] = samples
    return result
