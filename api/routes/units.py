"""The directory of units and their people."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.units import Imported, LookOf, NewUnit, People, RevealedPerson, Unit, UnitChange, UnitFile
from core.actors import Actor
from tickets.directory import UnitFields

router = APIRouter(prefix="/units", tags=["units"])

Keeper = Annotated[Actor, permitted(Act.UNITS_MANAGE)]


@router.get("", **operation("查询承办单位", "List units"))
async def list_units(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.UNITS_READ)],
    faulty: Annotated[bool, Query(description="只看档案不全的 / only those whose record is not valid")] = False,
) -> list[Unit]:
    """Return all units, by level and code."""
    del actor
    return [Unit.model_validate(unit) for unit in await services.tickets.units() if unit.faults or not faulty]


@router.post("", status_code=201, **operation("新增承办单位", "Add a unit", 409))
async def add_unit(services: ServicesOf, actor: Keeper, given: NewUnit) -> Unit:
    """Add a unit of level 2, or of level 3 below one of level 2."""
    return Unit.model_validate(await services.tickets.add_unit(given.code, given, actor))


@router.post("/import", **operation("批量导入承办单位", "Import units with their people", 409))
async def import_units(services: ServicesOf, actor: Keeper, given: UnitFile) -> Imported:
    """Add or change many units by code, with their people; one that does not fit refuses the whole."""
    added, changed = await services.tickets.import_units(actor, given.units)
    return Imported(added=added, changed=changed)


@router.patch("/{unit_id}", **operation("修改承办单位", "Change a unit", 404))
async def edit_unit(services: ServicesOf, actor: Keeper, unit_id: Identifier, given: UnitFields) -> Unit:
    """Change what is given; a unit that is not active any more gets no new tickets."""
    return Unit.model_validate(await services.tickets.edit_unit(unit_id, given, actor))


@router.put("/{unit_id}/people", **operation("登记单位人员", "Name the people of a unit", 404))
async def set_unit_people(services: ServicesOf, actor: Keeper, unit_id: Identifier, given: People) -> Unit:
    """Name head, leader, receivers and duty contacts; refused where the regulation asks for somebody who is missing."""
    return Unit.model_validate(await services.tickets.set_people(unit_id, actor, given.people))


@router.post("/{unit_id}/people/{person_id}/reveal", **operation("查看单位人员", "Reveal a person of a unit", 404))
async def reveal_unit_person(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.UNITS_REVEAL)],
    unit_id: Identifier,
    person_id: Identifier,
    given: LookOf,
) -> RevealedPerson:
    """Return name and number for a call; who looked, and why, is written down."""
    name, phone = await services.tickets.reveal_person(unit_id, person_id, actor, given.reason)
    return RevealedPerson(name=name.reveal(), phone=phone.reveal() if phone else None)


@router.get("/{unit_id}/changes", **operation("单位变更记录", "What was changed about a unit"))
async def list_unit_changes(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.UNITS_AUDIT)], unit_id: Identifier
) -> list[UnitChange]:
    """Return the newest 200 changes: who, when, what before and after."""
    del actor
    return [UnitChange.model_validate(one) for one in await services.tickets.unit_changes(unit_id)]
