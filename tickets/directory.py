"""Use cases: the directory of units (承办单位): who they are, whom to reach, when they work."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import SYSTEM, Actor
from core.clock import LOCAL
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository
from tickets.base import TicketServiceBase
from tickets.model import Unit
from tickets.people import repository as people_of
from tickets.people.model import UnitPerson
from tickets.people.records import note_change, on_record
from tickets.rules.people import Fault, Post, faults

UNITS = Path(__file__).parent / "units"
_TOP, _LOWEST = 2, 3
_Name = Annotated[str | None, Field(min_length=1, max_length=100)]
_Phone = Annotated[str | None, Field(pattern=r"^[0-9+][0-9 -]{2,28}$")]
_Id = Annotated[str | None, Field(max_length=36)]


class UnitFields(BaseModel):
    """What is changed about a unit; what is not given stays."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: _Name = None
    level: Literal[2, 3] = 2
    """2 stands below the centre, 3 below a unit of level 2."""
    parent_id: _Id = None
    kind: Literal["agency", "party_committee", "enterprise", "mass_organisation", "county", "township"] = "agency"
    managing_unit_id: _Id = None
    """The 主管部门 of an enterprise (JS-3b, YC-5)."""
    phone: _Phone = None
    """Business line, a public number."""
    duty_phone: _Phone = None
    """Duty line outside working hours (JS-13b)."""
    department: _Name = None
    """具体承办单位(科室) (YC-9.1)."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class PersonView:
    """A named person of a unit."""

    id: str
    post: str
    label: str
    name: Personal
    phone: Personal | None


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit as people see it."""

    id: str
    code: str
    name: str
    level: int
    parent_id: str | None
    kind: str
    managing_unit_id: str | None
    phone: str | None
    duty_phone: str | None
    department: str | None
    active: bool
    hours: tuple[str, ...]
    """Sessions of a working day of this season, by the profile: `08:30-12:00`."""
    people: tuple[PersonView, ...]
    faults: tuple[Fault, ...]
    """What the profile misses in the record; none: it is valid (YC-9.1)."""


_SAME = tuple(name for name in UnitView.__slots__ if name not in ("hours", "people", "faults"))


class UnitDirectory(TicketServiceBase):
    """The units and what an administrator keeps about them."""

    async def units(self) -> tuple[UnitView, ...]:
        """Return all units by level and code."""
        async with self._database.reading() as session:
            people = await people_of.of_units(session)
            return tuple(self._unit_view(row, people.get(row.id, ())) for row in await repository.units(session))

    async def add_unit(self, code: str, fields: UnitFields, actor: Actor = SYSTEM) -> UnitView:
        """Add a unit; its record is not valid before its people are named.

        Raises:
            InvalidInput: a field does not fit.
            Conflict: the code is taken.
        """
        if fields.name is None:
            raise InvalidInput("name", "不能为空")
        given = {name: getattr(fields, name) for name in UnitFields.model_fields}
        try:
            async with self._database.transaction() as session:
                row = Unit(id=new_id(), code=code)
                place_unit(row, given, await _known(session))
                session.add(row)
                await session.flush()
                note_change(session, actor, self._clock.now(), "added", row.id, before={}, after=on_record(row, ()))
        except IntegrityError:
            raise Conflict("单位代码已被使用", code="unit_exists") from None
        return self._unit_view(row, ())

    async def edit_unit(self, unit_id: str, fields: UnitFields, actor: Actor = SYSTEM) -> UnitView:
        """Change what is given of a unit; one that is not active any more gets no new tickets.

        Raises:
            NotFound: there is none.
            InvalidInput: a field does not fit.
        """
        given = {name: getattr(fields, name) for name in fields.model_fields_set}
        if "name" in given and given["name"] is None:
            raise InvalidInput("name", "不能为空")
        async with self._database.transaction() as session:
            row = await repository.unit(session, unit_id)
            if row is None:
                raise NotFound("单位", unit_id)
            people = (await people_of.of_units(session, [unit_id])).get(unit_id, [])
            before = on_record(row, people)
            place_unit(row, given, await _known(session))
            note_change(
                session, actor, self._clock.now(), "changed", unit_id, before=before, after=on_record(row, people)
            )
        return self._unit_view(row, people)

    async def seed_units(self, path: Path | None = None) -> int:
        """Add the units of a list that are not there yet (by code); return how many were added."""
        source = path or UNITS / f"{self.profile.name}.toml"
        if path is None and not source.exists():  # an operator's own profile has no list of the product's
            return 0
        listed = tomllib.loads(source.read_text("utf-8"))["units"]
        async with self._database.transaction() as session:
            known = {row.code: row.id for row in await repository.units(session)}
            fresh = [entry for entry in listed if entry["code"] not in known]
            for entry in fresh:
                known[entry["code"]] = new_id()
                session.add(
                    Unit(
                        id=known[entry["code"]], code=entry["code"], name=entry["name"], level=entry["level"],
                        parent_id=known[entry["parent"]] if "parent" in entry else None, phone=entry.get("phone"),
                        active=True,
                    )
                )  # fmt: skip
        return len(fresh)

    def _unit_view(self, row: Unit, people: Sequence[UnitPerson]) -> UnitView:
        today = self._clock.now().astimezone(LOCAL).date()
        sessions = self.profile.business_hours.of_unit(row.code).sessions(today)
        named = tuple(PersonView(one.id, one.post, Post(one.post).label, one.name, one.phone) for one in people)
        return UnitView(
            **{name: getattr(row, name) for name in _SAME},
            hours=tuple(f"{begins:%H:%M}-{ends:%H:%M}" for begins, ends in sessions),
            people=named,
            faults=faults(self.profile.people, row.kind, row.department, [Post(one.post) for one in people]),
        )


async def _known(session: AsyncSession) -> dict[str, Unit]:
    return {unit.id: unit for unit in await repository.units(session)}


def place_unit(row: Unit, given: Mapping[str, object], known: Mapping[str, Unit]) -> None:
    """Write what is given into a unit, where it fits among the known ones.

    Raises:
        InvalidInput: level, superior or 主管部门 do not fit.
    """
    for name, value in given.items():
        setattr(row, name, value)
    _check_place(row, known, [unit for unit in known.values() if unit.parent_id == row.id])
    if row.managing_unit_id is not None and (row.managing_unit_id not in known or row.managing_unit_id == row.id):
        raise InvalidInput("managing_unit_id", "请选择已有的主管部门")


def _check_place(row: Unit, known: Mapping[str, Unit], below: Sequence[Unit]) -> None:
    """A unit of level 2 stands below the centre, one of level 3 below one of level 2."""
    parent = known.get(row.parent_id or "")
    if row.level == _TOP and row.parent_id is not None:
        raise InvalidInput("parent_id", "二级单位直接隶属中心,没有上级单位")
    if row.level == _LOWEST and (parent is None or parent.level != _TOP or parent.id == row.id):
        raise InvalidInput("parent_id", "三级单位须隶属一个二级单位")
    if row.level == _LOWEST and below:
        raise InvalidInput("level", "该单位有下级单位,不能改为三级")
