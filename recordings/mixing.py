"""Legs to one stereo file on a common time line: caller left, everybody else right.

The line begins when caller and agent first heard each other; what a leg recorded before it joined is cut (data
minimisation: it is ringing, music, or a phone that waits). Gaps stay silent.
"""

import math
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO

import numpy as np
from numpy.typing import NDArray

from recordings.legs import RATE, LegAudio, WrongFormat, open_leg
from telephony.events import LegRecorded, Party

_BLOCK = RATE
"""Samples handled at a time: one second, which is also the window of the level."""
SILENT_BELOW = -55.0
"""dBFS of the loudest second under which a channel counts as silent (G.711 idle noise is at -65 and less)."""
_FULL_SCALE = 32768.0
INCOMPLETE = "录音不完整"
"""Begins the problem of a recording that misses time: a disk was full, or the switch died."""
_LENGTH_TOLERANCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Placed:
    """A leg on the time line."""

    audio: LegAudio
    channel: int
    """0 left, 1 right."""
    skip: int
    """Samples of the file that lie before the join."""
    position: int
    """Sample of the line at which the rest begins."""

    @property
    def end(self) -> int:
        """Sample of the line after its last one."""
        return self.position + max(self.audio.samples - self.skip, 0)


@dataclass(frozen=True, slots=True)
class TimeLine:
    """What a mix will hold."""

    started_at: datetime
    ended_at: datetime
    placed: tuple[Placed, ...]
    problems: tuple[str, ...]
    damaged: tuple[LegRecorded, ...] = ()
    """Legs whose file cannot be read; their files must not be thrown away."""

    @property
    def samples(self) -> int:
        """Length of the file per channel."""
        return max((leg.end for leg in self.placed), default=0)

    @property
    def seconds(self) -> float:
        """Length of the file."""
        return self.samples / RATE


@dataclass(slots=True)
class Levels:
    """Loudest second of each channel, dBFS (-inf: nothing but zeros)."""

    loudest: list[float] = field(default_factory=lambda: [-math.inf, -math.inf])

    def hear(self, block: NDArray[np.int16]) -> None:
        """Take a block of stereo samples into account."""
        power = np.mean(np.square(block.astype(np.float64) / _FULL_SCALE), axis=0)
        for channel, value in enumerate(power):
            if value > 0:
                self.loudest[channel] = max(self.loudest[channel], 10 * math.log10(value))


def lay_out(legs: Sequence[LegRecorded]) -> TimeLine | None:
    """Place the legs that talked on one time line; None when no leg ever heard another."""
    talked = [leg for leg in legs if leg.joined_at is not None]
    if not talked:
        return None
    origin = min(leg.joined_at for leg in talked if leg.joined_at is not None)
    placed, problems, damaged = [], [], []
    for leg in talked:
        try:
            audio = open_leg(leg.path)
        except FileNotFoundError:
            problems.append(f"缺少{_name(leg)}的录音文件")
            continue
        except WrongFormat as error:
            problems.append(f"{_name(leg)}的录音无法读取:{error}")
            damaged.append(leg)
            continue
        if audio.repaired:
            problems.append(f"{_name(leg)}的录音文件头不完整,已按实际长度修复")
        placed.append(_place(leg, audio, origin))
        problems += _length_problem(leg, placed[-1], origin)
    ended_at = max(leg.ended_at for leg in talked)
    return TimeLine(origin, max(ended_at, origin), tuple(placed), tuple(problems), tuple(damaged))


def blocks(line: TimeLine) -> Iterator[NDArray[np.int16]]:
    """Yield the stereo samples of the line, one second at a time."""
    for begin in range(0, line.samples, _BLOCK):
        count = min(_BLOCK, line.samples - begin)
        mixed = np.zeros((count, 2), dtype=np.int32)
        for leg in line.placed:
            at = max(leg.position - begin, 0)
            if at >= count or leg.end <= begin:
                continue
            samples = leg.audio.read(leg.skip + max(begin - leg.position, 0), count - at)
            mixed[at : at + len(samples), leg.channel] += samples
        yield np.clip(mixed, -32768, 32767).astype(np.int16)


def write_stereo(line: TimeLine, file: IO[bytes]) -> Levels:
    """Write the mix as wav (stereo, 16 bit, 8 kHz) and return how loud each channel is."""
    levels = Levels()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        # the header is right from the first byte: it is not rewritten at the end
        out.setnframes(line.samples)
        for block in blocks(line):
            levels.hear(block)
            out.writeframesraw(block.astype("<i2").tobytes())
    return levels


def _place(leg: LegRecorded, audio: LegAudio, origin: datetime) -> Placed:
    assert leg.joined_at is not None
    begin = max(leg.joined_at, leg.started_at, origin)
    return Placed(
        audio=audio,
        channel=0 if leg.party is Party.CALLER else 1,
        skip=_samples(begin - leg.started_at),
        position=_samples(begin - origin),
    )


def _length_problem(leg: LegRecorded, placed: Placed, origin: datetime) -> list[str]:
    missing = timedelta(seconds=(_samples(leg.ended_at - origin) - placed.end) / RATE)
    if missing > _LENGTH_TOLERANCE:
        return [f"{INCOMPLETE}:{_name(leg)}的录音比通话短 {missing.total_seconds():.1f} 秒"]
    return []


def _samples(length: timedelta) -> int:
    return round(length / timedelta(seconds=1) * RATE)


def _name(leg: LegRecorded) -> str:
    return {Party.CALLER: "来电人", Party.AGENT: "话务员", Party.HOTLINE: "三方", Party.SUPERVISOR: "班长"}[leg.party]
