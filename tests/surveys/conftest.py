"""Tickets and surveys wired through the real outbox, with the file gateway."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.ids import new_id
from core.outbox import Deliverer, Delivery, Handler
from core.personal import Personal
from core.wire import read
from surveys.events import SMS_SEND, SURVEY_DECIDED, SURVEY_RATED, SurveyDecided, SurveyRated
from surveys.gateways.file import FileGateway
from surveys.rules import SurveyRules
from surveys.service import SurveyService
from surveys.views import CallbackView, Contact
from tickets.events import TICKET_CLOSED, TICKET_DISPATCHED, TicketMoment
from tickets.profile import load_profile
from tickets.service import TicketService

AGENT = Actor("agent-1", "话务员甲", Role.AGENT)
LEADER = Actor("leader-1", "班长", Role.SHIFT_LEADER)
REVIEWER = Actor("reviewer-1", "审核员", Role.REVIEWER)
CALLBACK = Actor("callback-1", "回访员", Role.CALLBACK)
MOBILE = "13800138000"


@dataclass
class Loop:
    """The closed loop: what happens to a ticket reaches the citizen, and the answer comes back."""

    tickets: TicketService
    surveys: SurveyService
    database: Database
    clock: ManualClock
    sms: Path
    unit: Actor
    times: int = 1
    """How often each message of the outbox is handed over: at least once is promised, more must be harmless."""

    async def deliver(self) -> None:
        handlers = {
            TICKET_DISPATCHED: self._repeated(self._dispatched),
            TICKET_CLOSED: self._repeated(self._closed),
            SURVEY_RATED: self._repeated(self._rated),
            SURVEY_DECIDED: self._repeated(self._decided),
            SMS_SEND: self._repeated(self.surveys.send),
        }
        deliverer = Deliverer(self.database, self.clock, handlers)
        while await deliverer.run_once():
            pass

    def _repeated(self, handler: Handler) -> Handler:
        async def handle(delivery: Delivery) -> None:
            for _ in range(self.times):
                await handler(delivery)

        return handle

    async def _contact(self, moment: TicketMoment) -> Contact:
        known = await self.tickets.contact(moment.ticket_id)
        return Contact(known.phone, known.name, known.category, known.answered_directly, known.query_code)

    async def _dispatched(self, delivery: Delivery) -> None:
        moment = read(TicketMoment, delivery.payload)
        await self.surveys.on_dispatched(moment, await self._contact(moment))

    async def _closed(self, delivery: Delivery) -> None:
        moment = read(TicketMoment, delivery.payload)
        await self.surveys.on_closed(moment, await self._contact(moment))

    async def _rated(self, delivery: Delivery) -> None:
        await self.tickets.record_rating(read(SurveyRated, delivery.payload))

    async def _decided(self, delivery: Delivery) -> None:
        await self.tickets.follow_survey(read(SurveyDecided, delivery.payload))

    async def handled(self, phone: str | None = MOBILE, category: str = "help") -> str:
        """Lead a ticket from the call to its closing."""
        ticket_id = await self.tickets.open_draft(None, Personal.of(phone), "12345")
        fields = {"category": category, "title": "路灯不亮", "summary": "路灯三天不亮", "unit_id": self.unit.unit_id}
        await self.tickets.edit_draft(ticket_id, AGENT, fields)
        await self.tickets.accept(ticket_id, AGENT)
        await self.tickets.approve(ticket_id, LEADER)
        await self.tickets.dispatch(ticket_id, AGENT)
        await self.deliver()
        await self.finish(ticket_id)
        return ticket_id

    async def finish(self, ticket_id: str) -> None:
        await self.tickets.sign(ticket_id, self.unit)
        await self.tickets.answer(ticket_id, self.unit, "已更换灯泡")
        await self.tickets.close(ticket_id, REVIEWER)
        await self.deliver()

    async def reply(self, text: str, phone: str = MOBILE) -> int:
        """Put a reply into the inbox and take it in."""
        body = {"from": phone, "text": text, "at": self.clock.now().isoformat()}
        (self.sms / "inbox").mkdir(parents=True, exist_ok=True)
        (self.sms / "inbox" / f"{new_id()}.json").write_text(json.dumps(body, ensure_ascii=False), "utf-8")
        taken = await self.surveys.poll_gateway()
        await self.deliver()
        return taken

    def sent(self) -> list[dict[str, str]]:
        """Return what left through the gateway, in order."""
        return [json.loads(path.read_text("utf-8")) for path in sorted((self.sms / "outbox").glob("*.json"))]

    async def task(self) -> CallbackView:
        """Return the only open task."""
        (only,) = await self.surveys.callback_tasks()
        return only


@pytest.fixture
async def loop(database: Database, clock: ManualClock, tmp_path: Path) -> Loop:
    profile = load_profile("yichun")
    tickets = TicketService(database, clock, profile)
    await tickets.seed_units()
    unit = next(unit for unit in await tickets.units() if unit.level == 2)
    rules = SurveyRules.model_validate(profile.surveys.values())
    sms = tmp_path / "sms"
    surveys = SurveyService(database, clock, rules, FileGateway(sms), profile.hotline)
    return Loop(tickets, surveys, database, clock, sms, Actor("unit-1", "承办人", Role.UNIT, unit_id=unit.id))
