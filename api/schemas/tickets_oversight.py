"""Notices, exports, assessment and the outside world over the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.schemas.base import Body, View
from api.schemas.fields import NumbersMasked
from tickets.fields import TicketFields
from tickets.lists.filters import ListFilter

Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-10"])]


class NoticeOf(Body):
    """A notice to the unit that handles a ticket."""

    kind: str = Field(max_length=24, examples=["督办通知单"])
    demand: str = Field(min_length=1, max_length=4000)
    days: int = Field(ge=1, le=60, description="限期(工作日)/ limit in working days")


class Notice(View):
    """An issued notice; its file is at `/notices/{id}/file`."""

    id: str
    ticket_id: str
    unit_id: str
    kind: str
    number: str = Field(examples=["督办通知单〔2026〕1号"])
    issued_by: str
    issued_at: datetime
    due_at: datetime
    clause: str
    counting: list[str]


class ExportOf(Body):
    """Which tickets, in which form, and why."""

    wanted: ListFilter
    form: Literal["csv", "xlsx"]
    reason: str = Field(min_length=2, max_length=500)


class ExportDecision(Body):
    """Whether an export may be made."""

    approved: bool


class Export(View):
    """An export; `rows_done` of `rows_total` tells how far it is."""

    id: str
    state: str
    form: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    rows_total: int
    rows_done: int
    finished_at: datetime | None
    sha256: str | None


class Figure(BaseModel):
    """A metric's value with what it was made of."""

    value: str | None = Field(description="百分数,两位小数;空表示无数据 / percent; null: no value")
    counted: str
    out_of: str
    meets_target: bool | None


class UnitFigures(BaseModel):
    """A unit's figures of a month."""

    unit_id: str
    place: int | None
    score: str | None
    figures: dict[str, Figure]


class FigureReason(View):
    """Why a ticket counts in a figure, or does not."""

    ticket_id: str
    number: str
    counted: bool
    left_out: str | None


class SettledMonth(View):
    """A settled month."""

    month: str
    state: str
    drafted_at: datetime
    objection_until: datetime
    published_at: datetime | None
    figures: dict[str, dict[str, Any]]


class ReviewOf(Body):
    """A unit's objection or bonus request."""

    kind: Literal["objection", "bonus"]
    text: str = Field(min_length=1, max_length=4000)
    ticket_id: str | None = Field(None, max_length=36)
    item: str | None = Field(None, max_length=40)


class DeductionOf(Body):
    """A minus item the centre proposes."""

    unit_id: str = Field(min_length=1, max_length=36)
    item: str = Field(min_length=1, max_length=40, examples=["minus_2"])
    text: str = Field(min_length=1, max_length=4000)
    ticket_id: str | None = Field(None, max_length=36)


class ScoredItem(View):
    """A plus or minus item, or an objection, with the ticket it rests on."""

    id: str
    month: str
    kind: str = Field(examples=["deduction"])
    item: str | None
    title: str | None
    clause: str | None = Field(examples=["YC-31.3d"])
    points: float
    state: str
    ticket_id: str | None
    number: str | None
    text: NumbersMasked
    asked_at: datetime
    decided_at: datetime | None


class ReviewAsked(BaseModel):
    """The id of a request."""

    id: str


class ReviewDecision(Body):
    """What becomes of a request."""

    accepted: bool
    points: float | None = Field(None, ge=0, le=100, description="加分、扣分的分值 / points of a plus or minus item")
    decision: str | None = Field(None, max_length=500, description="理由或认定文号 / why, or the document")


class YearScore(BaseModel):
    """A unit's year."""

    unit_id: str
    score: str | None
    months: dict[str, str | None]
    plus: float
    minus: float


class ProgressOf(Body):
    """Number and query code of a ticket."""

    number: str = Field(min_length=1, max_length=24)
    code: str = Field(min_length=1, max_length=12)


class Step(BaseModel):
    """One step of a ticket's course."""

    at: datetime
    what: str


class Progress(BaseModel):
    """How a ticket stands; no personal data."""

    number: str
    state: str
    state_label: str
    category: str | None
    steps: list[Step]
    closed_at: datetime | None
    guidance: str | None


class HandOver(Body):
    """A ticket another platform hands over."""

    external_id: str = Field(min_length=1, max_length=60)
    caller_phone: str | None = Field(None, min_length=3, max_length=30)
    fields: TicketFields


class PlatformOf(Body):
    """An outside platform."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,23}$")
    title: str = Field(min_length=1, max_length=100)
    source: str | None = Field(None, max_length=24)
    report_url: str | None = Field(
        None, max_length=300, pattern=r"^(https://[^\s]+|http://127\.0\.0\.1(:\d+)?/[^\s]*)$",
        description="工单状态回传地址;空则由对方查询 / where states of its tickets are posted",
    )  # fmt: skip


class UpperReportOf(Body):
    """What the platform above says of a ticket we handed up."""

    sequence: int = Field(ge=1, le=2**31 - 1, description="该工单反馈序号,重复或更旧的不生效 / older ones are ignored")
    state: Literal["received", "handling", "returned", "closed"]
    number: str | None = Field(None, max_length=80, description="上级平台的工单编号 / its number there")
    text: str | None = Field(None, max_length=4000, description="进展、退回理由或答复 / progress, reason or answer")


class HandUp(View):
    """How a ticket stands above."""

    id: str
    state: str
    handed_at: datetime
    upper_number: str | None
    received_at: datetime | None
    last_sequence: int
    reported_at: datetime | None


class PlatformSecret(BaseModel):
    """The secret an outside platform signs with; shown once."""

    name: str
    secret: str
