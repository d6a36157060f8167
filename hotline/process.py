"""What a role's process does at its start: end with its supervisor, go before others, be the only one of its kind."""

import ctypes
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import PartUnavailable

_PR_SET_PDEATHSIG = 1
_FIRST, _USUAL = -10, 0
"""Niceness: of who decides while a caller waits, and of everybody else."""


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, so that a killed supervisor leaves no role behind (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def go_first() -> None:
    """Run before others on a busy machine (recognition may take all processors); nothing happens without the right."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _FIRST)


def go_as_others() -> None:
    """Give up what a parent that goes first has handed down."""
    os.setpriority(os.PRIO_PROCESS, 0, max(_USUAL, os.getpriority(os.PRIO_PROCESS, 0)))


@contextmanager
def only_one(role: str, home: Path) -> Iterator[None]:
    """Hold the lock file `<home>/run/<role>.lock` for the time of the block.

    Raises:
        PartUnavailable: another process holds it.
    """
    path = home / "run" / f"{role}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise PartUnavailable(
                role,
                f"该实例已有一个 {role} 进程在运行(pid {file.read().strip()})",
                remedy="先停止那个进程,或更换 home",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
