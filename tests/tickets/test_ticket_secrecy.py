"""What must not happen to a ticket: strangers, bad values, refused acts, touched ledgers, readable secrets."""

import pytest
from sqlalchemy import select, text

from core.actors import Actor, Role
from core.database import Database
from core.errors import Forbidden, HotlineError, InvalidInput, NotFound
from core.outbox_model import OutboxMessage
from tests.tickets.conftest import AGENT, CALLER, REVIEWER, Desk
from tickets.reading import TicketFilter


async def topics(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as session:
        rows = (
            await session.execute(select(OutboxMessage).order_by(OutboxMessage.created_at, OutboxMessage.id))
        ).scalars()
        return [(row.topic, row.key) for row in rows]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ticket_events SET actor_name = actor_name, actor_id = 'somebody' WHERE seq = 3",
        "UPDATE ticket_events SET event = 'edited' WHERE seq = 5",
        "DELETE FROM ticket_events WHERE seq = 4",
        "DELETE FROM ticket_events WHERE seq = 8",
        "UPDATE ticket_events SET note_digest = 'x' WHERE seq = 7",
    ],
)
async def test_a_ledger_that_was_touched_is_found_out(desk: Desk, statement: str) -> None:
    ticket_id = await desk.closed()
    assert await desk.tickets.verify_ledger(ticket_id) is None
    async with desk.database.transaction() as session:
        await session.execute(text(statement))
    assert await desk.tickets.verify_ledger(ticket_id) is not None


async def test_an_unknown_value_is_refused_with_its_field_and_nothing_is_changed(desk: Desk) -> None:
    ticket_id = await desk.draft()
    before = await desk.tickets.get(ticket_id)
    for fields, named in [
        ({"category": "praise"}, "category"),
        ({"colour": "red"}, "colour"),
        ({"title": "题" * 201}, "title"),
        ({"urgency": "sometimes"}, "urgency"),
        ({"unit_id": "nowhere"}, "unit_id"),
        ({"public_emergency": "zombies"}, "public_emergency"),
        ({"title": "好", "summary": 7}, "summary"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            await desk.tickets.edit_draft(ticket_id, AGENT, fields)
        assert refused.value.field == named
    assert await desk.tickets.get(ticket_id) == before


async def test_another_unit_neither_sees_nor_touches_a_ticket(desk: Desk) -> None:
    ticket_id = await desk.dispatched()
    with pytest.raises(NotFound):
        await desk.tickets.get(ticket_id, desk.other_unit)
    with pytest.raises(NotFound):
        await desk.tickets.sign(ticket_id, desk.other_unit)
    assert (await desk.tickets.list(desk.other_unit)).items == ()
    assert (await desk.tickets.list(desk.other_unit, TicketFilter(unit_id=desk.unit.unit_id))).items == ()
    assert [item.id for item in (await desk.tickets.list(desk.unit)).items] == [ticket_id]


async def test_looking_at_personal_data_needs_a_reason_and_stands_in_the_ledger(desk: Desk) -> None:
    ticket_id = await desk.dispatched()
    with pytest.raises(InvalidInput):
        await desk.tickets.reveal(ticket_id, "caller_phone", desk.unit, "  ")
    with pytest.raises(InvalidInput):
        await desk.tickets.reveal(ticket_id, "ledger_head", desk.unit, "好奇")
    assert await desk.tickets.reveal(ticket_id, "caller_phone", desk.unit, "联系诉求人") == CALLER
    last = (await desk.tickets.ledger(ticket_id))[-1]
    assert (last.event, last.actor_id, last.data["field"]) == ("revealed", "unit-1", "caller_phone")
    with pytest.raises(Forbidden):
        await desk.tickets.reveal(ticket_id, "caller_phone", Actor("x", "管理员", Role.ADMIN), "看看")


async def test_no_personal_text_stands_readable_in_the_database(desk: Desk) -> None:
    ticket_id = await desk.closed()
    secret = ("13800138000", "小区门口的路灯三天不亮", "已更换灯泡")
    async with desk.database.reading() as session:
        for table in ("tickets", "ticket_events", "ticket_duties", "outbox_messages"):
            rows = (await session.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows
            assert not any(word in str(value) for row in rows for value in row for word in secret)
    assert "13800138000" not in repr(await desk.tickets.get(ticket_id))


async def test_every_refused_act_changes_nothing(desk: Desk) -> None:
    """Every act by every role in every state that can be reached: it works, or nothing at all is changed."""
    tickets, unit = desk.tickets, desk.unit
    acts = {
        "edit": lambda i, a: tickets.edit_draft(i, a, {"title": "改"}),
        "accept": tickets.accept,
        "approve": tickets.approve,
        "reject": lambda i, a: tickets.reject(i, a, "in_petition"),
        "answer_directly": lambda i, a: tickets.answer_directly(i, a, "好"),
        "dispatch": lambda i, a: tickets.dispatch(i, a, unit.unit_id),
        "sign": tickets.sign,
        "answer": lambda i, a: tickets.answer(i, a, "好"),
        "send_back": lambda i, a: tickets.send_back(i, a, "不具体"),
        "return": lambda i, a: tickets.return_(i, a, basis="依据"),
        "decide_return": lambda i, a: tickets.decide_return(i, a, "approved"),
        "extension": lambda i, a: tickets.ask_extension(i, a, 1, "理由"),
        "decide_extension": lambda i, a: tickets.decide_extension(i, a, approved=True),
        "close": tickets.close,
        "rework": lambda i, a: tickets.rework(i, a, "不满意"),
        "archive": tickets.archive,
    }
    refused = 0
    for ticket_id in (await desk.draft(), await desk.dispatched(), await desk.signed(), await desk.closed()):
        for actor in (AGENT, REVIEWER, unit, Actor("adm", "管理员", Role.ADMIN)):
            for act in acts.values():
                before = await tickets.get(ticket_id), await tickets.duties(ticket_id), await topics(desk.database)
                try:
                    await act(ticket_id, actor)
                except HotlineError:
                    refused += 1
                    after = await tickets.get(ticket_id), await tickets.duties(ticket_id), await topics(desk.database)
                    assert after == before
        assert await tickets.verify_ledger(ticket_id) is None
    assert refused > 100
