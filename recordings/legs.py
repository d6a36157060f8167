"""One leg's file as Asterisk left it: mono 16 bit PCM wav, perhaps torn because Asterisk died while writing."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples a second of the switch's recordings (`telephony.events.LegRecorded`)."""
_BYTES = 2
_PCM, _EXTENSIBLE = 1, 0xFFFE


class WrongFormat(ValueError):  # noqa: N818 - reads as the sentence "raise WrongFormat"
    """The file is not mono 16 bit PCM wav of 8 kHz, and cannot be read as such."""


@dataclass(frozen=True, slots=True)
class LegAudio:
    """Where the samples of a leg's file are."""

    path: Path
    offset: int
    """Byte at which the samples begin."""
    samples: int
    repaired: bool
    """True when the header told another length than the file has (RIFF sizes are written at the end)."""

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        """Return up to `count` samples from sample `first`."""
        first = min(max(first, 0), self.samples)
        count = min(count, self.samples - first)
        if count <= 0:
            return np.zeros(0, dtype=np.int16)
        return np.fromfile(self.path, dtype="<i2", count=count, offset=self.offset + first * _BYTES)


def open_leg(path: Path) -> LegAudio:
    """Find the samples of a leg's file; a header that was never finished is read by the file's real length.

    Raises:
        WrongFormat: it is no such wav file; the reason is in the message.
        FileNotFoundError: there is no file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4096)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":  # noqa: PLR2004 - RIFF header
        raise WrongFormat("不是 WAV 文件")
    position, format_seen = 12, False
    while position + 8 <= len(head):
        name, length = head[position : position + 4], int.from_bytes(head[position + 4 : position + 8], "little")
        position += 8
        if name == b"fmt ":
            _check_format(head[position : position + length])
            format_seen = True
        elif name == b"data" and format_seen:
            there = (size - position) // _BYTES
            told = length // _BYTES
            return LegAudio(path, position, told if 0 < told <= there else there, not 0 < told <= there)
        position += length + length % 2
    raise WrongFormat("WAV 文件头不完整")


def _check_format(chunk: bytes) -> None:
    if len(chunk) < 16:  # noqa: PLR2004 - PCM format chunk
        raise WrongFormat("WAV 文件头不完整")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if kind not in (_PCM, _EXTENSIBLE) or (channels, rate, bits) != (1, RATE, 8 * _BYTES):
        raise WrongFormat(f"格式应为单声道 16 位 8000 Hz PCM,实为编码 {kind}、{channels} 声道、{bits} 位、{rate} Hz")
