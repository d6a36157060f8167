"""People, a service on a real database, and a ticket led to where a test needs it."""

from dataclasses import dataclass

import pytest

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.personal import Personal
from tickets.profile import load_profile
from tickets.service import TicketService

AGENT = Actor("agent-1", "话务员甲", Role.AGENT)
LEADER = Actor("leader-1", "班长", Role.SHIFT_LEADER)
REVIEWER = Actor("reviewer-1", "审核员", Role.REVIEWER)
SUPERVISOR = Actor("supervisor-1", "主管", Role.SUPERVISOR)

CALLER = Personal("13800138000")


@dataclass
class Desk:
    """A ticket service with units, and the way to bring a ticket into a state."""

    tickets: TicketService
    database: Database
    clock: ManualClock
    unit: Actor
    other_unit: Actor

    async def draft(self, category: str = "help", call_id: str | None = None, **fields: object) -> str:
        ticket_id = await self.tickets.open_draft(call_id, CALLER, "12345")
        filled = {"category": category, "title": "路灯不亮", "summary": "小区门口的路灯三天不亮", **fields}
        await self.tickets.edit_draft(ticket_id, AGENT, filled)
        return ticket_id

    async def dispatched(self, category: str = "help", **fields: object) -> str:
        ticket_id = await self.draft(category, unit_id=self.unit.unit_id, **fields)
        await self.tickets.accept(ticket_id, AGENT)
        if (await self.tickets.get(ticket_id)).state == "awaiting_approval":
            await self.tickets.approve(ticket_id, LEADER)
        await self.tickets.dispatch(ticket_id, AGENT)
        return ticket_id

    async def signed(self, category: str = "help", **fields: object) -> str:
        ticket_id = await self.dispatched(category, **fields)
        await self.tickets.sign(ticket_id, self.unit)
        return ticket_id

    async def closed(self, category: str = "help") -> str:
        ticket_id = await self.signed(category)
        await self.tickets.answer(ticket_id, self.unit, "已更换灯泡")
        await self.tickets.close(ticket_id, REVIEWER)
        return ticket_id


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> Desk:
    tickets = TicketService(database, clock, load_profile("yichun"))
    await tickets.seed_units()
    first, second = [unit for unit in await tickets.units() if unit.level == 2][:2]
    return Desk(
        tickets,
        database,
        clock,
        Actor("unit-1", "城管承办人", Role.UNIT, unit_id=first.id),
        Actor("unit-2", "人社承办人", Role.UNIT, unit_id=second.id),
    )
