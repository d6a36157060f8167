"""Deadlines of tickets as they move: returns, extensions, the clock's sweep, provisional years."""

from datetime import datetime, timedelta

import pytest

from core.clock import LOCAL, ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden
from tests.tickets.conftest import AGENT, REVIEWER, SUPERVISOR, Desk
from tickets.duties import SpecialRule
from tickets.profile import load_profile
from tickets.service import TicketService


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


async def duty(desk: Desk, ticket_id: str, kind: str) -> datetime:
    return [d.due_at for d in await desk.tickets.duties(ticket_id) if d.kind == kind][-1]


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
