"""`SwitchWatcher`: the switch as a stream of facts, whole again after every reconnect."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import HotlineError
from telephony.ami import AmiLink, LinkDown, LinkUp
from telephony.events import CallFact, SwitchLost
from telephony.facts import FactReader
from telephony.snapshot import take_snapshot

log = structlog.get_logger(__name__)

_PAUSE = 0.5


class SwitchWatcher:
    """Reads the link's events. Consumers get `SwitchLost` when the link goes, and a `SwitchSnapshot` when it is back.

    Facts that close what ended unseen come just before the snapshot.

    Args:
        link: whose events are read.
        clock: dates what the switch does not date.
        spool: where the switch's recordings are, as seen from Python.
        first: done whenever the switch is reached, before it is read; when it fails it is done again, like the reading.
    """

    def __init__(
        self, link: AmiLink, clock: Clock, spool: Path, *, first: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._link = link
        self._clock = clock
        self._first = first
        self._reader = FactReader(spool)

    async def facts(self) -> AsyncIterator[CallFact]:
        """Yield facts in order, for ever. One consumer only. The first one is a `SwitchSnapshot`."""
        async for event in self._link.events():
            if isinstance(event, LinkUp):
                for fact in await self._resynchronise():
                    yield fact
            elif isinstance(event, LinkDown):
                yield SwitchLost(self._clock.now())
            else:
                for fact in self._reader.read(event, self._clock.now()):
                    yield fact

    async def _resynchronise(self) -> list[CallFact]:
        """Read the switch; while it starts up it may refuse, so try again as long as this connection lasts."""
        while self._link.connected:
            try:
                if self._first is not None:
                    await self._first()
                snapshot = await take_snapshot(self._link, self._clock.now())
            except HotlineError as error:
                log.warning("switch_not_readable", problem=error.message)
                await asyncio.sleep(_PAUSE)
            else:
                return [*self._reader.reconcile(snapshot), snapshot]
        return []
