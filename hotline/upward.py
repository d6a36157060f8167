"""Records for other platforms, posted from the outbox: signed, at least once, in no order.

Each message carries `sequence`, the length of the ticket's ledger when it happened, and a record `as_of`, its length
when it was read: a receiver drops what is not newer than what it has, so that repeats and overtaking are harmless.
"""

import asyncio

import structlog

from core import wire
from core.actors import SYSTEM
from core.clock import Clock
from core.errors import InvalidInput, NotFound
from core.outbox import Delivery
from core.settings import Settings
from recordings.service import RecordingService
from telephony.transfers.webhook import post
from tickets.events import HandUp, StateReport, UpwardPush
from tickets.service import TicketService

log = structlog.get_logger(__name__)

_WHY = "按规定实时上报上级平台(JS-16b)"


class UpwardSender:
    """Posts what the profile orders to the platform above (idempotent: the key goes with it)."""

    def __init__(self, settings: Settings, clock: Clock, tickets: TicketService, recordings: RecordingService) -> None:
        self._upper = settings.upper
        self._clock = clock
        self._tickets = tickets
        self._recordings = recordings

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
        await self._post(self._upper.url, delivery.key, wire.dumps({"type": "ticket", **record}).encode())
        if push.recording_id is not None and self._upper.recordings_url:
            await self._send_sound(delivery.key, push.recording_id, push.number)
        log.info("pushed_up", number=push.number, kind=push.kind)

    async def hand_up(self, delivery: Delivery) -> None:
        """Handle `HANDED_UP`; what is answered is the receipt.

        Raises:
            PartUnavailable: it cannot be reached; it is tried again.
            Undeliverable: it refuses the ticket.
        """
        told = wire.read(HandUp, delivery.payload)
        record = await self._tickets.upward_record(
            UpwardPush(told.ticket_id, told.number, "hand_over", told.at, sequence=told.sequence)
        )
        body = wire.dumps({"type": "hand_over", "hand_up_id": told.hand_up_id, **record}).encode()
        answer = await self._post(self._upper.url, delivery.key, body)
        await self._tickets.record_receipt(told, _number_in(answer))
        log.info("handed_up", number=told.number)

    async def report(self, delivery: Delivery) -> None:
        """Handle `STATE_REPORTED`: tell a platform how a ticket stands that it handed over.

        Raises:
            PartUnavailable: it cannot be reached; it is tried again.
            Undeliverable: it refuses the report.
        """
        found = await self._tickets.state_report(wire.read(StateReport, delivery.payload))
        if found is None:
            return
        platform, record = found
        body = wire.dumps(record).encode()
        await post(platform.report_url or "", platform.secret.reveal(), delivery.key, body, self._clock.now())

    async def _send_sound(self, key: str, recording_id: str, number: str) -> None:
        """Send the sound, with a record of it as of any other listening; what was erased meanwhile is not sent."""
        try:
            opened = await self._recordings.open_for_playback(recording_id, SYSTEM, _WHY)
        except NotFound:
            return
        sound = await asyncio.to_thread(opened.path.read_bytes)
        extra = {
            "Content-Type": "audio/wav", "X-Recording-Id": recording_id, "X-Ticket-Number": number,
            "X-Content-Sha256": opened.recording.sha256 or "",
        }  # fmt: skip
        await self._post(self._upper.recordings_url, f"{key}:sound", sound, extra)

    async def _post(self, url: str, key: str, body: bytes, extra: dict[str, str] | None = None) -> bytes:
        return await post(url, self._upper.secret.get_secret_value(), key, body, self._clock.now(), extra=extra)


def _number_in(answer: bytes) -> str | None:
    """Return the ticket's number above, if the answer names it; anything else is a receipt without a number."""
    try:
        found = wire.loads(answer).get("number")
    except (InvalidInput, UnicodeDecodeError):
        return None
    return found[:80] if isinstance(found, str) else None
