"""Engines in order: one that fails or hangs in an utterance is replaced by the next, and no word is lost.

Stands behind `asr.vad`: each of its streams is one utterance, whose sound is kept until it ends, so that the next
engine hears all of it. An engine that failed is tried again after a while; one that hung is loaded anew then, and every
utterance it was in the middle of goes to the next at once.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog

from asr.recogniser import BYTES_PER_MS, Heard, Recogniser, RecogniserStream
from asr.watched import CallHangsError, Watched
from core.errors import PartUnavailable

log = structlog.get_logger(__name__)

_Answer = TypeVar("_Answer")

_AGAIN_SECONDS = 60.0
_HUNG_AGAIN_SECONDS = 600.0
"""Longer: each try may cost a thread that never ends."""
_PATIENCE_SECONDS = 15.0
"""An engine that says nothing for so long hangs; a busy one takes tenths of a second."""
_PATIENCE_A_SECOND = 4.0
"""Added for each second of sound that is worked off at once, by an engine that is not streaming say."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine that may be opened."""

    name: str
    open: Callable[[], Recogniser]


class FallbackRecogniser:
    """The first engine of several that works.

    Args:
        candidates: best first; each is opened when it is needed.
        now: seconds of a clock that never goes back.
        patience: seconds of silence after which an engine hangs.

    Raises:
        PartUnavailable: none can be opened.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        now: Callable[[], float] = time.monotonic,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._candidates = tuple(candidates)
        self._now = now
        self._patience = patience
        self._watched = Watched()
        self._opened: dict[str, Recogniser] = {}
        self._again_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._current: Recogniser
        self.working()

    @property
    def engine(self) -> str:
        """Name of the engine in use."""
        return self._current.engine

    @property
    def model(self) -> str:
        """Name of the model in use; says so when it only stands in for a better one that failed."""
        best = self._candidates[0].name
        stands_in = self._current is not self._opened.get(best)
        return f"{self._current.model}(替代 {best})" if stands_in else self._current.model

    def open_stream(self) -> RecogniserStream:
        """Begin an utterance."""
        return _Utterance(self)

    def working(self) -> tuple[str, Recogniser]:
        """Return the best engine that works now, with its name.

        Raises:
            PartUnavailable: none works.
        """
        with self._lock:
            for candidate in self._candidates:
                if self._rests(candidate.name):
                    continue
                try:
                    found = self._opened.get(candidate.name) or candidate.open()
                except Exception as error:  # noqa: BLE001 - engines raise what they like
                    self._note(candidate.name, error)
                    continue
                self._opened[candidate.name] = found
                self._current = found
                return candidate.name, found
        raise PartUnavailable("speech", "没有可用的语音识别引擎", remedy="运行 hotline models check 查看")

    def watched(self, act: Callable[[], _Answer], sound_ms: int) -> _Answer:
        """Let an engine work on some sound.

        Raises:
            CallHangsError: it does not come to an end.
        """
        return self._watched.call(act, self._patience + _PATIENCE_A_SECOND * sound_ms / 1000)

    def has(self, name: str, engine: Recogniser) -> bool:
        """Tell whether a loaded engine is still in use: one that hangs is not."""
        return self._opened.get(name) is engine

    def failed(self, name: str, engine: Recogniser, error: Exception) -> None:
        """Note that an engine failed at work; the same hanging of several utterances is noted once."""
        with self._lock:
            if self._opened.get(name) is not engine:
                return
            if isinstance(error, CallHangsError):
                del self._opened[name]
            self._note(name, error)

    def worked(self, name: str) -> None:
        """Note that an engine brought an utterance to its end: what it failed before is over."""
        if name in self._again_at and name in self._opened:
            with self._lock:
                self._again_at.pop(name, None)
            log.info("speech_engine_works_again", engine=name)

    def _note(self, name: str, error: Exception) -> None:
        seconds = _HUNG_AGAIN_SECONDS if isinstance(error, CallHangsError) else _AGAIN_SECONDS
        self._again_at[name] = self._now() + seconds
        # the kind only: messages of engines may hold what was said
        remedy = f"已改用下一个引擎,{seconds / 60:.0f} 分钟后重试"
        log.error("speech_engine_failed", engine=name, problem=type(error).__name__, remedy=remedy)

    def _rests(self, name: str) -> bool:
        return self._now() < self._again_at.get(name, 0.0)


class _Utterance:
    def __init__(self, owner: FallbackRecogniser) -> None:
        self._owner = owner
        self._sound = bytearray()
        self._name = ""
        self._engine: Recogniser | None = None
        self._stream: RecogniserStream | None = None

    def accept(self, pcm: bytes) -> list[Heard]:
        self._sound += pcm
        return self._heard(pcm, final=False)

    def finish(self) -> list[Heard]:
        heard = self._heard(b"", final=True)
        self._owner.worked(self._name)
        return heard

    def _heard(self, pcm: bytes, *, final: bool) -> list[Heard]:
        while True:
            if self._engine is None or not self._owner.has(self._name, self._engine):
                # an engine that comes later hears the utterance from its beginning
                self._name, self._engine = self._owner.working()
                self._stream, pcm = None, bytes(self._sound)
            try:
                length = len(self._sound if final else pcm) // BYTES_PER_MS
                engine, stream = self._engine, self._stream
                self._stream, heard = self._owner.watched(partial(_heard_by, engine, stream, pcm, final), length)
            except Exception as error:  # noqa: BLE001 - engines raise what they like
                # it rests now, so that this ends when no engine is left
                self._owner.failed(self._name, self._engine, error)
                self._engine = None
            else:
                return heard


def _heard_by(
    engine: Recogniser, begun: RecogniserStream | None, pcm: bytes, final: bool
) -> tuple[RecogniserStream, list[Heard]]:
    stream = begun or engine.open_stream()
    heard = stream.accept(pcm) if pcm else []
    return stream, [*heard, *stream.finish()] if final else heard
