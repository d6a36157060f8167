"""The directory of units: levels, contacts, hours; kept by an administrator."""

from datetime import datetime, timedelta

import pytest

from core.actors import Actor, Role
from core.clock import LOCAL, ManualClock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound
from core.personal import Personal
from tests.tickets.conftest import AGENT, Desk
from tests.tickets.test_supervision import desk_of, reminders
from tickets.directory import UnitFields
from tickets.people.records import PersonFields
from tickets.profile import load_profile
from tickets.rules.people import Post, faults
from tickets.service import TicketService

ADMIN = Actor("admin-1", "管理员", Role.ADMIN)


async def test_a_unit_is_added_with_its_contacts_and_stands_where_its_level_says(desk: Desk) -> None:
    top = await desk.tickets.add_unit(
        "NEW1",
        UnitFields(name="数据局", duty_phone="0795-3212345", department="综合科"),
    )
    low = await desk.tickets.add_unit("NEW2", UnitFields(name="数据中心", level=3, parent_id=top.id))
    begins, ends = top.hours[0].split("-")
    assert begins < ends
    assert {unit.code: unit.parent_id for unit in await desk.tickets.units()}["NEW2"] == top.id
    with pytest.raises(Conflict):
        await desk.tickets.add_unit("NEW1", UnitFields(name="另一个"))
    with pytest.raises(InvalidInput, match="level"):
        await desk.tickets.edit_unit(top.id, UnitFields(level=3, parent_id=desk.unit.unit_id))
    assert low.level == 3


@pytest.mark.parametrize(
    "fields",
    [
        UnitFields(),
        UnitFields(name="甲", level=3),
        UnitFields(name="甲", level=3, parent_id="none"),
        UnitFields(name="甲", managing_unit_id="none"),
    ],
)
async def test_what_does_not_fit_is_refused_and_adds_nothing(desk: Desk, fields: UnitFields) -> None:
    before = await desk.tickets.units()
    with pytest.raises(InvalidInput):
        await desk.tickets.add_unit("NEW1", fields)
    assert await desk.tickets.units() == before


async def test_a_unit_that_is_closed_gets_no_new_tickets_and_keeps_what_was_not_changed(desk: Desk) -> None:
    unit_id = desk.unit.unit_id or ""
    before = next(unit for unit in await desk.tickets.units() if unit.id == unit_id)
    changed = await desk.tickets.edit_unit(unit_id, UnitFields(active=False))
    assert (changed.name, changed.phone, changed.active) == (before.name, before.phone, False)
    ticket_id = await desk.draft("consult")
    await desk.tickets.accept(ticket_id, AGENT)
    with pytest.raises(InvalidInput):
        await desk.tickets.dispatch(ticket_id, AGENT, unit_id)
    with pytest.raises(NotFound):
        await desk.tickets.edit_unit("none", UnitFields(active=True))


def person(post: Post, phone: str | None = None) -> PersonFields:
    return PersonFields(post=post, name=Personal("王大明"), phone=Personal(phone) if phone else None)


@pytest.mark.parametrize(
    ("profile", "kind", "department", "posts", "clauses"),
    [
        ("yichun", "agency", None, [], ["YC-9.1"] * 3),
        ("yichun", "agency", "科", [Post.LEADER, Post.RECEIVER], []),
        ("yichun", "agency", "科", [Post.LEADER, Post.LEADER, Post.RECEIVER], ["YC-9.1"]),
        ("yichun", "agency", "科", [Post.LEADER, Post.RECEIVER, Post.RECEIVER], []),
        ("changzhi", "agency", None, [Post.HEAD, Post.LEADER], []),
        ("changzhi", "agency", None, [Post.LEADER], ["CZ-四(一)"]),
        ("changzhi", "county", None, [Post.HEAD, Post.LEADER], ["CZ-二(一)c"]),
        ("jiangsu", "agency", None, [Post.RECEIVER], ["JS-13b"]),
        ("yangzhou", "county", None, [Post.HEAD, Post.LEADER, Post.RECEIVER, Post.DUTY], ["YZ-8b"]),
        ("yangzhou", "agency", None, [Post.HEAD, Post.LEADER, Post.RECEIVER, Post.DUTY], []),
        ("yangzhou", "agency", None, [Post.RECEIVER, Post.DUTY], ["YZ-S1", "YZ-S1"]),
        ("fujian", "agency", None, [], []),
    ],
)
def test_a_record_is_valid_with_the_people_its_regulation_asks_for(
    profile: str, kind: str, department: str | None, posts: list[Post], clauses: list[str]
) -> None:
    assert [fault.clause for fault in faults(load_profile(profile).people, kind, department, posts)] == clauses


async def test_overdue_reaches_the_leader_and_what_is_sudden_the_duty_contact_outside_working_hours(
    database: Database, clock: ManualClock
) -> None:
    tickets = TicketService(database, clock, load_profile("changzhi"))
    await tickets.seed_units()
    unit_id = (await tickets.units())[0].id
    people = [
        person(Post.HEAD, "13900000001"), person(Post.LEADER, "13900000002"), person(Post.RECEIVER, "13900000003"),
        person(Post.RECEIVER, "0355-2012345"), person(Post.DUTY, "13900000004"),
    ]  # fmt: skip
    await tickets.set_people(unit_id, ADMIN, people)

    async def told(why: str) -> list[str]:
        return [phone.reveal()[-1] for phone in await tickets.phones_told(unit_id, why)]

    clock.advance(datetime(2026, 11, 20, 10, 0, tzinfo=LOCAL) - clock.now())
    assert await told("urged") == ["3"]
    assert await told("overdue") == ["1", "2", "3"]
    assert await told("urgent") == ["3"]
    clock.advance(timedelta(hours=12))
    assert await told("urgent") == ["3", "4"]
    clock.advance(timedelta(days=1, hours=-12))  # a Saturday
    assert await told("urgent") == ["3", "4"]


async def test_a_sudden_matter_tells_the_unit_at_once_and_a_province_ticket_its_person(
    database: Database, clock: ManualClock
) -> None:
    desk = await desk_of("yangzhou", database, clock)
    await desk.dispatched("help", marks=["urgent"])
    await desk.dispatched("help", source="province")
    await desk.dispatched("help")
    assert await reminders(database) == ["urgent", "province"]


async def test_every_edit_of_a_unit_leaves_who_and_what_before_and_after(desk: Desk) -> None:
    unit_id = desk.unit.unit_id or ""
    await desk.tickets.edit_unit(unit_id, UnitFields(department="综合科"), ADMIN)
    await desk.tickets.set_people(unit_id, ADMIN, [person(Post.LEADER), person(Post.RECEIVER)])
    latest, first = await desk.tickets.unit_changes(unit_id)
    assert (first.act, first.actor_name, first.before, first.after) == (
        "changed", "管理员", {"department": None}, {"department": "综合科"},
    )  # fmt: skip
    assert latest.before == {"people": []}
    assert "王大明" not in str(latest.after)
    with pytest.raises(InvalidInput, match=r"YC-9\.1"):
        await desk.tickets.set_people(unit_id, ADMIN, [person(Post.LEADER)])
    assert len(await desk.tickets.unit_changes(unit_id)) == 2
