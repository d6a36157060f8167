"""Units over the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.schemas.base import Body, View
from api.schemas.fields import Masked, Reason
from tickets.directory import UnitFields
from tickets.people.records import PersonFields
from tickets.people.service import MOST_UNITS, ImportedUnit

_Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$", examples=["CG01"])]


class NewUnit(UnitFields):
    """A unit to be added."""

    code: _Code


class People(Body):
    """The people of a unit, all of them."""

    people: list[PersonFields] = Field(max_length=50)


class UnitOfFile(ImportedUnit):
    """A unit of an import."""

    code: _Code
    parent_code: _Code | None = None
    people: list[PersonFields] = Field([], max_length=50)


class UnitFile(Body):
    """Many units with their people; all of them are taken, or none."""

    units: list[UnitOfFile] = Field(min_length=1, max_length=MOST_UNITS)


class Imported(BaseModel):
    """What an import did."""

    added: int
    changed: int


class Person(View):
    """A named person of a unit."""

    id: str
    post: str = Field(examples=["leader"])
    label: str = Field(examples=["分管领导"])
    name: Masked
    phone: Masked | None


class RevealedPerson(BaseModel):
    """Name and number of a person of a unit."""

    name: str
    phone: str | None


class LookOf(Body):
    """Why somebody looks."""

    reason: Reason


class Fault(View):
    """What the record of a unit lacks, by which clause."""

    what: str
    words: str
    clause: str


class UnitChange(View):
    """One change to a unit; people stand in it masked."""

    at: datetime
    act: str
    actor_name: str
    actor_role: str
    before: dict[str, Any]
    after: dict[str, Any]


class Unit(View):
    """A unit that handles tickets (承办单位)."""

    id: str
    code: str
    name: str
    level: int = Field(description="2 直属中心,3 隶属二级单位 / 2 below the centre, 3 below a unit of level 2")
    parent_id: str | None
    kind: str = Field(examples=["agency"])
    managing_unit_id: str | None
    phone: str | None
    duty_phone: str | None
    department: str | None
    active: bool
    hours: list[str] = Field(description="当季工作时间 / business hours of this season", examples=[["08:30-12:00"]])
    people: list[Person]
    faults: list[Fault] = Field(description="按规定尚缺的内容,为空则档案有效 / what the record lacks; empty: valid")
