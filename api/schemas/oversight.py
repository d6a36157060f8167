"""What people who oversee the platform see and ask."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.schemas.base import Body, View
from api.schemas.fields import NumbersMasked
from api.schemas.tickets_oversight import Figure
from tickets.oversight.service import MOST_DRAWN

_Id = Annotated[str, Field(max_length=36)]
_Text = Annotated[str, Field(min_length=1, max_length=4000)]


class SampleOf(Body):
    """What to draw from; the period is [since, until)."""

    since: AwareDatetime
    until: AwareDatetime
    size: int = Field(default=20, ge=1, le=MOST_DRAWN)
    purpose: str = Field(min_length=1, max_length=200, examples=["三季度随机监督巡察"])
    unit_id: _Id | None = None


class AnonymousStep(View):
    """An event without its words."""

    label: str = Field(examples=["签收"])
    at: datetime
    by_role: str = Field(examples=["unit"])


class AnonymousTicket(View):
    """A ticket without anything personal and without free text."""

    number: str = Field(examples=["YC20261120-000001"])
    channel: str
    category_label: str | None
    subject: str | None
    state_label: str
    unit_name: str | None
    accepted_at: datetime | None
    closed_at: datetime | None
    rating: str | None
    steps: list[AnonymousStep]


class Sample(View):
    """A sample and the three rates of what it was drawn from."""

    id: str
    drawn_at: datetime
    purpose: str
    unit_id: str | None
    since: datetime
    until: datetime
    out_of: int = Field(description="抽取范围内的工单数 / tickets it was drawn from")
    seed: str = Field(description="随机种子,可复核 / draws the same again")
    rates: dict[str, Figure] = Field(description="及时率、办结率、满意率 / on_time_rate, finish_rate, satisfaction")
    tickets: list[AnonymousTicket]


class EnquiryOf(Body):
    """A question, or what is to be put right."""

    text: _Text
    kind: Literal["enquiry", "rectify"] = "enquiry"
    sample_id: _Id | None = None


class Reply(Body):
    """The reply."""

    text: _Text


class Enquiry(View):
    """An enquiry and its reply."""

    id: str
    kind: str
    sample_id: str | None
    asked_by: str
    asked_at: datetime
    text: NumbersMasked
    due_at: datetime
    overdue: bool
    answered_at: datetime | None
    reply: NumbersMasked | None
