"""Engines in order: one that fails in the middle of an utterance is replaced by the next, and no word is lost.

Stands behind `asr.vad`: each of its streams is one utterance, whose sound is kept until it ends, so that the next
engine hears all of it. An engine that failed is tried again after a while.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from asr.recogniser import Heard, Recogniser, RecogniserStream
from core.errors import PartUnavailable

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 60.0


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

    Raises:
        PartUnavailable: none can be opened.
    """

    def __init__(self, candidates: Sequence[Candidate], now: Callable[[], float] = time.monotonic) -> None:
        self._candidates = tuple(candidates)
        self._now = now
        self._opened: dict[str, Recogniser] = {}
        self._failed_at: dict[str, float] = {}
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

    def failed(self, name: str, error: Exception) -> None:
        """Note that an engine failed at work."""
        with self._lock:
            self._note(name, error)

    def worked(self, name: str) -> None:
        """Note that an engine brought an utterance to its end: what it failed before is over."""
        if name in self._failed_at:
            with self._lock:
                self._failed_at.pop(name, None)
            log.info("speech_engine_works_again", engine=name)

    def _note(self, name: str, error: Exception) -> None:
        self._failed_at[name] = self._now()
        # the kind only: messages of engines may hold what was said
        remedy = "已改用下一个引擎,一分钟后重试"
        log.error("speech_engine_failed", engine=name, problem=type(error).__name__, remedy=remedy)

    def _rests(self, name: str) -> bool:
        failed_at = self._failed_at.get(name)
        return failed_at is not None and self._now() < failed_at + _AGAIN_SECONDS


class _Utterance:
    def __init__(self, owner: FallbackRecogniser) -> None:
        self._owner = owner
        self._sound = bytearray()
        self._name = ""
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
            try:
                if self._stream is None:
                    self._name, recogniser = self._owner.working()
                    self._stream = recogniser.open_stream()
                    # an engine that comes later hears the utterance from its beginning
                    pcm = bytes(self._sound)
                heard = self._stream.accept(pcm) if pcm else []
                return [*heard, *self._stream.finish()] if final else heard
            except PartUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - engines raise what they like
                # it rests now, so that this ends when no engine is left
                self._owner.failed(self._name, error)
                self._stream = None
