"""The list of announcements, and how a recording becomes one: levelled, cut, 8 kHz A-law."""

import csv
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from core.errors import InvalidInput, PartUnavailable

RATE = 8000
"""Samples a second, one byte each."""
DIRECTORY = Path(__file__).parent / "zh"
LIST = DIRECTORY / "prompts.tsv"
SUFFIX = ".alaw"

_PEAK = 0.6
"""-4.4 dBFS: loud and free of clipping in A-law."""
_QUIET = 0.01
_MARGIN_SECONDS = 0.08
_DIGITS = "零幺二三四五六七八九"
_SPOKEN_NUMBER = re.compile(r"[0-9]{2,}")
_KEY = re.compile(r"[0-9]")
_KEYS = "零一二三四五六七八九"

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One announcement.

    Attributes:
        name: name of the file without its suffix, as the dialplan plays it.
        text: what is said.
        voice: where the sound comes from.
    """

    name: str
    text: str
    voice: str

    @property
    def path(self) -> Path:
        """Where the shipped sound is."""
        return DIRECTORY / f"{self.name}{SUFFIX}"

    @property
    def spoken(self) -> str:
        """The text as a voice must read it: numbers digit by digit with 幺 for 1, single keys as plain numerals."""
        numbers = _SPOKEN_NUMBER.sub(lambda found: "".join(_DIGITS[int(one)] for one in found.group()), self.text)
        return _KEY.sub(lambda found: _KEYS[int(found.group())], numbers)


def prompts() -> list[Prompt]:
    """Return every announcement of the list, in its order."""
    with LIST.open(encoding="utf-8", newline="") as lines:
        return [Prompt(**row) for row in csv.DictReader(lines, delimiter="\t")]


def read(path: Path) -> Samples:
    """Read an announcement (headerless A-law) or any audio file as 8 kHz mono, -1 to 1.

    Raises:
        InvalidInput: it is no audio.
    """
    kind: dict[str, Any] = (
        {"samplerate": RATE, "channels": 1, "format": "RAW", "subtype": "ALAW"} if path.suffix == SUFFIX else {}
    )
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True, **kind)
    except soundfile.LibsndfileError as error:
        raise InvalidInput(path.name, "不是可读的音频文件") from error
    mono = samples.mean(axis=1)
    return mono if rate == RATE else np.asarray(soxr.resample(mono, rate, RATE), np.float32)


def convert(recording: Path, announcement: Path) -> None:
    """Make an announcement of a recording of any rate: silence at both ends cut, level set, A-law.

    Raises:
        InvalidInput: it is no audio, or nothing is heard in it.
    """
    samples = read(recording)
    heard = np.flatnonzero(np.abs(samples) > _QUIET)
    if not len(heard):
        raise InvalidInput(recording.name, "录音中没有声音")
    margin = int(_MARGIN_SECONDS * RATE)
    cut = samples[max(0, heard[0] - margin) : heard[-1] + margin]
    level = cut * (_PEAK / float(np.abs(cut).max()))
    soundfile.write(announcement, level, RATE, format="RAW", subtype="ALAW")


def speak(prompt: Prompt, announcement: Path) -> None:
    """Make an announcement with espeak-ng (Debian package `espeak-ng`), for want of a recorded voice.

    Raises:
        PartUnavailable: espeak-ng is not installed, or failed.
    """
    with tempfile.TemporaryDirectory() as directory:
        recording = Path(directory) / "spoken.wav"
        command = ["espeak-ng", "-v", "cmn", "-s", "150", "-w", str(recording), prompt.spoken]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise PartUnavailable("sounds", "espeak-ng 不可用", remedy="apt-get install espeak-ng") from error
        convert(recording, announcement)
