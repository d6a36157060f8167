"""What every recognition engine offers: streams that take sound and give text.

Engines are blocking CPU code; `asr.live` runs them in a thread pool. One stream is used by one thread at a time.
"""

from dataclasses import dataclass, field
from typing import Protocol

SAMPLE_RATE = 16_000
"""Samples a second of the sound given to a stream (signed 16-bit little-endian, one channel)."""
BYTES_PER_MS = SAMPLE_RATE * 2 // 1000
"""Bytes of one millisecond of such sound."""


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word with its place in the stream (ms since the stream began) and confidence (0 to 1)."""

    text: str = field(repr=False)
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of one utterance; a partial is replaced by the next partial or the final.

    Offsets are milliseconds since the stream began. The text is kept out of `repr`: it is personal data.
    """

    text: str = field(repr=False)
    final: bool
    start_ms: int
    end_ms: int
    confidence: float
    words: tuple[Word, ...] = field(default=(), repr=False)


class RecogniserStream(Protocol):
    """One party's sound, fed in pieces of any length."""

    def accept(self, pcm: bytes) -> list[Heard]:
        """Take the next piece of sound (16 kHz s16le mono) and return what is newly understood, oldest first."""
        ...

    def finish(self) -> list[Heard]:
        """End the stream and return the finals still owed. The stream takes no more sound."""
        ...


class Recogniser(Protocol):
    """A loaded model; makes any number of streams that may run in different threads."""

    @property
    def engine(self) -> str:
        """Name of the engine: `sherpa`, `vosk` or `whisper`."""
        ...

    @property
    def model(self) -> str:
        """Name of the model as the catalogue or its directory gives it."""
        ...

    def open_stream(self) -> RecogniserStream:
        """Begin a stream at 0 ms."""
        ...
