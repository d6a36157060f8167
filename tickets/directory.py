"""Use cases: the directory of units (承办单位): who they are, whom to reach, when they work."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import LOCAL
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository
from tickets.base import TicketServiceBase
from tickets.fields import PersonalText
from tickets.model import Unit

UNITS = Path(__file__).parent / "units"
_TOP, _LOWEST = 2, 3
_MOBILE = re.compile(r"1[3-9]\d{9}")
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
    leader: Annotated[str | None, Field(max_length=60)] = None
    """分管领导 (YC-9.1)."""
    receiver: Annotated[str | None, Field(max_length=60)] = None
    reminder_phone: PersonalText = None
    """Mobile of the receiver, for reminders (FJ-17a)."""
    active: bool = True


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
    leader: str | None
    receiver: str | None
    reminder_phone: Personal | None
    active: bool
    hours: tuple[str, ...]
    """Sessions of a working day of this season, by the profile: `08:30-12:00`."""


_SAME = tuple(name for name in UnitView.__slots__ if name != "hours")


class UnitDirectory(TicketServiceBase):
    """The units and what an administrator keeps about them."""

    async def units(self) -> tuple[UnitView, ...]:
        """Return all units by level and code."""
        async with self._database.reading() as session:
            return tuple(self._unit_view(row) for row in await repository.units(session))

    async def add_unit(self, code: str, fields: UnitFields) -> UnitView:
        """Add a unit.

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
                await _write(session, row, given)
                session.add(row)
                await session.flush()
        except IntegrityError:
            raise Conflict("单位代码已被使用", code="unit_exists") from None
        return self._unit_view(row)

    async def edit_unit(self, unit_id: str, fields: UnitFields) -> UnitView:
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
            await _write(session, row, given)
        return self._unit_view(row)

    async def reminder_phone(self, unit_id: str) -> Personal | None:
        """Return the mobile of a unit's receiver; for the machine that texts."""
        async with self._database.reading() as session:
            row = await repository.unit(session, unit_id)
            return row.reminder_phone if row else None

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

    def _unit_view(self, row: Unit) -> UnitView:
        today = self._clock.now().astimezone(LOCAL).date()
        sessions = self.profile.business_hours.of_unit(row.code).sessions(today)
        hours = tuple(f"{begins:%H:%M}-{ends:%H:%M}" for begins, ends in sessions)
        return UnitView(**{name: getattr(row, name) for name in _SAME}, hours=hours)


async def _write(session: AsyncSession, row: Unit, given: Mapping[str, object]) -> None:
    for name, value in given.items():
        setattr(row, name, value)
    known = {unit.id: unit for unit in await repository.units(session)}
    _check_place(row, known, [unit for unit in known.values() if unit.parent_id == row.id])
    if row.managing_unit_id is not None and (row.managing_unit_id not in known or row.managing_unit_id == row.id):
        raise InvalidInput("managing_unit_id", "请选择已有的主管部门")
    if row.reminder_phone is not None and not _MOBILE.fullmatch(row.reminder_phone.reveal()):
        raise InvalidInput("reminder_phone", "须为手机号码")


def _check_place(row: Unit, known: Mapping[str, Unit], below: Sequence[Unit]) -> None:
    """A unit of level 2 stands below the centre, one of level 3 below one of level 2."""
    parent = known.get(row.parent_id or "")
    if row.level == _TOP and row.parent_id is not None:
        raise InvalidInput("parent_id", "二级单位直接隶属中心,没有上级单位")
    if row.level == _LOWEST and (parent is None or parent.level != _TOP or parent.id == row.id):
        raise InvalidInput("parent_id", "三级单位须隶属一个二级单位")
    if row.level == _LOWEST and below:
        raise InvalidInput("level", "该单位有下级单位,不能改为三级")
