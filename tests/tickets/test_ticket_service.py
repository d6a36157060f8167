"""The course of a ticket on SQLite and PostgreSQL."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core.actors import SYSTEM
from core.clock import LOCAL
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput, TransitionRefused
from core.outbox_model import OutboxMessage
from core.personal import Personal
from surveys.events import Rating, SurveyDecided, SurveyRated, SurveyStep
from tests.tickets.conftest import AGENT, CALLER, LEADER, REVIEWER, Desk
from tickets.reading import TicketFilter


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


async def topics(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as session:
        rows = (
            await session.execute(select(OutboxMessage).order_by(OutboxMessage.created_at, OutboxMessage.id))
        ).scalars()
        return [(row.topic, row.key) for row in rows]


async def duty(desk: Desk, ticket_id: str, kind: str) -> datetime:
    return [d.due_at for d in await desk.tickets.duties(ticket_id) if d.kind == kind][-1]


async def test_a_ticket_goes_from_the_call_to_the_archive_and_its_ledger_is_whole(desk: Desk) -> None:
    ticket_id = await desk.closed()
    tickets = desk.tickets
    await tickets.record_rating(SurveyRated("s-1", ticket_id, 0, Rating.SATISFIED, desk.clock.now()))
    decided = SurveyDecided("s-1", ticket_id, 0, SurveyStep.ARCHIVE, excluded=False, at=desk.clock.now())
    await tickets.follow_survey(decided)
    await tickets.archive(ticket_id, REVIEWER)
    shown = await tickets.get(ticket_id)
    assert (shown.state, shown.rating, shown.number) == ("archived", "satisfied", "YC20260302-000001")
    assert [entry.event for entry in await tickets.ledger(ticket_id)] == [
        "opened", "edited", "submitted", "approved", "dispatched", "signed", "answered", "closed", "rated",
        "survey_settled", "archived",
    ]  # fmt: skip
    assert await tickets.verify_ledger(ticket_id) is None
    assert await topics(desk.database) == [
        ("tickets.dispatched", f"{ticket_id}:1"),
        ("tickets.closed", f"{ticket_id}:0"),
    ]


async def test_the_same_call_opens_one_draft_even_when_two_ask_at_once(desk: Desk) -> None:
    ids = await asyncio.gather(*(desk.tickets.open_draft("call-1", CALLER, "12345") for _ in range(8)))
    assert len(set(ids)) == 1
    assert len((await desk.tickets.list()).items) == 1


async def test_numbers_are_given_once_when_many_tickets_are_opened_at_once(desk: Desk) -> None:
    ids = await asyncio.gather(*(desk.tickets.open_draft(f"call-{n}", None, None) for n in range(20)))
    numbers = sorted([(await desk.tickets.get(ticket_id)).number for ticket_id in ids])
    assert numbers == [f"YC20260302-{n:06d}" for n in range(1, 21)]


async def test_a_category_without_standing_approval_waits_for_it(desk: Desk) -> None:
    complaint = await desk.draft("complaint", unit_id=desk.unit.unit_id)
    await desk.tickets.accept(complaint, AGENT)
    with pytest.raises(TransitionRefused):
        await desk.tickets.dispatch(complaint, AGENT)
    with pytest.raises(Forbidden):
        await desk.tickets.approve(complaint, AGENT)
    await desk.tickets.disapprove(complaint, LEADER, "请补充地点")
    await desk.tickets.edit_draft(complaint, AGENT, {"place": "秀江中路1号"})
    await desk.tickets.accept(complaint, AGENT)
    await desk.tickets.approve(complaint, LEADER)
    await desk.tickets.dispatch(complaint, AGENT)
    consult = await desk.draft("consult", unit_id=desk.unit.unit_id)
    await desk.tickets.accept(consult, AGENT)
    await desk.tickets.dispatch(consult, AGENT)
    assert (await desk.tickets.get(consult)).state == (await desk.tickets.get(complaint)).state == "dispatched"


async def test_two_clerks_at_once_one_wins_the_other_gets_a_conflict(desk: Desk) -> None:
    ticket_id = await desk.draft()
    version = (await desk.tickets.get(ticket_id)).version
    results = await asyncio.gather(
        desk.tickets.edit_draft(ticket_id, AGENT, {"title": "甲的标题"}, version),
        desk.tickets.edit_draft(ticket_id, LEADER, {"title": "乙的标题"}, version),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "int"]
    conflict = next(result for result in results if isinstance(result, Conflict))
    assert (conflict.code, conflict.status) == ("ticket_changed", 409)
    winner = "甲的标题" if isinstance(results[0], int) else "乙的标题"
    assert (await desk.tickets.get(ticket_id)).title == winner
    assert await desk.tickets.verify_ledger(ticket_id) is None


async def test_many_actors_without_versions_leave_one_whole_chain(desk: Desk) -> None:
    ticket_id = await desk.dispatched()
    acts = [desk.tickets.add_repeat_call(ticket_id, AGENT, f"again-{n % 5}") for n in range(15)]
    signs = [desk.tickets.sign(ticket_id, desk.unit) for _ in range(3)]
    results = await asyncio.gather(*acts, *signs, return_exceptions=True)
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 2
    assert all(isinstance(error, Conflict) for error in refused)
    shown = await desk.tickets.get(ticket_id)
    assert (shown.state, shown.repeat_calls) == ("signed", 6)
    assert await desk.tickets.verify_ledger(ticket_id) is None


async def test_a_draft_without_its_fields_cannot_be_accepted(desk: Desk) -> None:
    ticket_id = await desk.tickets.open_draft("call-9", None, "12345")
    with pytest.raises(InvalidInput, match="诉求类别"):
        await desk.tickets.accept(ticket_id, AGENT)


async def test_a_refusal_needs_a_listed_ground_and_keeps_clause_and_guidance(desk: Desk) -> None:
    ticket_id = await desk.draft()
    with pytest.raises(InvalidInput) as refused:
        await desk.tickets.reject(ticket_id, AGENT, "already_being_handled")
    assert refused.value.code == "refusal_not_listed"
    with pytest.raises(InvalidInput, match=r"YC-11\.4"):
        await desk.tickets.reject(ticket_id, AGENT, "in_petition", "YC-11.1")
    with pytest.raises(Forbidden):
        await desk.tickets.reject(ticket_id, AGENT, "other")
    await desk.tickets.reject(ticket_id, AGENT, "in_petition", "YC-11.4")
    shown = await desk.tickets.get(ticket_id)
    assert (shown.state, shown.refusal_clause) == ("rejected", "YC-11.4")
    assert shown.guidance is not None
    assert "信访" in shown.guidance


async def test_an_answer_on_the_call_closes_at_once_and_is_called_back_too(desk: Desk) -> None:
    ticket_id = await desk.draft("consult")
    await desk.tickets.answer_directly(ticket_id, AGENT, "办理地点在政务中心二楼")
    shown = await desk.tickets.get(ticket_id)
    assert (shown.state, shown.answered_directly) == ("closed", True)
    assert await topics(desk.database) == [("tickets.closed", f"{ticket_id}:0")]
    with pytest.raises(Conflict) as refused:
        await desk.tickets.archive(ticket_id, REVIEWER)
    assert refused.value.code == "ticket_callback_open"


async def test_a_public_emergency_goes_out_without_approval_and_must_be_transferred_in_two_hours(desk: Desk) -> None:
    ticket_id = await desk.draft("help", public_emergency="water", unit_id=desk.unit.unit_id)
    await desk.tickets.accept(ticket_id, AGENT)
    assert (await desk.tickets.get(ticket_id)).state == "accepted"
    assert await duty(desk, ticket_id, "transfer") == desk.clock.now() + timedelta(hours=2)
    desk.clock.advance(timedelta(hours=1))
    await desk.tickets.record_transfer(ticket_id, AGENT, "07950000009")
    transfer = next(d for d in await desk.tickets.duties(ticket_id) if d.kind == "transfer")
    assert (transfer.done_at, transfer.overdue, transfer.clause) == (desk.clock.now(), False, "YC-15a")


async def test_the_centre_dispatches_one_tier_down_only(desk: Desk) -> None:
    ticket_id = await desk.draft("consult")
    await desk.tickets.accept(ticket_id, AGENT)
    township = next(unit for unit in await desk.tickets.units() if unit.level == 3)
    with pytest.raises(InvalidInput, match="YC-6a"):
        await desk.tickets.dispatch(ticket_id, AGENT, township.id)


async def test_a_rework_is_a_new_dispatch_and_the_second_dissatisfaction_is_supervised(desk: Desk) -> None:
    ticket_id = await desk.closed()
    desk.clock.advance(timedelta(days=4))
    now = desk.clock.now()
    rework = SurveyDecided("s-0", ticket_id, 0, SurveyStep.REWORK, excluded=False, at=now)
    for _ in range(3):
        await desk.tickets.follow_survey(rework)
    shown = await desk.tickets.get(ticket_id)
    assert (shown.state, shown.round, shown.survey_step) == ("rework", 1, None)
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 13, 17, 30)
    # the rating of the first round comes late and twice
    for _ in range(2):
        await desk.tickets.record_rating(SurveyRated("s-0", ticket_id, 0, Rating.DISSATISFIED, now))
    assert (await desk.tickets.get(ticket_id)).rating == "dissatisfied"
    await desk.tickets.sign(ticket_id, desk.unit)
    await desk.tickets.answer(ticket_id, desk.unit, "已重新更换")
    await desk.tickets.close(ticket_id, REVIEWER)
    again = SurveyDecided("s-1", ticket_id, 1, SurveyStep.SUPERVISE, excluded=False, at=now)
    for _ in range(2):
        await desk.tickets.follow_survey(again)
    assert (await desk.tickets.get(ticket_id)).supervised_at == desk.clock.now()
    events = [entry.event for entry in await desk.tickets.ledger(ticket_id)]
    assert (events.count("rework_dispatched"), events.count("rated"), events.count("supervised")) == (1, 1, 1)
    assert len(await topics(desk.database)) == 4


async def test_a_message_overtaken_by_a_newer_one_does_not_undo_it(desk: Desk) -> None:
    ticket_id = await desk.closed()
    early, late = desk.clock.now(), desk.clock.now() + timedelta(hours=1)
    await desk.tickets.record_rating(SurveyRated("s", ticket_id, 0, Rating.SATISFIED, late))
    await desk.tickets.record_rating(SurveyRated("s", ticket_id, 0, Rating.DISSATISFIED, early))
    assert (await desk.tickets.get(ticket_id)).rating == "satisfied"


async def test_lists_are_filtered_and_paged_newest_first(desk: Desk) -> None:
    ids = [await desk.draft("consult" if n % 2 else "help") for n in range(5)]
    first = await desk.tickets.list(limit=2)
    second = await desk.tickets.list(limit=2, after=first.next)
    third = await desk.tickets.list(limit=2, after=second.next)
    assert [item.id for page in (first, second, third) for item in page.items] == ids[::-1]
    assert third.next is None
    only = TicketFilter(states=("draft",), categories=("consult",), caller_phone=Personal("13800138000"))
    assert {item.id for item in (await desk.tickets.list(SYSTEM, only)).items} == {ids[1], ids[3]}
    assert (await desk.tickets.list(SYSTEM, TicketFilter(caller_phone=Personal("13900000000")))).items == ()
    with pytest.raises(InvalidInput):
        await desk.tickets.list(limit=0)


async def test_a_recording_is_needed_while_a_ticket_of_its_call_is_open(desk: Desk) -> None:
    ticket_id = await desk.draft("consult", call_id="the-call")
    await desk.tickets.add_repeat_call(ticket_id, AGENT, "the-second-call")
    assert await desk.tickets.open_of_call("the-call")
    assert await desk.tickets.open_of_call("the-second-call")
    assert not await desk.tickets.open_of_call("another-call")
    await desk.tickets.reject(ticket_id, AGENT, "in_petition")
    assert not await desk.tickets.open_of_call("the-call")
    assert not await desk.tickets.open_of_call("the-second-call")


async def test_a_recording_of_a_duplicate_is_needed_as_long_as_the_ticket_it_was_merged_into(desk: Desk) -> None:
    duplicate, root = await desk.draft(call_id="the-call"), await desk.draft(call_id="the-first-call")
    await desk.tickets.merge(duplicate, AGENT, root, "同一事项")
    assert await desk.tickets.open_of_call("the-call")
    await desk.tickets.reject(root, AGENT, "in_petition")
    assert not await desk.tickets.open_of_call("the-call")
    assert not await desk.tickets.open_of_call("the-first-call")
