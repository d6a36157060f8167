"""The directory of units: levels, contacts, hours; kept by an administrator."""

import pytest

from core.errors import Conflict, InvalidInput, NotFound
from core.personal import Personal
from tests.tickets.conftest import AGENT, Desk
from tickets.directory import UnitFields


async def test_a_unit_is_added_with_its_contacts_and_stands_where_its_level_says(desk: Desk) -> None:
    top = await desk.tickets.add_unit(
        "NEW1",
        UnitFields(name="数据局", duty_phone="0795-3212345", leader="分管", reminder_phone=Personal("13800138000")),
    )
    low = await desk.tickets.add_unit("NEW2", UnitFields(name="数据中心", level=3, parent_id=top.id))
    assert "13800138000" not in str(top)
    begins, ends = top.hours[0].split("-")
    assert begins < ends
    assert {unit.code: unit.parent_id for unit in await desk.tickets.units()}["NEW2"] == top.id
    with pytest.raises(Conflict):
        await desk.tickets.add_unit("NEW1", UnitFields(name="另一个"))
    with pytest.raises(InvalidInput, match="level"):
        await desk.tickets.edit_unit(top.id, UnitFields(level=3, parent_id=desk.unit.unit_id))
    phone = await desk.tickets.reminder_phone(top.id)
    assert phone is not None
    assert phone.reveal() == "13800138000"
    assert low.level == 3


@pytest.mark.parametrize(
    "fields",
    [
        UnitFields(),
        UnitFields(name="甲", level=3),
        UnitFields(name="甲", level=3, parent_id="none"),
        UnitFields(name="甲", managing_unit_id="none"),
        UnitFields(name="甲", reminder_phone=Personal("0795-3212345")),
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
