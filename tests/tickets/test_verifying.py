"""Verification by telephone, message, talk and visit; findings become tasks and are looked at again."""

from datetime import timedelta

import pytest

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput
from core.personal import Personal
from tests.tickets.conftest import LEADER, REVIEWER, SUPERVISOR, Desk
from tests.tickets.test_supervision import desk_of, reminders
from tickets.duties import DutyKind
from tickets.rules.verifying import Method, Purpose, Result
from tickets.verifying.service import VerificationFields

CALLBACK = Actor("callback-1", "回访员", Role.CALLBACK)


def looked(desk: Desk, method: Method, result: Result, purpose: Purpose = Purpose.VERIFICATION) -> VerificationFields:
    place, people = (Personal("某路1号"), Personal("王大明、李小红")) if method.in_person else (None, None)
    return VerificationFields(
        purpose=purpose, method=method, result=result, happened_at=desk.clock.now() - timedelta(hours=1),
        found="路灯仍不亮", place=place, people=people,
    )  # fmt: skip


async def test_a_visit_stands_on_record_with_place_time_people_and_result(desk: Desk) -> None:
    ticket_id = await desk.closed()
    visit = looked(desk, Method.ON_SITE, Result.CONFIRMED, Purpose.INVESTIGATION)
    await desk.tickets.verify(ticket_id, SUPERVISOR, visit)
    (seen,) = await desk.tickets.verifications(ticket_id, SUPERVISOR)
    assert (seen.method, seen.result, seen.by_unit_id, seen.happened_at) == (
        "on_site", "confirmed", None, visit.happened_at,
    )  # fmt: skip
    assert seen.place == Personal("某路1号")
    assert "王大明" not in str(seen)
    assert await desk.tickets.tasks(SUPERVISOR) == ()
    assert await desk.tickets.verify_ledger(ticket_id) is None


@pytest.mark.parametrize("lacking", ["place", "people"])
async def test_a_visit_without_place_or_people_is_refused(desk: Desk, lacking: str) -> None:
    ticket_id = await desk.closed()
    visit = looked(desk, Method.INTERVIEW, Result.CONFIRMED).model_copy(update={lacking: None})
    with pytest.raises(InvalidInput, match=lacking):
        await desk.tickets.verify(ticket_id, CALLBACK, visit)
    late = looked(desk, Method.TELEPHONE, Result.CONFIRMED)
    with pytest.raises(InvalidInput, match="happened_at"):
        await desk.tickets.verify(
            ticket_id, CALLBACK, late.model_copy(update={"happened_at": desk.clock.now() + timedelta(hours=1)})
        )


async def test_a_finding_becomes_a_task_of_the_unit_and_is_looked_at_again(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("yichun", database, clock)
    ticket_id = await desk.closed()
    await desk.tickets.verify(ticket_id, CALLBACK, looked(desk, Method.TELEPHONE, Result.NOT_SOLVED))
    (task,) = await desk.tickets.tasks(desk.unit)
    assert (task.kind, task.ticket_id, task.unit_id) == ("rectify", ticket_id, desk.unit.unit_id)
    assert await desk.tickets.tasks(desk.other_unit) == ()
    assert await reminders(database) == ["rectify"]
    with pytest.raises(Conflict, match="整改"):
        await desk.tickets.archive(ticket_id, REVIEWER)
    clock.advance(task.due_at - clock.now() + timedelta(minutes=1))
    await desk.tickets.sweep()
    assert (await reminders(database))[-1] == "overdue"
    await desk.tickets.report_rectified(ticket_id, desk.unit, "已更换灯泡")
    (again,) = await desk.tickets.tasks(CALLBACK)
    assert (again.kind, again.unit_id) == ("recheck", None)
    await desk.tickets.verify(ticket_id, CALLBACK, looked(desk, Method.TELEPHONE, Result.CONFIRMED, Purpose.RECHECK))
    assert await desk.tickets.tasks(SUPERVISOR) == ()
    with pytest.raises(Conflict):
        await desk.tickets.report_rectified(ticket_id, desk.unit, "再报")
    assert await desk.tickets.verify_ledger(ticket_id) is None


async def test_an_untrue_report_has_the_citizen_called_again_and_the_result_stands_on_the_units_record(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("jiangsu", database, clock)
    ticket_id = await desk.signed()
    await desk.tickets.note_fact(ticket_id, SUPERVISOR, "result_untrue", "谎报办结")
    (task,) = await desk.tickets.tasks(CALLBACK, [DutyKind.RECHECK])
    assert task.ticket_id == ticket_id
    await desk.tickets.order_recheck(ticket_id, SUPERVISOR, "再次")
    assert len(await desk.tickets.tasks(CALLBACK)) == 1
    await desk.tickets.verify(ticket_id, CALLBACK, looked(desk, Method.TELEPHONE, Result.UNTRUE, Purpose.RECHECK))
    (seen,) = await desk.tickets.verified_unit(desk.unit.unit_id or "", SUPERVISOR)
    assert (seen.purpose, seen.result, seen.unit_id) == ("recheck", "untrue", desk.unit.unit_id)
    with pytest.raises(Forbidden):
        await desk.tickets.verified_unit(desk.unit.unit_id or "", desk.other_unit)
    assert [task.kind for task in await desk.tickets.tasks(SUPERVISOR)] == ["rectify"]


async def test_a_supervised_matter_is_called_back_in_person_and_a_unit_verifies_too(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("changzhi", database, clock)
    ticket_id = await desk.signed()
    await desk.tickets.supervise(ticket_id, LEADER, "社会热点")
    await desk.tickets.verify(ticket_id, CALLBACK, looked(desk, Method.INTERVIEW, Result.CONFIRMED, Purpose.CALLBACK))
    await desk.tickets.verify(ticket_id, desk.unit, looked(desk, Method.TELEPHONE, Result.CONFIRMED))
    seen = await desk.tickets.verifications(ticket_id, SUPERVISOR)
    assert [one.by_unit_id for one in seen] == [None, desk.unit.unit_id]


async def test_a_method_the_regulation_does_not_list_is_refused(database: Database, clock: ManualClock) -> None:
    desk = await desk_of("fujian", database, clock)
    ticket_id = await desk.signed()
    with pytest.raises(InvalidInput, match="FJ-21"):
        await desk.tickets.verify(ticket_id, CALLBACK, looked(desk, Method.MESSAGE, Result.CONFIRMED))
    await desk.tickets.verify(ticket_id, CALLBACK, looked(desk, Method.SAMPLE, Result.CONFIRMED))


async def test_an_important_matter_is_investigated_and_the_record_ends_the_task(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("fujian", database, clock)
    ticket_id = await desk.signed()
    await desk.tickets.mark_important(ticket_id, SUPERVISOR, "群众反映强烈")
    assert (await desk.tickets.get(ticket_id)).important
    assert [task.kind for task in await desk.tickets.tasks(SUPERVISOR)] == ["investigate"]
    await desk.tickets.verify(
        ticket_id, SUPERVISOR, looked(desk, Method.ON_SITE, Result.CONFIRMED, Purpose.INVESTIGATION)
    )
    assert await desk.tickets.tasks(SUPERVISOR) == ()
