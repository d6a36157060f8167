"""What single clauses ask of single matters: contact again, telephone, adoption, opinion in writing, names, grades."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound
from core.personal import Personal
from tests.tickets.conftest import AGENT, LEADER, REVIEWER, SUPERVISOR, Desk
from tests.tickets.test_supervision import desk_of, reminders
from tests.tickets.test_unit_approval import UnitPost, of
from tickets.attachments.kinds import Purpose
from tickets.profile import load_profile
from tickets.rules.identity import RealName, is_identity_number
from tickets.service import TicketService

PDF = b"%PDF-1.7\n%%EOF\n"


async def test_a_matter_that_cannot_be_solved_now_has_its_caller_contacted_again_and_again(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("fujian", database, clock)
    ticket_id = await desk.signed("complaint")
    await desk.tickets.answer(ticket_id, of(desk, UnitPost.APPROVER), "管网改造未立项")
    await desk.tickets.close(ticket_id, REVIEWER, "unsolvable_now")
    for _ in range(2):
        (task,) = await desk.tickets.tasks(desk.unit)
        assert (task.kind, task.clause, task.due_at - clock.now()) == ("contact_again", "FJ-20.7", timedelta(days=30))
        clock.advance(timedelta(days=30, minutes=1))
        await desk.tickets.sweep()
        assert (await reminders(database))[-1] == "overdue"
        await desk.tickets.contact_again(ticket_id, desk.unit, how="电话", told="已列入明年计划")
    with pytest.raises(Conflict, match="定期联系"):
        await desk.tickets.archive(ticket_id, REVIEWER)
    await desk.tickets.end_contacts(ticket_id, REVIEWER, "管网改造完成")
    assert await desk.tickets.tasks(desk.unit) == ()
    with pytest.raises(Conflict):
        await desk.tickets.contact_again(ticket_id, desk.unit, how="电话", told="再次")
    assert await desk.tickets.verify_ledger(ticket_id) is None


async def test_other_grounds_owe_no_further_contact(desk: Desk) -> None:
    ticket_id = await desk.closed()
    assert await desk.tickets.tasks(desk.unit) == ()
    with pytest.raises(InvalidInput):
        await desk.tickets.close(await desk.signed(), REVIEWER, "unsolvable_now")
    assert (await desk.tickets.get(ticket_id)).state == "closed"


async def test_the_unit_of_an_urgent_matter_is_telephoned_and_a_missing_call_is_warned_of(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("fujian", database, clock)
    told, missed = [await desk.dispatched("help", marks=["urgent"]) for _ in range(2)]
    await desk.tickets.telephone_unit(told, AGENT, whom="值班员王大明", said="请立即到场")
    clock.advance(timedelta(minutes=16))
    await desk.tickets.sweep()
    (call,) = [entry for entry in await desk.tickets.ledger(told) if entry.event == "unit_telephoned"]
    assert (call.actor_id, call.data["unit_id"]) == (AGENT.account_id, desk.unit.unit_id)
    assert call.note is not None
    assert "王大明" in call.note.reveal()
    assert "王大明" not in str(call.data)
    late = [(row.kind, row.overdue) for row in await desk.tickets.duties(missed) if row.kind == "phone_notice"]
    assert late == [("phone_notice", True)]
    events = {i: [entry.event for entry in await desk.tickets.ledger(i)] for i in (told, missed)}
    assert ("overdue" in events[told], "overdue" in events[missed]) == (False, True)


async def test_a_grade_decides_how_soon_the_centre_is_alerted_and_whether_the_unit_is_telephoned(desk: Desk) -> None:
    minutes, called = {}, {}
    for grade in ("normal", "urgent", "critical"):
        ticket_id = await desk.draft("consult", unit_id=desk.unit.unit_id, urgency=grade)
        await desk.tickets.accept(ticket_id, AGENT)
        (duty,) = [row for row in await desk.tickets.duties(ticket_id) if row.kind == "dispatch"]
        minutes[grade] = (duty.due_at - duty.started_at) / timedelta(minutes=1)
        await desk.tickets.dispatch(ticket_id, AGENT)
        called[grade] = any(row.kind == "phone_notice" for row in await desk.tickets.duties(ticket_id))
    assert minutes == {"normal": 15, "urgent": 15, "critical": 5}
    assert called == {"normal": False, "urgent": False, "critical": True}
    assert await reminders(desk.database) == ["urgent", "urgent"]


async def test_a_suggestion_is_answered_after_the_unit_said_whether_it_adopts_it(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("fujian", database, clock)
    leader = of(desk, UnitPost.APPROVER)
    ticket_id = await desk.signed("suggestion")
    with pytest.raises(Conflict) as refused:
        await desk.tickets.answer(ticket_id, leader, "谢谢")
    assert (refused.value.code, "FJ-6c" in refused.value.message) == ("ticket_adoption_first", True)
    with pytest.raises(InvalidInput):
        await desk.tickets.decide_adoption(ticket_id, desk.unit, adopted=False, reason=" ")
    await desk.tickets.decide_adoption(ticket_id, desk.unit, adopted=False, reason="与规划不符")
    await desk.tickets.answer(ticket_id, leader, "未采纳,理由如下")
    assert (await desk.tickets.get(ticket_id)).adopted is False
    with pytest.raises(Conflict):
        await desk.tickets.decide_adoption(await desk.signed("help"), desk.unit, adopted=True, reason=None)


async def test_a_written_opinion_that_was_asked_for_is_a_part_of_the_answer(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    desk = await desk_of("jiangsu", database, clock)
    desk.tickets = TicketService(database, clock, load_profile("jiangsu"), files=tmp_path)
    ticket_id = await desk.signed("help", written_opinion=True)
    await desk.tickets.record_contact(ticket_id, desk.unit, how="电话", told="程序和时限")
    await desk.tickets.attach(ticket_id, desk.unit, "照片.pdf", PDF)
    with pytest.raises(Conflict) as refused:
        await desk.tickets.answer(ticket_id, desk.unit, "已处理")
    assert (refused.value.code, "JS-11.6b" in refused.value.message) == ("ticket_opinion_first", True)
    await desk.tickets.attach(ticket_id, desk.unit, "意见.pdf", PDF + b"2", purpose=Purpose.WRITTEN_OPINION)
    await desk.tickets.answer(ticket_id, desk.unit, "已处理,附书面意见")
    assert (await desk.tickets.get(ticket_id)).state == "answered"


@pytest.mark.parametrize(
    ("number", "possible"),
    [
        ("11010519491231002X", True),
        ("11010519491231002x", True),
        ("110105194912310021", False),
        ("11010519491331002X", False),
        ("1101051949123100", False),
        ("E12345678", False),
    ],
)
def test_the_number_of_an_identity_card_fits_its_date_and_check_digit(number: str, possible: bool) -> None:
    assert is_identity_number(number) is possible


async def test_the_level_of_the_real_name_record_is_borne_out_and_its_number_shown_only_by_reveal(desk: Desk) -> None:
    ticket_id = await desk.draft()
    with pytest.raises(InvalidInput, match="caller_name"):
        await desk.tickets.edit_draft(ticket_id, AGENT, {"real_name": "stated"})
    with pytest.raises(InvalidInput, match="identity_document"):
        await desk.tickets.edit_draft(ticket_id, AGENT, {"real_name": "document", "caller_name": "王大明"})
    with pytest.raises(InvalidInput, match="身份证号码"):
        await desk.tickets.edit_draft(ticket_id, AGENT, {"identity_document": "110105194912310021"})
    known = {"real_name": "document", "caller_name": "王大明", "identity_document": "11010519491231002X"}
    await desk.tickets.edit_draft(ticket_id, AGENT, known)
    shown = await desk.tickets.get(ticket_id)
    assert shown.real_name == RealName.DOCUMENT
    assert "11010519491231002X" not in str(shown)
    number = await desk.tickets.reveal(ticket_id, "identity_document", AGENT, "核对身份")
    assert number == Personal("11010519491231002X")
    assert (await desk.tickets.ledger(ticket_id))[-1].event == "revealed"


async def test_a_campaign_collects_the_suggestions_of_its_time(desk: Desk) -> None:
    now = desk.clock.now()
    made = await desk.tickets.begin_campaign(
        SUPERVISOR, code="ZJ2026", title="十五五规划建言", held_by="市发改委",
        begins_at=now - timedelta(days=1), ends_at=now + timedelta(days=1),
    )  # fmt: skip
    first, second, other = await desk.draft("suggestion"), await desk.draft("opinion"), await desk.draft("help")
    for ticket_id in (first, second):
        await desk.tickets.put_under_campaign(ticket_id, AGENT, made.id)
    with pytest.raises(Conflict, match="建议"):
        await desk.tickets.put_under_campaign(other, AGENT, made.id)
    with pytest.raises(NotFound):
        await desk.tickets.put_under_campaign(first, AGENT, "none")
    desk.clock.advance(timedelta(days=2))
    late = await desk.draft("suggestion")
    with pytest.raises(Conflict, match="时间"):
        await desk.tickets.put_under_campaign(late, AGENT, made.id)
    (seen,) = await desk.tickets.campaigns()
    assert (seen.code, seen.collected, seen.adopted) == ("ZJ2026", 2, 0)
    with pytest.raises(Conflict):
        await desk.tickets.begin_campaign(
            SUPERVISOR,
            code="ZJ2026",
            title="又一次",
            held_by="市发改委",
            begins_at=now,
            ends_at=now + timedelta(days=1),
        )


async def test_reported_retaliation_opens_a_secret_supervised_ticket_by_itself(desk: Desk) -> None:
    ticket_id = await desk.closed()
    callback = Actor("callback-1", "回访员", Role.CALLBACK)
    opened = await desk.tickets.report_retaliation(ticket_id, callback, "投诉后被停水")
    assert await desk.tickets.report_retaliation(ticket_id, LEADER, "再次反映") == opened
    shown = await desk.tickets.get(opened, SUPERVISOR)
    assert (shown.confidential, shown.category, shown.important) == (True, "complaint", True)
    assert shown.supervised_at is not None
    assert shown.state == "awaiting_approval"
    assert [task.ticket_id for task in await desk.tickets.tasks(SUPERVISOR)] == [opened]
    for stranger in (desk.unit, desk.other_unit, AGENT):
        with pytest.raises(NotFound):
            await desk.tickets.get(opened, stranger)
    await desk.tickets.approve(opened, LEADER, unit_id=desk.other_unit.unit_id)
    with pytest.raises(InvalidInput, match="被投诉"):
        await desk.tickets.dispatch(opened, LEADER, desk.unit.unit_id)
    assert await desk.tickets.verify_ledger(opened) is None
    assert await desk.tickets.verify_ledger(ticket_id) is None
