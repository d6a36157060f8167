"""Records for the platform above, posted from the outbox: signed, at least once, in the order they happened."""

import structlog

from core import wire
from core.clock import Clock
from core.outbox import Delivery
from core.settings import Settings
from telephony.transfers.webhook import post
from tickets.events import UpwardPush
from tickets.service import TicketService

log = structlog.get_logger(__name__)


class UpwardSender:
    """Posts what the profile orders to the platform above (idempotent: the key goes with it)."""

    def __init__(self, settings: Settings, clock: Clock, tickets: TicketService) -> None:
        self._upper = settings.upper
        self._clock = clock
        self._tickets = tickets

    async def send(self, delivery: Delivery) -> None:
        """Handle `PUSHED_UP`; nothing is sent where no platform is set any more.

        Raises:
            PartUnavailable: it cannot be reached; it is tried again.
            Undeliverable: it refuses the record.
        """
        if not self._upper.url:
            return
        push = wire.read(UpwardPush, delivery.payload)
        record = await self._tickets.upward_record(push)
        body = wire.dumps({"type": "ticket", **record}).encode()
        await post(self._upper.url, self._upper.secret.get_secret_value(), delivery.key, body, self._clock.now())
        log.info("pushed_up", number=push.number, kind=push.kind)
