"""The closed loop on SQLite and PostgreSQL: messages, replies, callbacks, rework, supervision."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput
from core.personal import Personal
from surveys.views import ReceivedAs
from tests.surveys.conftest import AGENT, CALLBACK, MOBILE, REVIEWER, Loop


async def test_a_satisfied_reply_closes_the_loop(loop: Loop) -> None:
    ticket_id = await loop.handled()
    acceptance, question = sorted(loop.sent(), key=lambda sms: sms["kind"])
    assert (acceptance["kind"], question["kind"]) == ("acceptance", "survey")
    assert acceptance["to"] == question["to"] == MOBILE
    assert "YC20260302-000001" in acceptance["text"]
    told = re.search(r"查询码(\d{6})", acceptance["text"])
    assert told
    assert (await loop.tickets.progress("YC20260302-000001", told[1])).state == "closed"
    assert "宜春市12345热线" in question["text"]
    assert await loop.reply("1") == 1
    shown = await loop.tickets.get(ticket_id)
    assert (shown.rating, shown.survey_step) == ("satisfied", "archive")
    (survey,) = await loop.surveys.surveys(ticket_id)
    assert (survey.state, survey.step) == ("settled", "archive")
    assert await loop.surveys.callback_tasks() == ()
    await loop.tickets.archive(ticket_id, REVIEWER)


async def test_every_message_may_come_three_times_without_harm(loop: Loop) -> None:
    loop.times = 3
    ticket_id = await loop.handled()
    await loop.reply("3")
    task = await loop.task()
    await loop.surveys.finish_callback(task.id, CALLBACK, "dissatisfied", reason="slow")
    await loop.surveys.finish_callback((await loop.task()).id, REVIEWER, "at_fault")
    await loop.deliver()
    assert [sms["kind"] for sms in loop.sent()] == ["acceptance", "survey"]
    events = [entry.event for entry in await loop.tickets.ledger(ticket_id)]
    assert (events.count("rated"), events.count("rework_dispatched")) == (1, 1)
    assert await loop.tickets.verify_ledger(ticket_id) is None


async def test_two_dissatisfied_callbacks_with_a_rework_between_lead_to_supervision(loop: Loop) -> None:
    ticket_id = await loop.handled()
    await loop.reply("不满意")
    assert (await loop.tickets.get(ticket_id)).rating == "dissatisfied"
    call = await loop.task()
    assert (call.kind, call.cause) == ("call", "dissatisfied")
    await loop.surveys.finish_callback(call.id, CALLBACK, "dissatisfied", reason="slow", note="修了又坏")
    verify = await loop.task()
    assert verify.kind == "verify"
    with pytest.raises(InvalidInput):
        await loop.surveys.finish_callback(verify.id, REVIEWER, "satisfied")
    await loop.surveys.finish_callback(verify.id, REVIEWER, "at_fault")
    await loop.deliver()
    assert (await loop.tickets.get(ticket_id)).state == "rework"
    await loop.finish(ticket_id)
    assert len(loop.sent()) == 3, "no second acceptance message"
    await loop.reply("3")
    await loop.surveys.finish_callback((await loop.task()).id, CALLBACK, "dissatisfied", reason="slow")
    await loop.deliver()
    shown = await loop.tickets.get(ticket_id)
    assert (shown.state, shown.survey_step) == ("closed", "supervise")
    assert shown.supervised_at is not None
    assert await loop.surveys.callback_tasks() == ()


async def test_a_unit_that_is_not_at_fault_is_not_made_to_work_again(loop: Loop) -> None:
    ticket_id = await loop.handled()
    await loop.reply("3")
    await loop.surveys.finish_callback((await loop.task()).id, CALLBACK, "dissatisfied")
    await loop.surveys.finish_callback((await loop.task()).id, REVIEWER, "not_at_fault")
    await loop.deliver()
    shown = await loop.tickets.get(ticket_id)
    assert (shown.state, shown.survey_step, shown.round) == ("closed", "explain_and_archive", 0)


async def test_a_suggestion_that_was_not_adopted_is_left_out_of_the_assessment(loop: Loop) -> None:
    ticket_id = await loop.handled(category="suggestion")
    await loop.reply("3")
    await loop.surveys.finish_callback((await loop.task()).id, CALLBACK, "dissatisfied", reason="not_adopted")
    await loop.deliver()
    shown = await loop.tickets.get(ticket_id)
    assert (shown.excluded, shown.survey_step) == (True, "archive")


@pytest.mark.parametrize("phone", ["07953212345", "8001", None])
async def test_a_citizen_without_a_mobile_is_called_at_once(loop: Loop, phone: str | None) -> None:
    await loop.handled(phone)
    assert not loop.sent()
    assert (await loop.task()).cause == "no_mobile"


async def test_an_answer_on_the_call_is_followed_by_a_call_not_by_messages(loop: Loop) -> None:
    ticket_id = await loop.tickets.open_draft(None, Personal(MOBILE), "12345")
    await loop.tickets.edit_draft(ticket_id, AGENT, {"category": "consult", "title": "开门", "summary": "何时开门"})
    await loop.tickets.answer_directly(ticket_id, AGENT, "每天九点")
    await loop.deliver()
    assert not loop.sent()
    await loop.surveys.finish_callback((await loop.task()).id, CALLBACK, "satisfied")
    await loop.deliver()
    assert (await loop.tickets.get(ticket_id)).rating == "satisfied"


async def test_silence_becomes_a_call_and_a_late_reply_still_counts(loop: Loop) -> None:
    ticket_id = await loop.handled()
    loop.clock.advance(timedelta(hours=23, minutes=59))
    assert await loop.surveys.remind_due() == 0
    loop.clock.advance(timedelta(minutes=1))
    assert await loop.surveys.remind_due() == 1
    assert await loop.surveys.remind_due() == 0
    assert (await loop.task()).cause == "no_reply"
    await loop.reply("2")
    assert (await loop.tickets.get(ticket_id)).rating == "basically_satisfied"
    assert await loop.surveys.callback_tasks() == ()


async def test_who_is_never_reached_is_unreachable_and_never_satisfied(loop: Loop) -> None:
    ticket_id = await loop.handled("07953212345")
    task = await loop.task()
    for hours in (0, 2, 24):
        loop.clock.advance(timedelta(hours=hours))
        await loop.surveys.finish_callback(task.id, CALLBACK, "unreachable")
    await loop.deliver()
    shown = await loop.tickets.get(ticket_id)
    assert (shown.rating, shown.survey_step) == (None, "unreachable")
    (done,) = await loop.surveys.callback_tasks(only_open=False)
    assert (done.open, done.tries, done.outcome) == (False, 3, "given_up")


async def test_an_unclear_reply_gets_one_polite_hint_and_no_second(loop: Loop) -> None:
    ticket_id = await loop.handled()
    await loop.reply("你们辛苦了")
    await loop.reply("什么意思")
    assert [sms["kind"] for sms in loop.sent()].count("hint") == 1
    await loop.reply("1")
    assert (await loop.tickets.get(ticket_id)).rating == "satisfied"


async def test_a_reply_goes_to_the_ticket_it_names_else_to_the_latest(loop: Loop) -> None:
    first = await loop.handled()
    loop.clock.advance(timedelta(minutes=1))
    second = await loop.handled()
    await loop.reply("3 YC20260302-000001")
    await loop.reply("1")
    assert (await loop.tickets.get(first)).rating == "dissatisfied"
    assert (await loop.tickets.get(second)).rating == "satisfied"


async def test_a_reply_from_a_stranger_or_after_the_end_changes_nothing(loop: Loop) -> None:
    ticket_id = await loop.handled()
    at = loop.clock.now()
    assert await loop.surveys.receive(Personal("13911112222"), "3", at) is ReceivedAs.NO_SURVEY
    assert await loop.surveys.receive(Personal("+86 138 0013 8000"), "1", at) is ReceivedAs.RATED
    assert await loop.surveys.receive(Personal(MOBILE), "3", at) is ReceivedAs.NO_SURVEY
    await loop.deliver()
    assert (await loop.tickets.get(ticket_id)).rating == "satisfied"


async def test_the_same_reply_taken_in_by_many_at_once_counts_once(loop: Loop) -> None:
    await loop.handled()
    at = loop.clock.now()
    results = await asyncio.gather(*(loop.surveys.receive(Personal(MOBILE), "3", at, "sms-1") for _ in range(6)))
    assert sorted(results) == ["duplicate"] * 5 + ["rated"]
    assert len(await loop.surveys.callback_tasks()) == 1


async def test_two_people_finish_one_task_one_wins(loop: Loop) -> None:
    await loop.handled("07953212345")
    task = await loop.task()
    results = await asyncio.gather(
        loop.surveys.finish_callback(task.id, CALLBACK, "satisfied"),
        loop.surveys.finish_callback(task.id, REVIEWER, "dissatisfied"),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert sum(isinstance(result, Exception) for result in results) == 1


async def test_the_handling_unit_never_rates_itself(loop: Loop) -> None:
    await loop.handled("07953212345")
    task = await loop.task()
    for actor in (loop.unit, AGENT, Actor("adm", "管理员", Role.ADMIN)):
        with pytest.raises(Forbidden):
            await loop.surveys.finish_callback(task.id, actor, "satisfied")
    with pytest.raises(InvalidInput):
        await loop.surveys.finish_callback(task.id, CALLBACK, "delighted")


async def test_a_rework_on_a_persons_word_supersedes_the_open_survey(loop: Loop) -> None:
    ticket_id = await loop.handled()
    await loop.tickets.rework(ticket_id, REVIEWER, "抽查发现未修好")
    await loop.deliver()
    await loop.finish(ticket_id)
    first, second = await loop.surveys.surveys(ticket_id)
    assert (first.state, first.step, second.state) == ("settled", None, "asked")
    await loop.reply("1")
    assert (await loop.tickets.get(ticket_id)).rating == "satisfied"


async def test_a_gateway_that_fails_gets_the_message_again(loop: Loop) -> None:
    loop.sms.mkdir(parents=True)
    (loop.sms / "outbox").write_text("a file where the directory should be", "utf-8")
    await loop.handled()
    (loop.sms / "outbox").unlink()
    loop.clock.advance(timedelta(minutes=5))
    await loop.deliver()
    assert sorted(sms["kind"] for sms in loop.sent()) == ["acceptance", "survey"]


async def test_no_number_and_no_words_stand_readable_in_the_database(loop: Loop) -> None:
    await loop.handled()
    await loop.reply("谢谢你们把路灯修好")
    async with loop.database.reading() as session:
        for table in ("surveys", "sms_messages", "sms_replies", "outbox_messages"):
            rows = (await session.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows
            assert not any(word in str(value) for row in rows for value in row for word in (MOBILE, "路灯修好"))
