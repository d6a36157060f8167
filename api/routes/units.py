"""The directory of units."""

from typing import Annotated

from fastapi import APIRouter

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.units import NewUnit, Unit
from core.actors import Actor
from tickets.directory import UnitFields

router = APIRouter(prefix="/units", tags=["units"])

Keeper = Annotated[Actor, permitted(Act.UNITS_MANAGE)]


@router.get("", **operation("查询承办单位", "List units"))
async def list_units(services: ServicesOf, actor: Annotated[Actor, permitted(Act.UNITS_READ)]) -> list[Unit]:
    """Return all units, by level and code."""
    del actor
    return [Unit.model_validate(unit) for unit in await services.tickets.units()]


@router.post("", status_code=201, **operation("新增承办单位", "Add a unit", 409))
async def add_unit(services: ServicesOf, actor: Keeper, given: NewUnit) -> Unit:
    """Add a unit of level 2, or of level 3 below one of level 2."""
    del actor
    return Unit.model_validate(await services.tickets.add_unit(given.code, given))


@router.patch("/{unit_id}", **operation("修改承办单位", "Change a unit", 404))
async def edit_unit(services: ServicesOf, actor: Keeper, unit_id: Identifier, given: UnitFields) -> Unit:
    """Change what is given; a unit that is not active any more gets no new tickets."""
    del actor
    return Unit.model_validate(await services.tickets.edit_unit(unit_id, given))
