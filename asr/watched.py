"""Calls that may never return: each runs in a thread of its own, and who waits for it gives up in time.

A thread cannot be ended from outside. One whose call hangs is left behind; it ends by itself if the call ever returns,
and, being a daemon, does not keep the process from ending (threads of `concurrent.futures` would).
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")
_Job = tuple[Callable[[], Any], Future[Any]]


class CallHangsError(Exception):
    """A call did not return in time."""


class Watched:
    """Threads for such calls; those that are free are used again."""

    def __init__(self) -> None:
        self._free: list[SimpleQueue[_Job | None]] = []

    def call(self, act: Callable[[], _Answer], seconds: float) -> _Answer:
        """Return what `act` returns, or raise what it raises.

        Raises:
            CallHangsError: it did not return within `seconds`.
        """
        answer: Future[_Answer] = Future()
        jobs = self._worker()
        jobs.put((act, answer))
        try:
            answer.exception(seconds)
        except TimeoutError:
            jobs.put(None)
            raise CallHangsError from None
        self._free.append(jobs)
        return answer.result()

    def _worker(self) -> SimpleQueue[_Job | None]:
        try:
            return self._free.pop()
        except IndexError:
            jobs: SimpleQueue[_Job | None] = SimpleQueue()
            threading.Thread(target=_work, args=(jobs,), name="engine", daemon=True).start()
            return jobs


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        act, answer = job
        try:
            answer.set_result(act())
        except BaseException as error:  # noqa: BLE001 - handed to who asked
            answer.set_exception(error)
        del job, act, answer
