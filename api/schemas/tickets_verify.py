"""Verification, tasks and special matters over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas.base import Body, View
from api.schemas.fields import Masked, NumbersMasked

_Text = Annotated[str, Field(min_length=1, max_length=4000)]
_Name = Annotated[str, Field(min_length=1, max_length=60)]


class Verification(View):
    """What somebody found who looked whether a matter was handled."""

    id: str
    ticket_id: str
    round: int
    purpose: str = Field(examples=["verification"])
    method: str = Field(examples=["on_site"])
    result: str = Field(examples=["not_solved"])
    by_unit_id: str | None = Field(description="核实单位,为空即平台 / unit that verified; none: the platform")
    unit_id: str | None
    happened_at: datetime
    place: Masked | None
    people: Masked | None
    found: NumbersMasked
    recorded_by: str
    recorded_at: datetime


class Task(View):
    """A task that is open."""

    ticket_id: str
    number: str
    kind: str = Field(examples=["rectify"])
    label: str = Field(examples=["整改"])
    unit_id: str | None
    started_at: datetime
    due_at: datetime
    clause: str


class ContactAgain(Body):
    """A further talk with the caller."""

    how: Literal["phone", "visit", "message", "on_site"]
    told: _Text


class Telephoned(Body):
    """A call to the unit."""

    whom: _Name
    said: Annotated[str, Field(min_length=1, max_length=2000)]


class AdoptionOf(Body):
    """Whether a suggestion is adopted; if not, why."""

    adopted: bool
    reason: str | None = Field(None, max_length=4000)


class UnderCampaign(Body):
    """The campaign a suggestion is counted under."""

    campaign_id: str = Field(min_length=1, max_length=36)


class Retaliation(Body):
    """What the caller reports."""

    note: _Text
    complained_unit_id: str | None = Field(None, max_length=36)


class Opened(BaseModel):
    """The ticket that was opened."""

    ticket_id: str


class HandlerOf(Body):
    """Who handles a ticket inside the unit."""

    department: Annotated[str, Field(min_length=1, max_length=100)]
    handler: _Name


class Proposed(Body):
    """An answer that waits for the unit's leader."""

    answer: _Text


class Released(Body):
    """The leader's own words; none: as proposed."""

    answer: str | None = Field(None, min_length=1, max_length=4000)


class CampaignOf(Body):
    """A call for suggestions."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    held_by: Annotated[str, Field(min_length=1, max_length=100)]
    begins_at: AwareDatetime
    ends_at: AwareDatetime


class Campaign(View):
    """A campaign with what it has brought."""

    id: str
    code: str
    title: str
    held_by: str
    begins_at: datetime
    ends_at: datetime
    collected: int
    adopted: int


class DirectiveOf(Body):
    """A leader's instruction."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    leader: _Name
    instruction: _Text
    given_at: AwareDatetime
    due_at: AwareDatetime


class ReportOf(Body):
    """What has become of an instruction."""

    text: _Text
    ends: bool = Field(False, description="批示事项已办结 / it is carried out")


class DirectiveReport(View):
    """One follow-up."""

    at: datetime
    by: str
    text: NumbersMasked
    ends: bool


class UnderDirective(View):
    """A ticket under an instruction."""

    id: str
    number: str
    state: str
    unit_id: str | None


class Directive(View):
    """An instruction with its tickets and reports."""

    id: str
    title: str
    leader: Masked
    instruction: NumbersMasked
    given_at: datetime
    due_at: datetime
    ended_at: datetime | None
    overdue: bool
    tickets: list[UnderDirective]
    reports: list[DirectiveReport]


class Fault(View):
    """A fault that was detected."""

    kind: str = Field(examples=["late_dispatch"])
    label: str = Field(examples=["未及时转交"])
    clause: str = Field(examples=["YC-35.2"])
    since: datetime
    ticket_id: str | None
    number: str | None
    call_id: str | None
    unit_id: str | None
    opened_by: str | None
