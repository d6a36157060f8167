"""Hand-over notes to partners, and the record of an emergency connected by telephone."""

import structlog

from asterisk.partners import Partner, load
from core import wire
from core.clock import Clock
from core.outbox import Delivery
from core.settings import Settings
from telephony.events import HandOver
from telephony.transfers.webhook import post

log = structlog.get_logger(__name__)


class HandOverSender:
    """Posts the note of a transfer to the partner it went to (idempotent: the key goes with it)."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def send(self, delivery: Delivery) -> None:
        """Handle `HANDED_OVER`; a partner without a webhook gets none.

        Raises:
            PartUnavailable: the partner cannot be reached; it is tried again.
            Undeliverable: the partner refuses the note.
        """
        note = wire.read(HandOver, delivery.payload)
        partner = self._partner(note.trunk)
        if partner is None or not partner.webhook:
            return
        body = wire.dumps({"type": "handover", **wire.payload_of(note)}).encode()
        await post(partner.webhook, partner.webhook_secret, delivery.key, body, self._clock.now())
        log.info("handover_note_sent", call_id=note.call_id, partner=partner.name)

    def _partner(self, name: str) -> Partner | None:
        return next((one for one in load(self._settings.home) if one.name == name), None)
