"""Oversight from outside: samples nobody can pick, tickets without names, enquiries that get one reply."""

from datetime import timedelta

import pytest

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.tickets.conftest import SUPERVISOR, Desk
from tickets.model import Ticket

GUEST = Actor("guest-1", "人大代表", Role.OVERSIGHT_GUEST)
OTHER = Actor("guest-2", "政协委员", Role.OVERSIGHT_GUEST)
DAY = timedelta(days=1)


async def test_a_sample_is_drawn_at_random_and_tells_the_three_rates_without_any_words_of_the_caller(
    desk: Desk,
) -> None:
    begin = desk.clock.now()
    for _ in range(3):
        await desk.closed()
    await desk.signed()
    desk.clock.advance(DAY)
    sample = await desk.tickets.draw_sample(GUEST, since=begin, until=desk.clock.now(), size=2, purpose="巡察")
    assert (len(sample.tickets), sample.out_of) == (2, 4)
    others = [
        await desk.tickets.draw_sample(GUEST, since=begin, until=desk.clock.now(), size=2, purpose="巡察")
        for _ in range(12)
    ]
    assert len({tuple(one.number for one in other.tickets) for other in others}) > 1, "the same each time is not random"
    assert {"on_time_rate", "finish_rate", "satisfaction"} == set(sample.rates)
    assert sample.rates["finish_rate"].shown == "75.00"
    assert [step.label for step in sample.tickets[0].steps]
    assert "路灯" not in str(sample)
    assert "13800138000" not in str(sample)
    assert (await desk.tickets.sample(sample.id, GUEST)).tickets == sample.tickets
    with pytest.raises(NotFound):
        await desk.tickets.sample(sample.id, OTHER)
    assert (await desk.tickets.sample(sample.id, SUPERVISOR)).seed == sample.seed


async def test_confidential_tickets_are_never_drawn_and_a_sample_may_be_of_one_unit(desk: Desk) -> None:
    begin = desk.clock.now()
    secret, plain = await desk.signed(), await desk.signed()
    async with desk.database.transaction() as session:
        (await session.get_one(Ticket, secret)).confidential = True
    desk.clock.advance(DAY)
    until = desk.clock.now()
    sample = await desk.tickets.draw_sample(GUEST, since=begin, until=until, size=10, purpose="巡察")
    assert [one.number for one in sample.tickets] == [(await desk.tickets.get(plain)).number]
    other = desk.other_unit.unit_id
    none = await desk.tickets.draw_sample(GUEST, since=begin, until=until, size=10, purpose="巡察", unit_id=other)
    assert (none.tickets, none.out_of) == ((), 0)
    with pytest.raises(NotFound):
        await desk.tickets.get(secret, GUEST)
    with pytest.raises(InvalidInput):
        await desk.tickets.draw_sample(GUEST, since=until, until=begin, size=1, purpose="巡察")


async def test_an_enquiry_gets_one_reply_by_somebody_else_within_the_limit(desk: Desk) -> None:
    asked = await desk.tickets.ask_oversight(GUEST, "为何超期", kind="rectify")
    assert asked.due_at > desk.clock.now()
    assert await desk.tickets.oversight_enquiries(OTHER) == []
    desk.clock.advance(30 * DAY)
    (late,) = await desk.tickets.oversight_enquiries(SUPERVISOR)
    assert late.overdue
    replied = await desk.tickets.reply_to_oversight(asked.id, SUPERVISOR, "已整改")
    assert replied.reply is not None
    assert replied.reply.reveal() == "已整改"
    with pytest.raises(Conflict):
        await desk.tickets.reply_to_oversight(asked.id, SUPERVISOR, "再次答复")
    own = await desk.tickets.ask_oversight(SUPERVISOR, "自查")
    with pytest.raises(Forbidden):
        await desk.tickets.reply_to_oversight(own.id, SUPERVISOR, "自答")
    assert [one.id for one in await desk.tickets.oversight_enquiries(GUEST)] == [asked.id]
