"""Use cases of tickets on SQLite and PostgreSQL."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from core.actors import SYSTEM, Actor, Role
from core.clock import LOCAL, ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden, HotlineError, InvalidInput, NotFound, TransitionRefused
from core.outbox_model import OutboxMessage
from core.personal import Personal
from surveys.events import Rating, SurveyDecided, SurveyRated, SurveyStep
from tests.tickets.conftest import AGENT, CALLER, LEADER, REVIEWER, SUPERVISOR, Desk
from tickets.duties import SpecialRule
from tickets.profile import load_profile
from tickets.reading import TicketFilter
from tickets.service import TicketService


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


async def test_duties_carry_due_instant_clause_and_counting(desk: Desk) -> None:
    ticket_id = await desk.dispatched("consult")
    duties = {d.kind: d for d in await desk.tickets.duties(ticket_id)}
    assert duties["resolve"].due_at == local(2026, 3, 4, 17, 30)
    assert (duties["resolve"].clause, duties["resolve"].basis) == ("YC-14d", "regulation")
    assert "第1个工作日 = 2026-03-03(周二)" in duties["resolve"].counting
    assert duties["sign"].due_at == local(2026, 3, 3, 17, 30)
    assert "return" not in duties
    await desk.tickets.sign(ticket_id, desk.unit)
    assert "return" in {d.kind for d in await desk.tickets.duties(ticket_id)}


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


async def test_another_unit_neither_sees_nor_touches_a_ticket(desk: Desk) -> None:
    ticket_id = await desk.dispatched()
    with pytest.raises(NotFound):
        await desk.tickets.get(ticket_id, desk.other_unit)
    with pytest.raises(NotFound):
        await desk.tickets.sign(ticket_id, desk.other_unit)
    assert (await desk.tickets.list(desk.other_unit)).items == ()
    assert (await desk.tickets.list(desk.other_unit, TicketFilter(unit_id=desk.unit.unit_id))).items == ()
    assert [item.id for item in (await desk.tickets.list(desk.unit)).items] == [ticket_id]


async def test_a_return_needs_basis_or_suggestion_in_one_working_day_from_sign_off(desk: Desk) -> None:
    ticket_id = await desk.signed()
    with pytest.raises(Conflict) as refused:
        await desk.tickets.return_(ticket_id, desk.unit, reason="不想办")
    assert refused.value.code == "return_missing_basis"
    desk.clock.advance(timedelta(days=1, hours=8, minutes=30))
    await desk.tickets.return_(ticket_id, desk.unit, suggestion="应由人社局办理")
    assert (await desk.tickets.get(ticket_id)).state == "return_pending"
    with pytest.raises(Forbidden):
        await desk.tickets.decide_return(ticket_id, desk.unit, "approved")
    await desk.tickets.decide_return(ticket_id, REVIEWER, "approved")
    await desk.tickets.dispatch(ticket_id, REVIEWER, desk.other_unit.unit_id)
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 10, 17, 30)
    assert not any(d.overdue for d in await desk.tickets.duties(ticket_id))
    late = await desk.signed()
    desk.clock.advance(timedelta(days=2))
    with pytest.raises(Conflict) as too_late:
        await desk.tickets.return_(late, desk.unit, basis="三定方案")
    assert (too_late.value.code, too_late.value.detail["clause"]) == ("return_late", "YC-13.3b")
    assert (await desk.tickets.get(late)).state == "signed"


async def test_an_extension_moves_the_deadline_only_when_the_centre_grants_it(desk: Desk) -> None:
    ticket_id = await desk.signed("consult")
    with pytest.raises(Conflict) as refused:
        await desk.tickets.ask_extension(ticket_id, desk.unit, 3, "情况复杂")
    assert refused.value.code == "extension_too_long"
    await desk.tickets.ask_extension(ticket_id, desk.unit, 2, "情况复杂")
    with pytest.raises(Conflict, match="待审批"):
        await desk.tickets.ask_extension(ticket_id, desk.unit, 1, "再等等")
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 4, 17, 30)
    with pytest.raises(Forbidden):
        await desk.tickets.decide_extension(ticket_id, desk.unit, approved=True)
    await desk.tickets.decide_extension(ticket_id, REVIEWER, approved=True)
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 6, 17, 30)
    await desk.tickets.ask_extension(ticket_id, desk.unit, 1, "仍未到货")
    with pytest.raises(Forbidden):
        await desk.tickets.decide_extension(ticket_id, REVIEWER, approved=True, note="准")
    await desk.tickets.decide_extension(ticket_id, SUPERVISOR, approved=True, note="供货延误属实")
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 9, 17, 30)


async def test_an_undecided_timely_request_keeps_the_ticket_off_the_overdue_list(desk: Desk) -> None:
    ticket_id = await desk.signed("consult")
    await desk.tickets.ask_extension(ticket_id, desk.unit, 2, "情况复杂")
    desk.clock.advance(timedelta(days=3))
    await desk.tickets.sweep()
    resolve = next(d for d in await desk.tickets.duties(ticket_id) if d.kind == "resolve")
    assert not resolve.overdue
    assert (await desk.tickets.get(ticket_id)).card != "red"
    await desk.tickets.decide_extension(ticket_id, REVIEWER, approved=False)
    assert (await desk.tickets.get(ticket_id)).card == "red"
    assert await desk.tickets.sweep() == 1
    assert (await desk.tickets.ledger(ticket_id))[-1].event == "overdue"


async def test_the_sweep_notes_each_warning_and_each_breach_once(desk: Desk) -> None:
    ticket_id = await desk.signed("consult")
    desk.clock.advance(timedelta(days=1, hours=8, minutes=30))
    assert [due.kind for due in await desk.tickets.due()] == ["resolve"]
    assert await desk.tickets.sweep() == 1
    assert await desk.tickets.sweep() == 0
    assert (await desk.tickets.get(ticket_id)).card == "yellow"
    desk.clock.advance(timedelta(days=1))
    assert await desk.tickets.sweep() == 0, "exactly at the deadline is in time"
    assert (await desk.tickets.get(ticket_id)).card == "yellow"
    desk.clock.advance(timedelta(seconds=1))
    assert await desk.tickets.sweep() == 1
    assert await desk.tickets.sweep() == 0
    assert (await desk.tickets.get(ticket_id)).card == "red"
    assert [entry.event for entry in await desk.tickets.ledger(ticket_id)][-2:] == ["warned", "overdue"]
    assert await desk.tickets.due() == ()


async def test_an_unsigned_ticket_turns_red_after_a_working_day(desk: Desk) -> None:
    ticket_id = await desk.dispatched("complaint")
    desk.clock.advance(timedelta(days=1, hours=9))
    shown = await desk.tickets.get(ticket_id)
    assert shown.card == "red"
    assert [d.kind for d in await desk.tickets.duties(ticket_id) if d.overdue] == ["sign"]


async def test_a_third_call_on_a_hard_matter_gives_fifteen_working_days_from_the_dispatch(desk: Desk) -> None:
    ticket_id = await desk.signed("help")
    desk.clock.advance(timedelta(days=2))
    for call in ("second", "third", "third"):
        await desk.tickets.add_repeat_call(ticket_id, AGENT, call)
    assert (await desk.tickets.get(ticket_id)).repeat_calls == 3
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 9, 17, 30)
    await desk.tickets.mark_hard(ticket_id, REVIEWER, "涉及三个部门的历史遗留问题")
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 23, 17, 30)


async def test_a_limit_that_another_rule_sets_prevails(desk: Desk) -> None:
    ticket_id = await desk.draft("consult")
    await desk.tickets.accept(ticket_id, AGENT)
    rule = SpecialRule(7, "regulation", "《供水条例》第二十条")
    await desk.tickets.dispatch(ticket_id, AGENT, desk.unit.unit_id, special=rule)
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 11, 17, 30)


async def test_a_failed_review_reopens_handling_under_the_same_limit(desk: Desk) -> None:
    ticket_id = await desk.signed()
    due_at = await duty(desk, ticket_id, "resolve")
    await desk.tickets.answer(ticket_id, desk.unit, "已办")
    await desk.tickets.send_back(ticket_id, REVIEWER, "答复不具体")
    resolve = next(d for d in await desk.tickets.duties(ticket_id) if d.kind == "resolve")
    assert (resolve.open, resolve.done_at, resolve.due_at) == (True, None, due_at)


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


async def test_a_ticket_keeps_the_rules_it_was_born_under(desk: Desk) -> None:
    ticket_id = await desk.draft("consult", unit_id=desk.unit.unit_id)
    data = load_profile("yichun").model_dump(by_alias=True)
    data["categories"]["consult"]["limit"]["amount"] = 1
    stricter = type(desk.tickets.profile).model_validate(data)
    later = TicketService(desk.database, desk.clock, stricter)
    await later.accept(ticket_id, AGENT)
    await later.dispatch(ticket_id, AGENT)
    assert await duty(desk, ticket_id, "resolve") == local(2026, 3, 4, 17, 30)
    assert (await later.get(ticket_id)).profile_version == desk.tickets.profile.version != stricter.version


async def test_a_recording_is_needed_while_a_ticket_of_its_call_is_open(desk: Desk) -> None:
    ticket_id = await desk.draft("consult", call_id="the-call")
    await desk.tickets.add_repeat_call(ticket_id, AGENT, "the-second-call")
    assert await desk.tickets.open_of_call("the-call")
    assert await desk.tickets.open_of_call("the-second-call")
    assert not await desk.tickets.open_of_call("another-call")
    await desk.tickets.reject(ticket_id, AGENT, "in_petition")
    assert not await desk.tickets.open_of_call("the-call")


async def test_a_provisional_deadline_is_computed_again_when_the_year_is_published(
    database: Database, clock: ManualClock
) -> None:
    from datetime import date

    from tickets.calendar import WorkingCalendar

    profile = load_profile("yichun")
    clock.advance(local(2025, 12, 30, 10) - clock.now())
    unpublished = TicketService(database, clock, profile, WorkingCalendar(last_official=date(2025, 12, 31)))
    await unpublished.seed_units()
    unit = next(unit for unit in await unpublished.units() if unit.level == 2)
    ticket_id = await unpublished.open_draft("call", None, None)
    fields = {"category": "consult", "title": "元旦办事", "summary": "元旦是否开门", "unit_id": unit.id}
    await unpublished.edit_draft(ticket_id, AGENT, fields)
    await unpublished.accept(ticket_id, AGENT)
    await unpublished.dispatch(ticket_id, AGENT)
    told = next(d for d in await unpublished.duties(ticket_id) if d.kind == "resolve")
    assert (told.provisional, told.due_at) == (True, local(2026, 1, 1, 17, 30))
    published = TicketService(database, clock, profile)
    assert await published.recompute_provisional() == 1
    known = next(d for d in await published.duties(ticket_id) if d.kind == "resolve")
    assert (known.provisional, known.due_at) == (False, local(2026, 1, 4, 17, 30))
    assert await published.recompute_provisional() == 0
