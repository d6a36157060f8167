"""The operating system's side of one Asterisk process."""

import asyncio
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

_POLL_SECONDS = 0.05
_UMASK = 0o027
"""Recordings are readable by the group of the spool, by nobody else."""


def launch(command: Sequence[str], console: Path) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that it outlives this process; what it prints goes to `console`."""
    with console.open("wb") as sink:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            umask=_UMASK,
        )


def find(pid_file: Path, argument: str) -> int | None:
    """Return the process id in `pid_file` when that process runs and was started with `argument`; else None."""
    try:
        pid = int(pid_file.read_text())
        return pid if argument in psutil.Process(pid).cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def runs(pid: int) -> bool:
    """Tell whether a process still runs, and so may hold its ports."""
    try:
        process = psutil.Process(pid)
        # a first thread that has ended while others still hold the ports looks like a zombie too
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False


async def gone(pid: int, seconds: float) -> bool:
    """Wait until the process has ended, at most `seconds`; tell whether it has."""
    until = time.monotonic() + seconds
    while True:
        if not runs(pid):
            return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(_POLL_SECONDS)
