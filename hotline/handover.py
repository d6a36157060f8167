"""Hand-over notes to partners, and the record of an emergency connected by telephone."""

from datetime import datetime

import structlog

from asterisk.partners import Partner, load
from core import wire
from core.errors import PartUnavailable
from core.outbox import Delivery
from hotline.house import House
from telephony.events import HandOver, HandOverStage
from telephony.service import CallRecorder
from telephony.transfers.notes import at_stage, tell
from telephony.transfers.webhook import post
from telephony.views import CallView

log = structlog.get_logger(__name__)


class HandOverSender:
    """Posts the notes of a transfer to the partner it went to (idempotent: the key goes with each).

    Args:
        house: gives database, clock and settings.
        calls: tells how a leg ended.
    """

    def __init__(self, house: House, calls: CallRecorder) -> None:
        self._house = house
        self._calls = calls

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
        await post(partner.webhook, partner.webhook_secret, delivery.key, body, self._house.clock.now())
        log.info("handover_note_sent", call_id=note.call_id, partner=partner.name, stage=note.stage)

    async def check(self, delivery: Delivery) -> None:
        """Handle `HANDOVER_CHECK`: tell the end of an attempt from the tables; nothing when it was told.

        Raises:
            PartUnavailable: the tables do not know it yet; it is looked up again.
        """
        note, now = wire.read(HandOver, delivery.payload), self._house.clock.now()
        told = self._end(note, await self._calls.call(note.call_id), now)
        async with self._house.database.transaction() as session:
            await tell(session, told, now)

    @staticmethod
    def _end(note: HandOver, call: CallView, now: datetime) -> HandOver:
        leg = next((one for one in call.legs if one.leg_id == note.leg_id), None)
        if leg is None:
            return at_stage(note, HandOverStage.NOT_CONNECTED, now)
        if leg.joined_at is not None:
            return at_stage(note, HandOverStage.ANSWERED, leg.joined_at)
        if leg.ended_at is None:
            raise PartUnavailable("recorder", "转接的结果尚未入库", remedy="检查角色 switch 是否运行")
        return at_stage(note, HandOverStage.NOT_CONNECTED, leg.ended_at, leg.reason or "")

    def _partner(self, name: str) -> Partner | None:
        return next((one for one in load(self._house.settings.home) if one.name == name), None)
