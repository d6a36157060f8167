"""What a reader of the bus holds: the messages of one topic pattern."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

QUEUE_LENGTH = 10_000
"""Messages a slow reader, or an absent broker, may be behind before the oldest are lost."""


@dataclass(frozen=True, slots=True)
class BusMessage:
    """A message that came in."""

    topic: str
    payload: dict[str, Any]


class Subscription(AsyncIterator[BusMessage]):
    """The messages of a pattern from the moment it was made, across reconnects; ends with the bus.

    A reader that is 10,000 messages behind loses the oldest.
    """

    def __init__(self, pattern: str, identifier: int) -> None:
        self.pattern = pattern
        self.identifier = identifier
        self.active = asyncio.Event()
        """Set while the broker knows the subscription."""
        self._messages: deque[BusMessage | None] = deque(maxlen=QUEUE_LENGTH)
        self._filled = asyncio.Event()

    def put(self, message: BusMessage | None) -> None:
        """Hand over a message; None ends the iteration."""
        self._messages.append(message)
        self._filled.set()

    async def __anext__(self) -> BusMessage:
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        message = self._messages.popleft()
        if message is None:
            self.put(None)
            raise StopAsyncIteration
        return message
