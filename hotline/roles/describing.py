"""What is known of a caller from before: who served him last, how often he called. Looked up beside the decision."""

import asyncio

import structlog

from core.clock import Clock
from core.errors import HotlineError
from core.personal import Personal
from hotline.roles.clerk import Clerk
from routing.engine_events import EngineEvent

log = structlog.get_logger(__name__)

_LONGEST_LINE = 500
"""Lookups that wait; beyond that calls go undescribed rather than late."""


class Describer:
    """Looks callers up one after another; a call that is answered before is answered without."""

    def __init__(self, clock: Clock, clerk: Clerk) -> None:
        self._clock = clock
        self._clerk = clerk
        self._wanted: asyncio.Queue[tuple[str, Personal]] = asyncio.Queue()
        self.found: asyncio.Queue[EngineEvent] = asyncio.Queue()
        """What the engine is to be told."""

    def want(self, call_id: str, caller: Personal | None) -> None:
        """Have a call's caller looked up; never waits."""
        if caller is not None and self._wanted.qsize() < _LONGEST_LINE:
            self._wanted.put_nowait((call_id, caller))

    async def run(self) -> None:
        """Look up until cancelled."""
        while True:
            call_id, caller = await self._wanted.get()
            try:
                described = await self._clerk.look_up(call_id, caller, self._clock.now())
            except HotlineError as error:
                log.warning("caller_not_looked_up", call_id=call_id, problem=error.message)
                continue
            if described is not None:
                self.found.put_nowait(described)
