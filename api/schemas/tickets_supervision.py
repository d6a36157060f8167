"""Supervision of tickets over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Body, View


class LadderStep(View):
    """A step of the ladder that applies; `ask`: what it asks of the centre now."""

    code: str
    title: str = Field(examples=["红牌:首次督办(电话问询)"])
    clause: str
    ask: str
    enters_ledger: bool


class TicketSupervision(View):
    """How a ticket stands under supervision."""

    level: LadderStep | None = Field(description="最高一级;空表示不在督办中 / highest step; null: none")
    steps: list[LadderStep]
    breached: list[str]
    counters: list[tuple[str, str]] = Field(description="已满的问责计数及依据 / full counters with their clause")
    supervised_at: datetime | None = Field(description="列入督办台账时间 / in the ledger since")
    hazard_open: bool
    instruments: list[str] = Field(description="可用的督办文书 / notices of the profile")


class FactOf(Body):
    """What a person finds about a unit."""

    fact: Literal[
        "letter_ignored", "instruction", "could_but_does_not", "duty_unclear", "shirking", "result_untrue",
        "dissatisfied",
    ]  # fmt: skip
    note: str = Field(min_length=1, max_length=4000)


class ShirkingOf(Body):
    """Units pass a matter around; what is given decides what follows."""

    long_term: bool = False
    big_impact: bool = False
    unresolved: bool = False
    note: str = Field(min_length=1, max_length=4000)


class RoutingOf(Body):
    """Whom a matter concerns."""

    units: int = Field(1, ge=1, le=100, description="涉及单位数 / how many units it concerns")
    authority_unclear: bool = False
    level: Literal["province", "cross_city", "city", "county"] | None = None


class Routing(View):
    """Where a matter goes and who decides it."""

    step: str
    decided_by: str | None
    clause: str
    platform: str | None
    first_unit_must: str | None


class HazardOf(Body):
    """A safety hazard."""

    note: str = Field(min_length=1, max_length=4000)
    emergency_scope: bool = Field(False, description="属应急管理规定 / falls under emergency management")


class PublicationOf(Body):
    """Whether a result is fit to be published."""

    unsuitable: bool = False
    note: str = Field(min_length=1, max_length=4000)


class Publication(View):
    """The decision and its clause."""

    decision: Literal["allow", "deny"]
    clause: str
