"""Tickets over the wire. Personal fields are masked; `reveal` shows one, with a reason that is logged."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.schemas.base import Body, View
from api.schemas.fields import Masked, NumbersMasked, Reason


class Ticket(View):
    """A work order (工单)."""

    id: str
    number: str = Field(examples=["YC20261120-000001"])
    state: str = Field(examples=["dispatched"])
    state_label: str = Field(examples=["已派发待签收"])
    version: int
    round: int
    channel: str = Field(examples=["call"])
    call_id: str | None
    dialled: str | None
    category: str | None
    category_label: str | None
    title: str | None
    subject: str | None = Field(description="主题分类 / what it is about", examples=["城乡建设/工程质量/施工安全"])
    urgency: str
    caller_kind: str
    public_emergency: str | None
    source: str | None
    external_id: str | None
    matter_id: str | None
    merged_into_id: str | None
    marks: list[str]
    important: bool = Field(description="重要诉求,须调查核实 / to be investigated (FJ-8.4)")
    adopted: bool | None = Field(description="建议是否采纳 / whether a suggestion was adopted")
    campaign_id: str | None
    real_name: str = Field(description="实名等级 / level of the real-name record", examples=["stated"])
    identity_document: Masked | None
    written_opinion: bool
    complained_party: Masked | None
    confidential: bool
    publication_allowed: bool
    repeat_calls: int
    hard: bool
    caller_name: Masked | None
    caller_phone: Masked | None
    contact_phone: Masked | None
    place: Masked | None
    summary: Masked | None
    answer: Masked | None
    proposed_unit_id: str | None
    unit_id: str | None
    unit_name: str | None
    answered_directly: bool
    closing_ground: str | None
    refusal_code: str | None
    refusal_clause: str | None
    guidance: str | None
    rating: str | None
    survey_step: str | None
    excluded: bool
    supervised_at: datetime | None
    created_at: datetime
    accepted_at: datetime | None
    dispatched_at: datetime | None
    closed_at: datetime | None
    archived_at: datetime | None
    card: str = Field(description="预警 / none, yellow or red card")
    due_at: datetime | None
    due_clause: str | None = Field(examples=["YC-14b"])
    profile_version: str
    may: list[str] = Field(description="本人当前可执行的操作 / what the asker may do now")


class TicketPage(View):
    """A page of tickets, newest first."""

    items: list[Ticket]
    next: str | None = Field(description="下一页的 after 参数 / `after` of the next page")


class Duty(View):
    """A duty with its deadline, its clause and how it was counted."""

    kind: str
    label: str
    unit_id: str | None
    started_at: datetime
    due_at: datetime
    warn_at: datetime | None
    done_at: datetime | None
    open: bool
    assessed: bool
    overdue: bool
    clause: str
    basis: str
    counting: list[str]
    provisional: bool


class LedgerEntry(View):
    """One event of the ledger (台账), chained by hash to the one before."""

    seq: int
    event: str
    label: str
    state: str
    actor_id: str
    actor_name: str
    actor_role: str
    unit_id: str | None
    at: datetime
    note: NumbersMasked | None
    data: dict[str, Any]
    hash: str


class Verdict(View):
    """What becomes of a request for a return or an extension."""

    outcome: str = Field(examples=["pending_approval"])
    clause: str
    reason: str
    words: str


class DraftOf(Body):
    """The call a ticket is opened for; without one it is a ticket no call belongs to."""

    call_id: str | None = Field(None, max_length=36)


class TicketQuery(Body):
    """Which tickets a list shows."""

    state: list[str] = Field([], max_length=20, examples=[["dispatched"]])
    category: list[str] = Field([], max_length=20)
    unit_id: str | None = Field(None, max_length=36)
    call_id: str | None = Field(None, max_length=36)
    after: str | None = Field(None, max_length=64)
    limit: int = Field(50, ge=1, le=200)


class Search(Body):
    """What is searched for; in the body, because addresses are logged."""

    caller_phone: str = Field(min_length=3, max_length=30, examples=["13900005678"])
    after: str | None = Field(None, max_length=64)
    limit: int = Field(50, ge=1, le=200)


class RevealOf(Body):
    """Which personal field is looked at, and why."""

    field: Literal[
        "caller_name", "caller_phone", "contact_phone", "place", "summary", "answer", "complained_party",
        "identity_document",
    ]  # fmt: skip
    reason: Reason


class RevealedField(BaseModel):
    """A personal field as it is."""

    field: str
    value: str | None


class Note(Body):
    """An optional note for the ledger."""

    note: str | None = Field(None, max_length=4000)


class NeededNote(Body):
    """A note that is needed."""

    note: str = Field(min_length=1, max_length=4000)


class Approval(Note):
    """Approval of a dispatch, to another unit than proposed if one is named."""

    unit_id: str | None = Field(None, max_length=36)


class Refusal(Body):
    """A matter is not accepted (不予受理), on a ground of the regulation."""

    code: str = Field(max_length=48)
    clause: str | None = Field(None, max_length=24)
    guidance: str | None = Field(None, max_length=500)


class Dispatch(Note):
    """Which unit handles it; None: the proposed one."""

    unit_id: str | None = Field(None, max_length=36)


class Answer(Body):
    """What the caller is answered."""

    answer: str = Field(min_length=1, max_length=4000)


class Transfer(Note):
    """An emergency was transferred by telephone."""

    phone: str = Field(min_length=3, max_length=30)


class ReturnRequest(Body):
    """A unit asks to send the ticket back."""

    basis: str | None = Field(None, max_length=1000)
    suggestion: str | None = Field(None, max_length=1000)
    reason: str | None = Field(None, max_length=1000)


class ReturnDecision(Note):
    """What the centre decides on a return."""

    result: Literal["approved", "refused", "out_of_scope"]


class ExtensionRequest(Body):
    """A unit asks for more working days."""

    days: int = Field(ge=1, le=365)
    reason: str = Field(min_length=1, max_length=1000)


class ExtensionDecision(Note):
    """What the centre decides on an extension."""

    approved: bool


class PhoneEnquiry(NeededNote):
    """The phone enquiry of a red card."""

    resolved: bool


class RepeatCall(Body):
    """Another call of the same caller on the same matter."""

    call_id: str = Field(min_length=1, max_length=36)


class Closing(Note):
    """On which ground the ticket is closed."""

    ground: str = Field("done", max_length=24)


class Rework(Body):
    """The closed matter is handled again."""

    reason: str = Field(min_length=1, max_length=1000)
    unit_id: str | None = Field(None, max_length=36)
