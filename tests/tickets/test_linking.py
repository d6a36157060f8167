"""A caller connected with an emergency line: YC-15's two natural hours run from the key, the answer ends them."""

from datetime import timedelta
from itertools import permutations

import pytest

from core.errors import TransitionRefused
from core.ids import new_id
from tests.tickets.conftest import AGENT, Desk
from tickets.views import DutyView

TWO_HOURS = timedelta(hours=2)


async def transfer(desk: Desk, ticket_id: str) -> DutyView | None:
    return next((duty for duty in await desk.tickets.duties(ticket_id) if duty.kind == "transfer"), None)


async def entered(desk: Desk, ticket_id: str) -> list[str]:
    wanted = {"emergency_linked", "transferred", "overdue"}
    return [row.event for row in await desk.tickets.ledger(ticket_id) if row.event in wanted]


async def test_the_two_hours_run_from_the_key_not_from_the_acceptance_and_the_answer_ends_them(desk: Desk) -> None:
    key = desk.clock.now()
    ticket_id = await desk.tickets.open_draft(new_id(), None, "12345")
    await desk.tickets.link_emergency(ticket_id, "119", by="agent-1", at=key, once="leg:ringing")
    owed = await transfer(desk, ticket_id)
    assert owed is not None
    assert (owed.started_at, owed.due_at, owed.clause, owed.done_at) == (key, key + TWO_HOURS, "YC-15a", None)
    answered = key + timedelta(seconds=8)
    await desk.tickets.emergency_answered(ticket_id, "119", by="agent-1", at=answered, once="leg:answered")
    desk.clock.advance(timedelta(minutes=50))
    await desk.tickets.edit_draft(
        ticket_id, AGENT, {"category": "help", "title": "起火", "summary": "三楼起火", "public_emergency": "fire"}
    )
    await desk.tickets.accept(ticket_id, AGENT)
    owed = await transfer(desk, ticket_id)
    assert owed is not None
    assert (owed.started_at, owed.due_at, owed.done_at, owed.overdue) == (key, key + TWO_HOURS, answered, False)
    assert owed.counting[0] == "自紧急联动起算"
    assert await entered(desk, ticket_id) == ["emergency_linked", "transferred"]


async def test_a_line_that_did_not_answer_leaves_the_two_hours_running_and_the_clock_notes_it(desk: Desk) -> None:
    key = desk.clock.now()
    ticket_id = await desk.tickets.open_draft(new_id(), None, "12345")
    await desk.tickets.link_emergency(ticket_id, "119", by="agent-1", at=key, once="leg:ringing")
    desk.clock.advance(TWO_HOURS + timedelta(seconds=1))
    await desk.tickets.sweep()
    assert await entered(desk, ticket_id) == ["emergency_linked", "overdue"]
    owed = await transfer(desk, ticket_id)
    assert owed is not None
    assert owed.overdue


async def test_news_in_any_order_and_more_than_once_make_the_same(desk: Desk) -> None:
    key = desk.clock.now()
    for order in permutations(("linked", "answered", "accepted")):
        ticket_id = await desk.draft("help", public_emergency="water", unit_id=desk.unit.unit_id)
        for step in (*order, *order[:2]):
            match step:
                case "linked":
                    await desk.tickets.link_emergency(ticket_id, "96", by="a", at=key, once=f"{ticket_id}:1")
                case "answered":
                    at = key + timedelta(seconds=5)
                    await desk.tickets.emergency_answered(ticket_id, "96", by="a", at=at, once=f"{ticket_id}:2")
                case _:
                    if (await desk.tickets.get(ticket_id)).state == "draft":
                        await desk.tickets.accept(ticket_id, AGENT)
        owed = await transfer(desk, ticket_id)
        assert owed is not None, order
        assert (owed.started_at, owed.done_at) == (key, key + timedelta(seconds=5)), order
        assert sorted(await entered(desk, ticket_id)) == ["emergency_linked", "transferred"]
        desk.clock.advance(timedelta(minutes=1))


async def test_a_second_line_does_not_begin_the_two_hours_anew(desk: Desk) -> None:
    key = desk.clock.now()
    ticket_id = await desk.tickets.open_draft(new_id(), None, "12345")
    await desk.tickets.link_emergency(ticket_id, "120", by="a", at=key, once="one")
    await desk.tickets.link_emergency(ticket_id, "119", by="a", at=key + timedelta(minutes=3), once="two")
    owed = await transfer(desk, ticket_id)
    assert owed is not None
    assert owed.started_at == key


async def test_a_matter_that_turns_out_to_be_no_public_emergency_owes_nothing_more(desk: Desk) -> None:
    ticket_id = await desk.draft("consult")
    await desk.tickets.link_emergency(ticket_id, "119", by="a", at=desk.clock.now(), once="one")
    await desk.tickets.accept(ticket_id, AGENT)
    desk.clock.advance(TWO_HOURS + timedelta(minutes=1))
    await desk.tickets.sweep()
    overdue = [row.data["duty"] for row in await desk.tickets.ledger(ticket_id) if row.event == "overdue"]
    assert "transfer" not in overdue


async def test_a_ticket_that_is_closed_takes_no_emergency_any_more(desk: Desk) -> None:
    ticket_id = await desk.draft("consult")
    await desk.tickets.answer_directly(ticket_id, AGENT, "已答复")
    with pytest.raises(TransitionRefused):
        await desk.tickets.link_emergency(ticket_id, "119", by="a", at=desk.clock.now(), once="one")
