"""Runs one role in this process until SIGTERM."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import structlog

from core.settings import Settings
from hotline.house import House, open_house
from hotline.process import end_with_parent, only_one
from hotline.roles import api, clock, engine, speech, switch
from hotline.supervisor import SUPERVISED

log = structlog.get_logger(__name__)

RUNNERS: Mapping[str, Callable[[House], Awaitable[None]]] = {
    "switch": switch.run,
    "engine": engine.run,
    "speech": speech.run,
    "clock": clock.run,
    "api": api.run,
}
_ALONE = frozenset({"switch", "engine"})
"""Roles of which an instance has one: who decides and who writes the record."""


async def run_role(settings: Settings, role: str) -> None:
    """Run a role until SIGTERM or SIGINT.

    Raises:
        PartUnavailable: what it stands on cannot be reached at its start; says which and the remedy.
    """
    if os.environ.get(SUPERVISED):
        end_with_parent()
    lock: AbstractContextManager[None] = only_one(role, settings.home) if role in _ALONE else nullcontext()
    with lock:
        async with open_house(settings, role) as house:
            await _until_told(RUNNERS[role](house))


async def _until_told(work: Awaitable[None]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("role_stopped")
