"""Which room does what with a message of the outbox. The only paths by which one room's fact becomes another's work."""

from collections.abc import Mapping

import structlog

from asr.acceptance import AcceptanceLog
from asr.service import TranscriptService
from core import wire
from core.errors import TransitionRefused
from core.outbox import Delivery, Handler
from core.personal import keys
from hotline.handover import HandOverSender
from hotline.house import House
from hotline.phones import is_probe
from hotline.services import recording_service, survey_service
from hotline.tickets import ticket_service
from hotline.upward import UpwardSender
from recordings.events import RECORDING_ERASED, RECORDING_KEPT, RecordingErased, RecordingKept
from routing.callers.callbacks import callbacks_of
from routing.events import LeaveReason
from routing.service import DecisionLog
from surveys.events import SMS_SEND, SURVEY_DECIDED, SURVEY_RATED, SurveyDecided, SurveyRated
from surveys.views import Contact
from telephony.events import (
    CALL_ENDED,
    EMERGENCY_LINKED,
    HANDED_OVER,
    HANDOVER_CHECK,
    CallEndedMessage,
    HandOver,
    HandOverStage,
)
from telephony.service import CallRecorder
from telephony.views import CallView
from tickets.events import (
    HANDED_UP,
    PUSHED_UP,
    REPORT_DUE,
    STATE_REPORTED,
    TICKET_CLOSED,
    TICKET_DISPATCHED,
    UNIT_REMINDED,
    ReportDue,
    TicketMoment,
    UnitReminder,
)
from tickets.reminders import reminder_words

log = structlog.get_logger(__name__)

DIRECT_QUEUE = "direct"
"""What the dialplan writes for calls to emergency numbers: they went to the carrier and never waited here."""


class Deliveries:
    """The handlers, each idempotent on its message's key."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._calls = CallRecorder(house.database, house.clock, house.settings.spool_dir)
        self._tickets = ticket_service(house)
        self._surveys = survey_service(house)
        self._recordings = recording_service(house)
        self._transcripts = TranscriptService(house.database, house.clock)
        self._acceptance = AcceptanceLog(house.database, house.clock)
        self._decisions = DecisionLog(house.database)
        self._callbacks = callbacks_of(house.database, house.clock, house.settings)
        self._handover = HandOverSender(house, self._calls)
        self._upward = UpwardSender(house.settings, house.clock, self._tickets, self._recordings)

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each topic."""
        return {
            CALL_ENDED: self._call_ended,
            TICKET_DISPATCHED: self._dispatched,
            TICKET_CLOSED: self._closed,
            UNIT_REMINDED: self._reminded,
            SURVEY_RATED: self._rated,
            SURVEY_DECIDED: self._decided,
            SMS_SEND: self._surveys.send,
            HANDED_OVER: self._handover.send,
            HANDOVER_CHECK: self._handover.check,
            PUSHED_UP: self._upward.send,
            HANDED_UP: self._upward.hand_up,
            STATE_REPORTED: self._upward.report,
            REPORT_DUE: self._report_due,
            EMERGENCY_LINKED: self._emergency,
            RECORDING_KEPT: self._kept,
            RECORDING_ERASED: self._erased,
        }

    async def _call_ended(self, delivery: Delivery) -> None:
        message = wire.read(CallEndedMessage, delivery.payload)
        call = await self._calls.call(message.call_id)
        if call.caller is not None and is_probe(self._house.settings, call.caller.reveal()):
            pass  # a probe call (JS-20) makes no ticket, and nobody is called back for it
        elif message.talked:
            await self._tickets.open_draft(message.call_id, call.caller, call.dialled)
            await self._callbacks.reached(message.call_id)
            await self._callbacks.answered(message.call_id, call.caller)
        else:
            await self._owe_callback(call)
        await self._recordings.take_custody(message)

    async def _owe_callback(self, call: CallView) -> None:
        """Nobody answered: what the caller asked for, or what is owed to him (国办函〔2025〕66号)."""
        if call.queue == DIRECT_QUEUE or await self._partner_took(call.call_id):
            return
        if call.callback is not None:
            await self._callbacks.ask(
                call.call_id, call.callback, queue=call.queue, dialled=call.dialled, entered_at=call.entered_at
            )
        else:
            await self._callbacks.miss(
                call.call_id,
                call.caller,
                dialled=call.dialled,
                entered_at=call.entered_at,
                ended_at=call.ended_at or call.entered_at,
            )

    async def _partner_took(self, call_id: str) -> bool:
        """Tell whether the caller left his queue for a partner hotline, and did not come back."""
        stays = await self._decisions.queue_stays(call_id)
        return bool(stays) and stays[-1].reason == LeaveReason.DIVERTED

    async def _emergency(self, delivery: Delivery) -> None:
        """The call's ticket is there at once; the two hours of YC-15a run from the agent's key, an answer ends them."""
        note = wire.read(HandOver, delivery.payload)
        call = await self._calls.call(note.call_id)
        ticket_id = await self._tickets.open_draft(note.call_id, call.caller, call.dialled)
        try:
            if note.stage is HandOverStage.RINGING:
                await self._tickets.link_emergency(ticket_id, note.number, by=note.by, at=note.at, once=delivery.key)
            elif note.stage is HandOverStage.ANSWERED:
                await self._tickets.emergency_answered(
                    ticket_id, note.number, by=note.by, at=note.at, once=delivery.key
                )
        except TransitionRefused as refused:
            # closed meanwhile: the call itself keeps what happened
            log.warning("emergency_not_entered", ticket_id=ticket_id, problem=refused.message)
        await self._house.bus.publish(
            f"hotline/calls/{note.call_id}/state",
            {"event": "emergency_linked", "number": note.number, "by": note.by, "stage": note.stage, "at": note.at},
        )

    async def _dispatched(self, delivery: Delivery) -> None:
        moment = wire.read(TicketMoment, delivery.payload)
        await self._judge(moment.ticket_id)
        await self._surveys.on_dispatched(moment, await self._contact(moment.ticket_id))

    async def _closed(self, delivery: Delivery) -> None:
        moment = wire.read(TicketMoment, delivery.payload)
        await self._judge(moment.ticket_id)
        await self._surveys.on_closed(moment, await self._contact(moment.ticket_id))

    async def _judge(self, ticket_id: str) -> None:
        """Keep what the agent put in the place of the proposals."""
        written = await self._tickets.written_fields(ticket_id)
        if written.call_id is not None:
            await self._acceptance.judge(written.call_id, written.values)

    async def _contact(self, ticket_id: str) -> Contact:
        seen = await self._tickets.contact(ticket_id)
        return Contact(seen.phone, seen.name, seen.category, seen.answered_directly, seen.query_code)

    async def _reminded(self, delivery: Delivery) -> None:
        """Remind a unit: at its desk over MQTT (may be lost), and its people by text message (FJ-17a, JS-13b)."""
        reminder = wire.read(UnitReminder, delivery.payload)
        await self._house.bus.publish(f"hotline/units/{reminder.unit_id}/reminders", dict(delivery.payload))
        phones = await self._tickets.phones_told(reminder.unit_id, reminder.why)
        for phone in phones:
            key = f"{delivery.key}:{keys().search_hash(phone.reveal())[:12]}"  # one message for each, come what may
            await self._surveys.text_unit(key, phone, reminder_words(reminder))

    async def _report_due(self, delivery: Delivery) -> None:
        """Tell the desks of the centre; who writes it finds it in the list of reports too."""
        due = wire.read(ReportDue, delivery.payload)
        await self._house.bus.publish(f"hotline/reports/{due.report_id}", dict(delivery.payload))

    async def _rated(self, delivery: Delivery) -> None:
        await self._tickets.record_rating(wire.read(SurveyRated, delivery.payload))

    async def _decided(self, delivery: Delivery) -> None:
        await self._tickets.follow_survey(wire.read(SurveyDecided, delivery.payload))

    async def _kept(self, delivery: Delivery) -> None:
        kept = wire.read(RecordingKept, delivery.payload)
        await self._transcripts.owe(kept.call_id)
        await self._tickets.push_recording(kept.call_id, kept.recording_id)
        await self._house.bus.publish(
            f"hotline/calls/{kept.call_id}/state", {"event": "recording_kept", **wire.payload_of(kept)}
        )

    async def _erased(self, delivery: Delivery) -> None:
        erased = wire.read(RecordingErased, delivery.payload)
        await self._transcripts.erase(erased.call_id, erased.clause)
