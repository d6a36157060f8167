"""A copy of a recording in which some stretches are silent; the recording itself is never changed."""

import wave
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

Stretch = tuple[datetime, datetime]
_BLOCK = 8000
"""Frames handled at a time."""


def write_muted(source: Path, target: IO[bytes], began: datetime, stretches: Sequence[Stretch]) -> None:
    """Copy a PCM file with silence, on all channels, where `stretches` lie (who hears a number often repeats it).

    Args:
        source: the recording.
        target: takes the copy, of the same length.
        began: the instant of the first frame.
        stretches: from when to when; what lies outside of the recording counts for nothing.
    """
    with wave.open(str(source), "rb") as read, wave.open(target, "wb") as write:
        write.setparams(read.getparams())
        rate, size = read.getframerate(), read.getnchannels() * read.getsampwidth()
        silent = [tuple(round((at - began).total_seconds() * rate) for at in one) for one in stretches]
        at = 0
        while block := bytearray(read.readframes(_BLOCK)):
            frames = len(block) // size
            for first, last in silent:
                begin, end = max(first - at, 0), min(last - at, frames)
                if begin < end:
                    block[begin * size : end * size] = bytes((end - begin) * size)
            write.writeframesraw(bytes(block))
            at += frames
