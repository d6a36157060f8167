"""How many wait, as the switch tells it, and how many AMI events it sent."""

import asyncio
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from telephony.ami import AmiLink
from telephony.ami.message import AmiMessage


class Line:
    """Counts arrivals from AMI and offers from the phones; lets an agent go only while somebody waits for him."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._on_the_way = 0
        self.waiting = 0
        self.events = 0
        self.seen: list[int] = []
        """Callers waiting at each release."""

    async def __aenter__(self) -> Self:
        """Start counting."""
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop counting."""
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    def empty(self) -> None:
        """Nobody waits: the callers were hung up."""
        self.waiting = self._on_the_way = 0

    async def wait_for(self, number: int, *, within: float = 120.0) -> None:
        """Wait until that many callers wait.

        Raises:
            TimeoutError: they do not.
        """
        async with self._changed:
            async with asyncio.timeout(within):
                await self._changed.wait_for(lambda: self.waiting >= number)

    async def release(self, until: float) -> bool:
        """Wait until somebody waits for whom no other agent was released; False: nobody did `until` that instant.

        Args:
            until: by `time.monotonic`.
        """
        async with self._changed:
            try:
                async with asyncio.timeout(until - time.monotonic()):
                    await self._changed.wait_for(lambda: self.waiting > self._on_the_way)
            except TimeoutError:
                return False
            self._on_the_way += 1
            self.seen.append(self.waiting)
        return True

    def offered(self, *, released: bool = True) -> None:
        """A caller was offered to an agent."""
        self.waiting -= 1
        if released:
            self._on_the_way -= 1

    async def _read(self) -> None:
        async for event in self._link.events():
            if not isinstance(event, AmiMessage):
                continue
            self.events += 1
            if event.name == "QueueCallerJoin" or event.get("userevent") == "CallArrived":
                async with self._changed:
                    self.waiting += 1
                    self._changed.notify_all()
