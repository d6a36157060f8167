"""A leader's instruction on a bundle of tickets; the joint-conference office and the people of a county."""

from datetime import timedelta

import pytest

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.tickets.conftest import REVIEWER, SUPERVISOR, Desk
from tests.tickets.test_supervision import desk_of

OFFICE = Actor("office-1", "联席办", Role.JOINT_OFFICE)


async def test_tickets_under_one_instruction_are_supervised_together_until_all_are_closed(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("changzhi", database, clock)
    first, second = await desk.signed(), await desk.closed()
    now = clock.now()
    given = await desk.tickets.give_directive(
        SUPERVISOR, title="老旧小区供暖", leader="王市长", instruction="限期解决", given_at=now,
        due_at=now + timedelta(days=10),
    )  # fmt: skip
    for ticket_id in (first, second, first):
        await desk.tickets.put_under_directive(ticket_id, SUPERVISOR, given.id)
    level = (await desk.tickets.supervision(first, SUPERVISOR)).level
    assert level is not None
    assert level.code == "instruction"
    with pytest.raises(Conflict, match="未办结"):
        await desk.tickets.report_on_directive(given.id, SUPERVISOR, "已解决", ends=True)
    seen = await desk.tickets.report_on_directive(given.id, SUPERVISOR, "正在施工", ends=False)
    assert [ticket.id for ticket in seen.tickets] == sorted([first, second])
    assert "王市长" not in str(seen)
    clock.advance(timedelta(days=11))
    assert (await desk.tickets.directive(given.id, SUPERVISOR)).overdue
    await desk.tickets.answer(first, desk.unit, "已完工")
    await desk.tickets.close(first, REVIEWER)
    ended = await desk.tickets.report_on_directive(given.id, SUPERVISOR, "全部解决", ends=True)
    assert (ended.ended_at, [one.ends for one in ended.reports]) == (clock.now(), [False, True])
    with pytest.raises(Conflict):
        await desk.tickets.put_under_directive(first, SUPERVISOR, given.id)
    assert await desk.tickets.verify_ledger(first) is None


async def test_the_joint_conference_office_supervises_coordinates_and_publishes_but_handles_nothing(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("jiangsu", database, clock)
    ticket_id = await desk.signed()
    await desk.tickets.note_fact(ticket_id, OFFICE, "duty_unclear", "职责交叉")
    await desk.tickets.coordinate(ticket_id, OFFICE, participants=["甲局", "乙局"], result="由甲局牵头")
    await desk.tickets.assist(ticket_id, OFFICE, [desk.other_unit.unit_id or ""])
    await desk.tickets.issue_notice(ticket_id, OFFICE, kind="督办通知单", demand="限期办理", days=3)
    await desk.tickets.record_contact(ticket_id, desk.unit, how="电话", told="程序和时限")
    await desk.tickets.answer(ticket_id, desk.unit, "已处理")
    with pytest.raises(Forbidden):
        await desk.tickets.close(ticket_id, OFFICE)
    await desk.tickets.close(ticket_id, REVIEWER)
    await desk.tickets.decide_publication(ticket_id, OFFICE, unsuitable=False, note="同意公开")


async def test_people_of_a_county_supervise_in_their_own_area_only(desk: Desk) -> None:
    lower = next(unit for unit in await desk.tickets.units() if unit.level == 3)
    county, township = lower.parent_id or "", lower.id
    centre = Actor("county-1", "县中心", Role.COUNTY_CENTRE, unit_id=county)
    supervisor = Actor("county-2", "县督查", Role.COUNTY_SUPERVISOR, unit_id=county)
    city_unit = next(unit.id for unit in await desk.tickets.units() if unit.level == 2 and unit.id != county)
    desk.unit = Actor("unit-1", "县承办人", Role.UNIT, unit_id=county)
    here = await desk.signed()
    desk.unit = Actor("unit-2", "市局承办人", Role.UNIT, unit_id=city_unit)
    elsewhere = await desk.signed()
    for person in (centre, supervisor):
        assert [one.id for one in (await desk.tickets.entries(person)).items] == [here]
        with pytest.raises(NotFound):
            await desk.tickets.urge(elsewhere, person, "请尽快")
    await desk.tickets.urge(here, supervisor, "请尽快")
    await desk.tickets.supervise(here, supervisor, "县政府督办")
    await desk.tickets.forward(here, centre, township)
    with pytest.raises(InvalidInput, match="辖区"):
        await desk.tickets.assist(here, centre, [city_unit])
    with pytest.raises(Forbidden):
        await desk.tickets.forward(here, supervisor, township)
    with pytest.raises(Forbidden):
        await desk.tickets.answer(here, centre, "越权")
    assert await desk.tickets.verify_ledger(here) is None
