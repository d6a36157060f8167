"""Ways a text message leaves and comes in. `SmsGateway` is what every way offers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.personal import Personal


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """A text message to send. `message_id` is the idempotency key: the same id twice is one message."""

    message_id: str
    to: Personal
    text: Personal
    kind: str
    """acceptance, survey, hint or thanks."""
    at: datetime


@dataclass(frozen=True, slots=True)
class IncomingSms:
    """A text message that came in. `message_id` is unique per gateway: the same id twice is one message."""

    message_id: str
    sender: Personal
    text: Personal
    at: datetime


Receiver = Callable[[IncomingSms], Awaitable[None]]


class SmsGateway(Protocol):
    """Sends text messages and hands over those that came in."""

    async def send(self, message: OutgoingSms) -> str:
        """Send, and return the gateway's reference; the same `message_id` again sends nothing new.

        Raises:
            PartUnavailable: the gateway does not work now; try again later.
        """
        ...

    async def poll(self, receive: Receiver) -> int:
        """Hand each waiting message to `receive`, forget it once that returned, and return how many were handed over.

        A message whose `receive` raised stays and comes again.
        """
        ...
