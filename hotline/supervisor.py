"""`hotline serve`: the local parts and one child process a role, started again when they die, stopped together."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import structlog

from hotline.local_parts import LocalParts

log = structlog.get_logger(__name__)

ROLES = ("switch", "engine", "speech", "clock", "api")
"""Order of starting: who records first, who decides next, who serves people last."""

STANDBY = "engine-standby"
"""A second engine that takes over when the one in charge is gone; started on demand."""

SUPERVISED = "HOTLINE_SUPERVISED"
"""Set in the environment of a role that ends with its supervisor."""

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
_STEADY_SECONDS = 30.0
_STOP_SECONDS = 10.0


class Supervisor:
    """Runs the roles as child processes of its own process group.

    A role that dies is started again after 0.5 s, doubling to 15 s while it keeps dying within 30 s of its start.
    """

    def __init__(self, parts: LocalParts, roles: Sequence[str] = ROLES) -> None:
        self._parts = parts
        self._roles = roles
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Keep everything running until SIGTERM or SIGINT.

        Raises:
            PartUnavailable: a local part cannot start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        await self._parts.start()
        keeper = asyncio.create_task(self._parts.keep())
        try:
            await asyncio.gather(*(self._keep(role) for role in self._roles))
        finally:
            keeper.cancel()
            self._parts.stop_servers()

    async def _keep(self, role: str) -> None:
        pause = _FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            started = loop.time()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "hotline", "serve", "--role", role), env={**os.environ, SUPERVISED: "1"}
            )
            log.info("role_started", role=role, pid=process.pid)
            code = await self._wait(process)
            if self._stop.is_set():
                return
            pause = _FIRST_PAUSE_SECONDS if loop.time() - started > _STEADY_SECONDS else pause
            log.error("role_died", role=role, exit_code=code, again_in_seconds=pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stop.wait()
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _wait(self, process: asyncio.subprocess.Process) -> int:
        ended = asyncio.ensure_future(process.wait())
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ended.done():
            await _end(process)
        return await ended


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
