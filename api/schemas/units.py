"""Units over the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Masked
from tickets.directory import UnitFields


class NewUnit(UnitFields):
    """A unit to be added."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$", examples=["CG01"])]


class Unit(BaseModel):
    """A unit that handles tickets (承办单位)."""

    model_config = ConfigDict(from_attributes=True)

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
    leader: str | None
    receiver: str | None
    reminder_phone: Masked | None
    active: bool
    hours: list[str] = Field(description="当季工作时间 / business hours of this season", examples=[["08:30-12:00"]])
