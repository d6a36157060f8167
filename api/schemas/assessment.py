"""Scores by hand, evidence, missed limits and figures of a day over the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from api.schemas.base import Body, View
from api.schemas.fields import NumbersMasked
from api.schemas.tickets_oversight import Figure

Period = Annotated[str, Field(pattern=r"^20\d\d(-(0[1-9]|1[0-2]))?$", examples=["2026-10"])]


class FactorOf(Body):
    """A score for what no figure measures."""

    unit_id: str = Field(min_length=1, max_length=36)
    dimension: str = Field(min_length=1, max_length=60, examples=["建章立制"])
    score: Decimal = Field(ge=0, le=100, max_digits=5, decimal_places=2)
    reason: str = Field(min_length=1, max_length=4000)


class Factor(View):
    """A score a person gave."""

    id: str
    period: str
    unit_id: str
    dimension: str
    score: float
    reason: NumbersMasked
    entered_by: str
    entered_at: datetime


class ItemMade(Body):
    """The id of a score; evidence is added to it."""

    id: str


class Evidence(View):
    """A file that proves an item."""

    id: str
    item_id: str
    name: NumbersMasked
    media_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


class Missed(View):
    """A limit a unit missed (红牌)."""

    ticket_id: str
    number: str
    unit_id: str
    duty: str
    due_at: datetime
    done_at: datetime | None
    clause: str


class DayOfArea(View):
    """A day of one area: a unit below the centre with all that stand below it."""

    unit_id: str
    name: str
    kind: str
    dispatched: int
    finished: int
    returned: int
    closed: int
    missed: int
    figures: dict[str, Figure]
