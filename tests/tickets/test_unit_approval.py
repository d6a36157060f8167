"""Inside a unit: submitted, given to a person, proposed, released by its leader; the deadline runs on (呈批)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.actors import Actor, UnitPost
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden, TransitionRefused
from tests.tickets.conftest import REVIEWER, Desk
from tests.tickets.test_supervision import desk_of, reminders


def of(desk: Desk, post: UnitPost | None) -> Actor:
    return replace(desk.unit, account_id=f"unit-{post}", name=str(post), unit_post=post)


async def test_in_fujian_an_answer_goes_out_only_after_the_leaders_release(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("fujian", database, clock)
    receiver, handler, leader = (of(desk, post) for post in UnitPost)
    ticket_id = await desk.signed("complaint")
    due = (await desk.tickets.get(ticket_id)).due_at
    with pytest.raises(Conflict) as refused:
        await desk.tickets.answer(ticket_id, receiver, "已处理")
    assert (refused.value.code, "FJ-18b" in refused.value.message) == ("ticket_release_first", True)
    await desk.tickets.submit_to_leader(ticket_id, receiver, "请领导阅示")
    assert await reminders(database) == ["approval"]
    with pytest.raises(Conflict) as refused:
        await desk.tickets.propose_answer(ticket_id, handler, "已处理")
    assert refused.value.code == "ticket_handler_first"
    with pytest.raises(Forbidden):
        await desk.tickets.fix_handler(ticket_id, receiver, department="执法科", handler="王大明")
    await desk.tickets.fix_handler(ticket_id, leader, department="执法科", handler="王大明")
    await desk.tickets.propose_answer(ticket_id, handler, "已处理")
    shown = await desk.tickets.get(ticket_id)
    assert (shown.state, shown.answer, shown.due_at) == ("in_approval", None, due)
    with pytest.raises(TransitionRefused):
        await desk.tickets.answer(ticket_id, leader, "绕过")
    with pytest.raises(Forbidden):
        await desk.tickets.release_answer(ticket_id, handler)
    await desk.tickets.decline_answer(ticket_id, leader, "请写明依据")
    await desk.tickets.propose_answer(ticket_id, handler, "依据某办法已处理")
    await desk.tickets.release_answer(ticket_id, leader)
    shown = await desk.tickets.get(ticket_id)
    assert shown.state == "answered"
    assert shown.answer is not None
    assert shown.answer.reveal() == "依据某办法已处理"
    assert await desk.tickets.verify_ledger(ticket_id) is None
    events = [entry for entry in await desk.tickets.ledger(ticket_id) if entry.event == "handler_fixed"]
    assert events[0].data == {"department": "执法科"}
    await desk.tickets.close(ticket_id, REVIEWER)


async def test_nobody_releases_what_they_proposed_and_a_leader_may_answer_himself(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("fujian", database, clock)
    leader, deputy = of(desk, UnitPost.APPROVER), replace(of(desk, UnitPost.APPROVER), account_id="deputy")
    ticket_id = await desk.signed("complaint")
    await desk.tickets.fix_handler(ticket_id, leader, department="科", handler="本人")
    await desk.tickets.propose_answer(ticket_id, leader, "已处理")
    with pytest.raises(Forbidden):
        await desk.tickets.release_answer(ticket_id, leader)
    await desk.tickets.release_answer(ticket_id, deputy, "已处理完毕")
    other = await desk.signed("complaint")
    await desk.tickets.answer(other, leader, "已处理")
    assert (await desk.tickets.get(other)).state == "answered"


async def test_where_it_is_not_ordered_the_unit_chooses_and_the_clock_runs_on_while_the_leader_thinks(
    desk: Desk,
) -> None:
    ticket_id = await desk.signed()
    await desk.tickets.propose_answer(ticket_id, desk.unit, "已修复")
    desk.clock.advance(timedelta(days=30))
    await desk.tickets.sweep()
    shown = await desk.tickets.get(ticket_id)
    assert (shown.state, shown.card) == ("in_approval", "red")
    assert await desk.tickets.inbox_counts(desk.unit) == {"working": 1}
    free = await desk.signed()
    await desk.tickets.answer(free, desk.unit, "已修复")


async def test_a_handler_neither_signs_nor_sends_back(desk: Desk) -> None:
    handler = of(desk, UnitPost.HANDLER)
    ticket_id = await desk.dispatched()
    with pytest.raises(Forbidden) as refused:
        await desk.tickets.sign(ticket_id, handler)
    assert refused.value.code == "ticket_post_forbidden"
    await desk.tickets.sign(ticket_id, of(desk, UnitPost.RECEIVER))
    with pytest.raises(Forbidden):
        await desk.tickets.return_(ticket_id, handler, basis="不属职责")
    await desk.tickets.record_contact(ticket_id, handler, how="电话", told="程序和时限")
