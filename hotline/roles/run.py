"""Runs one role in this process until SIGTERM."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

import structlog

from core.settings import Settings
from hotline.house import open_house
from hotline.process import end_with_parent, go_first, only_one
from hotline.supervisor import STANDBY, SUPERVISED

log = structlog.get_logger(__name__)

_ALONE = frozenset({"switch", "engine"})
"""Roles of which an instance has one: who decides and who writes the record."""


async def run_role(settings: Settings, role: str) -> None:
    """Run a role until SIGTERM or SIGINT.

    Args:
        settings: of the instance.
        role: one of `hotline.supervisor.ROLES`, or `STANDBY`: another engine, of which there may be any number.

    Raises:
        PartUnavailable: what it stands on cannot be reached at its start; says which and the remedy.
    """
    if os.environ.get(SUPERVISED):
        end_with_parent()
    if role in {"engine", STANDBY}:
        go_first()
    lock: AbstractContextManager[None] = only_one(role, settings.home) if role in _ALONE else nullcontext()
    with lock:
        async with open_house(settings, role) as house:
            # only this role's modules: a role starts in a fraction of the time that all would take
            if role == STANDBY:
                await _until_told(import_module("hotline.roles.engine").run(house, standby=True))
            else:
                await _until_told(import_module(f"hotline.roles.{role}").run(house))


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("role_stopped")
