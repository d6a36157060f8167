"""Listens on the real broker and lets the demo wait for what must come."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from core.bus import Bus
from core.bus_subscription import BusMessage
from core.secrets import Secrets
from core.settings import Settings
from hotline.demo.steps import NotObserved

Wanted = Callable[[str, dict[str, Any]], bool]


class Watch:
    """Everything the broker carried since the watch began, in order."""

    def __init__(self) -> None:
        self.messages: list[BusMessage] = []
        self._more = asyncio.Condition()

    async def take(self, message: BusMessage) -> None:
        """Note a message."""
        async with self._more:
            self.messages.append(message)
            self._more.notify_all()

    async def wait(self, what: str, wanted: Wanted, *, within: float = 15.0) -> dict[str, Any]:
        """Return the payload of the first message that is wanted, also one that came before.

        Raises:
            NotObserved: none came in time.
        """
        seen = 0
        try:
            async with asyncio.timeout(within), self._more:
                while True:
                    for message in self.messages[seen:]:
                        if wanted(message.topic, message.payload):
                            return message.payload
                    seen = len(self.messages)
                    await self._more.wait()
        except TimeoutError:
            raise NotObserved(f"{what}:{within:g} 秒内消息服务器上没有相应消息") from None

    def count(self, wanted: Wanted) -> int:
        """Return how many wanted messages came so far."""
        return sum(wanted(message.topic, message.payload) for message in self.messages)


@asynccontextmanager
async def watching(settings: Settings, secrets: Secrets) -> AsyncIterator[Watch]:
    """Watch the broker of an instance for the time of the block."""
    watch = Watch()
    bus = Bus(settings.mqtt, username="hotline", password=secrets.mqtt_password, client_id="demo-watch")
    async with bus:
        await bus.wait_connected(10.0)
        subscription = bus.subscribe("hotline/#")

        async def listen() -> None:
            async for message in subscription:
                await watch.take(message)

        task = asyncio.create_task(listen())
        try:
            yield watch
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def call_event(name: str, call_id: str | None = None) -> Wanted:
    """Want the state message of a call with this event."""

    def wanted(topic: str, payload: dict[str, Any]) -> bool:
        return topic.endswith("/state") and payload.get("event") == name and call_id in (None, payload.get("call_id"))

    return wanted
