"""Supervision through the services: ladder, ledger, counters, hazards, contact, reminders, routing, publication."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, InvalidInput
from core.outbox_model import OutboxMessage
from core.personal import keys
from core.wire import loads
from surveys.events import Rating, SurveyRated
from tests.tickets.conftest import AGENT, REVIEWER, SUPERVISOR, Desk
from tickets.events import PUSHED_UP, UNIT_REMINDED, UpwardPush
from tickets.profile import load_profile
from tickets.service import TicketService

LONG = timedelta(days=20)


async def desk_of(name: str, database: Database, clock: ManualClock) -> Desk:
    tickets = TicketService(database, clock, load_profile(name))
    await tickets.seed_units()
    first, second = [unit for unit in await tickets.units() if unit.level == 2][:2]
    return Desk(
        tickets, database, clock, Actor("u1", "承办人甲", Role.UNIT, unit_id=first.id),
        Actor("u2", "承办人乙", Role.UNIT, unit_id=second.id),
    )  # fmt: skip


async def told(database: Database, topic: str, name: str) -> list[str]:
    """Return field `name` of every message of a topic, in order."""
    async with database.reading() as session:
        rows = await session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == topic).order_by(OutboxMessage.id)
        )
        return [str(loads(keys().decrypt(row.payload))[name]) for row in rows]


async def reminders(database: Database) -> list[str]:
    return await told(database, UNIT_REMINDED, "why")


async def test_a_red_card_climbs_to_the_notice_and_the_ledger_when_the_enquiry_fails(desk: Desk) -> None:
    ticket_id = await desk.signed()
    desk.clock.advance(LONG)
    await desk.tickets.sweep()
    seen = await desk.tickets.supervision(ticket_id, SUPERVISOR)
    assert seen.level is not None
    assert (seen.level.code, seen.level.ask, seen.supervised_at) == ("red_phone", "phone_supervision", None)
    assert seen.breached == ("resolve",)
    await desk.tickets.record_phone_enquiry(ticket_id, REVIEWER, resolved=False, note="仍未处理")
    seen = await desk.tickets.supervision(ticket_id, SUPERVISOR)
    assert seen.level is not None
    assert (seen.level.code, seen.level.ask) == ("red_notice", "issue_supervision_notice")
    assert seen.supervised_at is not None
    await desk.tickets.record_phone_enquiry(ticket_id, REVIEWER, resolved=False, note="再次问询")
    entered = [entry for entry in (await desk.tickets.ledger(ticket_id)) if entry.event == "supervised"]
    assert len(entered) == 1


async def test_changzhi_letter_that_stays_without_effect_becomes_joint_supervision(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("changzhi", database, clock)
    ticket_id = await desk.signed()
    clock.advance(LONG)
    await desk.tickets.sweep()
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).level.code == "written"  # type: ignore[union-attr]
    await desk.tickets.issue_notice(ticket_id, SUPERVISOR, kind="督办函", demand="请说明", days=3)
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).level.code == "written"  # type: ignore[union-attr]
    clock.advance(timedelta(days=7))
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).level.code == "special"  # type: ignore[union-attr]
    await desk.tickets.note_fact(ticket_id, SUPERVISOR, "instruction", "市领导批示限期解决")
    seen = await desk.tickets.supervision(ticket_id, SUPERVISOR)
    assert seen.level is not None
    assert seen.level.code == "instruction"
    assert seen.supervised_at is not None


async def test_jiangsu_unit_that_could_but_does_not_is_supervised_by_ticket(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("jiangsu", database, clock)
    ticket_id = await desk.signed()
    await desk.tickets.note_fact(ticket_id, SUPERVISOR, "could_but_does_not", "有能力办而不办")
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).level.code == "ticket"  # type: ignore[union-attr]
    with pytest.raises(InvalidInput):
        await desk.tickets.note_fact(ticket_id, SUPERVISOR, "letter_ignored", "此处没有")


async def test_full_counters_name_their_clause(desk: Desk) -> None:
    ticket_id = await desk.signed()
    for _ in range(2):
        await desk.tickets.urge(ticket_id, REVIEWER, "请尽快")
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).counters == ()
    desk.clock.advance(LONG)
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).counters == (("reminded_and_overdue", "YC-36.1"),)
    for _ in range(2):
        await desk.tickets.answer(ticket_id, desk.unit, "已办")
        await desk.tickets.send_back(ticket_id, REVIEWER, "答复不具体")
    counted = dict((await desk.tickets.supervision(ticket_id, SUPERVISOR)).counters)
    assert counted["sent_back_again_and_again"] == "YC-36.4"


async def test_fujian_hazard_is_made_safe_before_the_ticket_goes_back(database: Database, clock: ManualClock) -> None:
    desk = await desk_of("fujian", database, clock)
    ticket_id = await desk.signed()
    found = await desk.tickets.report_hazard(ticket_id, desk.unit, "电线垂落", emergency_scope=True)
    assert (found.first_unit_must, found.step) == ("simple_treatment_first", "report_emergency_management")
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).hazard_open
    with pytest.raises(Conflict) as refused:
        await desk.tickets.return_(ticket_id, desk.unit, basis="职责清单", suggestion="供电公司")
    assert refused.value.code == "return_hazard_not_made_safe"
    await desk.tickets.make_safe(ticket_id, desk.unit, "已拉警戒线")
    await desk.tickets.return_(ticket_id, desk.unit, basis="职责清单", suggestion="供电公司")
    assert (await desk.tickets.get(ticket_id)).state == "returned"


async def test_jiangsu_answer_needs_a_record_of_the_talk_with_the_caller(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("jiangsu", database, clock)
    ticket_id = await desk.signed()
    with pytest.raises(Conflict) as refused:
        await desk.tickets.answer(ticket_id, desk.unit, "已更换灯泡")
    assert refused.value.code == "ticket_contact_first"
    assert (await desk.tickets.get(ticket_id)).state == "signed"
    await desk.tickets.record_contact(ticket_id, desk.unit, how="phone", told="五个工作日内答复")
    await desk.tickets.answer(ticket_id, desk.unit, "已更换灯泡")


async def test_fujian_units_are_reminded_to_sign_until_they_do(database: Database, clock: ManualClock) -> None:
    desk = await desk_of("fujian", database, clock)
    await desk.dispatched()
    clock.advance(timedelta(hours=1))
    await desk.tickets.sweep()
    assert await reminders(database) == []
    clock.advance(timedelta(hours=1, minutes=1))  # two working hours after 09:00
    for _ in range(2):
        await desk.tickets.sweep()
    assert await reminders(database) == ["unsigned"]
    signed = await desk.signed()
    clock.advance(timedelta(hours=6))
    await desk.tickets.sweep()
    assert await reminders(database) == ["unsigned"]
    assert (await desk.tickets.get(signed)).state == "signed"


async def test_routing_says_who_takes_the_matter_and_stands_in_the_ledger(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("fujian", database, clock)
    ticket_id = await desk.draft()
    await desk.tickets.accept(ticket_id, AGENT)
    decided = await desk.tickets.route(ticket_id, AGENT, units=2, authority_unclear=True, level=None)
    assert (decided.step, decided.decided_by) == ("assign_fallback_unit", "government")
    decided = await desk.tickets.route(ticket_id, AGENT, units=1, authority_unclear=False, level="province")
    assert decided.step == "push_to_provincial_agency"
    assert [entry.event for entry in await desk.tickets.ledger(ticket_id)][-2:] == ["routed", "routed"]
    changzhi = await desk_of("changzhi", database, clock)
    other = await changzhi.draft()
    await changzhi.tickets.accept(other, AGENT)
    sent = await changzhi.tickets.route(other, AGENT, units=1, authority_unclear=False, level="cross_city")
    assert sent.platform == "provincial_platform"


async def test_yangzhou_long_shirking_goes_to_the_commission_and_other_to_joint_supervision(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("yangzhou", database, clock)
    ticket_id = await desk.signed()
    first = await desk.tickets.note_shirking(ticket_id, SUPERVISOR, ("long_term",), "两局互推")
    assert first.step == "joint_supervision"
    facts = ("long_term", "big_impact", "unresolved")
    second = await desk.tickets.note_shirking(ticket_id, SUPERVISOR, facts, "长期推诿,影响较大")
    assert second.step == "refer_to_supervisory_commission"
    assert (await desk.tickets.supervision(ticket_id, SUPERVISOR)).level.code == "joint"  # type: ignore[union-attr]


@pytest.mark.parametrize(("consent", "unsuitable", "decision"), [
    (True, False, "allow"), (True, True, "deny"), (False, False, "deny"),
])  # fmt: skip
async def test_nothing_is_published_against_the_callers_will_or_unfit(
    desk: Desk, consent: bool, unsuitable: bool, decision: str
) -> None:
    ticket_id = await desk.signed(publication_allowed=consent)
    await desk.tickets.answer(ticket_id, desk.unit, "已更换灯泡")
    await desk.tickets.close(ticket_id, REVIEWER)
    decided = await desk.tickets.decide_publication(ticket_id, SUPERVISOR, unsuitable=unsuitable, note="季度公开")
    assert decided.decision == decision


async def test_supervision_of_an_open_ticket_does_not_stand_for_its_callback(desk: Desk) -> None:
    ticket_id = await desk.signed()
    await desk.tickets.supervise(ticket_id, SUPERVISOR, "媒体曝光")
    await desk.tickets.answer(ticket_id, desk.unit, "已更换灯泡")
    await desk.tickets.close(ticket_id, REVIEWER)
    with pytest.raises(Conflict):
        await desk.tickets.archive(ticket_id, REVIEWER)


async def pushes(database: Database) -> list[str]:
    return await told(database, PUSHED_UP, "kind")


async def test_what_the_profile_orders_goes_up_when_there_is_a_platform_above(desk: Desk) -> None:
    await desk.closed()
    assert await pushes(desk.database) == []
    desk.tickets = TicketService(desk.database, desk.clock, desk.tickets.profile, upward=True)
    ticket_id = await desk.closed()
    assert await pushes(desk.database) == ["acceptance_info", "ticket_record"]
    rated = SurveyRated("survey-1", ticket_id, 0, Rating.SATISFIED, desk.clock.now())
    for _ in range(2):
        await desk.tickets.record_rating(rated)
    assert await pushes(desk.database) == ["acceptance_info", "ticket_record", "callback_evaluation"]
    push = UpwardPush(ticket_id, "n", "callback_evaluation", desk.clock.now())
    record = await desk.tickets.upward_record(push)
    assert (record["rating"], record["summary"], record["state"]) == ("satisfied", "小区门口的路灯三天不亮", "closed")


async def test_jiangsu_pushes_the_recording_of_a_call_too(database: Database, clock: ManualClock) -> None:
    desk = await desk_of("jiangsu", database, clock)
    desk.tickets = TicketService(desk.database, desk.clock, desk.tickets.profile, upward=True)
    await desk.draft(call_id="call-1")
    await desk.tickets.push_recording("call-1", "recording-1")
    await desk.tickets.push_recording("call-of-no-ticket", "recording-2")
    assert await pushes(database) == ["recording"]
