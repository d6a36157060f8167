"""Periodic reports over the wire."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from api.schemas.base import Body, View
from api.schemas.fields import NumbersMasked


class Report(View):
    """A report that falls due."""

    id: str
    title: str = Field(examples=["热点专报"])
    cadence: str = Field(examples=["weekly"])
    period_start: date
    period_end: date
    unit_id: str | None = Field(description="报送单位;空为热线中心 / null: the centre")
    due_at: datetime
    state: str = Field(description="open, handed_in, released")
    to: list[str] = Field(description="报送、通报对象 / distribution list")
    released_by: str
    clause: str
    basis: str
    handed_in_by: str | None
    handed_in_at: datetime | None
    late: bool
    sha256: str | None
    released_at: datetime | None


class ReportEvent(View):
    """What happened to a report."""

    event: str
    actor_id: str
    actor_name: str
    at: datetime
    note: NumbersMasked | None
    data: dict[str, Any]


class ReportDecision(Body):
    """Whether a report is released, or written again."""

    released: bool
    note: str | None = Field(None, max_length=500)


class EmergencyOf(Body):
    """A public emergency."""

    title: str = Field(min_length=1, max_length=100, examples=["台风应急响应"])


class EmergencyBegun(Body):
    """The id of a public emergency."""

    id: str
