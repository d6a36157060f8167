"""What a regional profile says about a ticket from acceptance to closing. Field names are the keys of the files."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tickets.profile_values import Limit, Ruled, RuledSection, Section

Mark = Literal["urgent", "simple", "convenience_list"]
"""What a person marks on a matter: danger to life or property, easily handled, listed as a convenience service."""
Given = Literal["reason", "basis", "suggestion", "written", "leader_consent"]
"""What a request of a unit must hold."""
Beyond = Literal["refuse", "override", "advise"]
"""What happens past a bound: refused, refused unless a supervisor overrides, or left to who decides."""


class Category(Section):
    """A kind of ticket: its handling limit, and the preliminary opinion where one is ordered.

    Without a limit of its own (投诉举报 under CZ-三(三)e) only another rule's limit sets a deadline.
    """

    title: str
    limit: Limit | None = None
    preliminary: Limit | None = None


class MarkedLimit(Section):
    """A limit that replaces the category's when the matter carries one of the marks; the first that fits counts."""

    code: str
    marks: tuple[Mark, ...] = Field(min_length=1)
    categories: tuple[str, ...] = ()
    """Empty: every category."""
    extendable: bool = True
    limit: Limit


class Repeated(Section):
    """The limit of matters brought up again and again (YC-14, AMB-11)."""

    calls: int = Field(ge=2)
    must_be_hard: bool
    limit: Limit


class SpecialLimit(RuledSection):
    """Limits set by other rules prevail when they rest on one of these."""

    allowed_bases: tuple[Literal["law", "regulation", "channel"], ...]
    channel_sources: tuple[str, ...] = ()
    """Sources whose own rule counts when it rests on the channel (JS-11.7)."""


class Source(RuledSection):
    """Where a matter comes from, as the regulation lists it (JS-8)."""

    title: str


class Emergency(Section):
    """Public emergencies: which tickets, and until when they must be transferred by telephone."""

    categories: tuple[str, ...]
    topics: Mapping[str, str]
    transfer: Limit


class Approval(RuledSection):
    """Approval before dispatch (呈批); standing approvals go out at once."""

    required: bool
    standing_categories: tuple[str, ...] = ()
    standing_emergency: bool = False


class UrgentDispatch(RuledSection):
    """Matters with one of these marks are dispatched at once; where ordered the unit is told by telephone too."""

    marks: tuple[Mark, ...] = Field(min_length=1)
    phone_notice: bool
    alert: Limit


class Dispatch(Section):
    """The centre's own duty to dispatch: a limit where the text sets one, an alert where it does not."""

    mode: Ruled[Literal["normal", "immediate"]]
    limit: Limit | None = None
    alert: Limit | None = None
    urgent: UrgentDispatch | None = None


class Routing(RuledSection):
    """The tiers of the hotline's system, and the principle by which a unit is chosen."""

    tiers: int = Field(ge=1)
    one_tier_down: bool
    """The centre dispatches to the tier below it only."""
    principle: str
    platforms: Mapping[Literal["province", "cross_city", "city", "county"], str] = Field(default_factory=dict)
    """Level of a matter → where it goes."""
    several_units: Ruled[Literal["lead_and_assist"]]
    assist_target: Limit
    """Internal target of assisting units, before the ticket's deadline (AMB-43); not assessed."""
    push_province: Ruled[bool]
    """Whether matters of provincial units are pushed to the provincial agency."""


class Sign(Section):
    """Sign-off by the unit; `assessed` False: a target of the product where the text sets no limit."""

    limit: Limit
    assessed: bool = True
    reminders: tuple[Limit, ...] = ()


class ContactDuty(Section):
    """Contact with the caller after sign-off."""

    limit: Limit
    categories: tuple[str, ...] = ()
    """Empty: every category."""
    assessed: bool = True
    before_answer: bool = False
    """No answer without a record of the contact (AMB-08)."""


class ReturnStage(Section):
    """Which request may be made when. The first stage that fits the ticket counts."""

    when: Literal["any", "before_sign", "after_sign"] = "any"
    categories: tuple[str, ...] = ()
    """Empty: every category."""
    window: Limit | None = None
    all_of: tuple[Given, ...] = ()
    """Checked in this order."""
    any_of: tuple[Given, ...] = ()


class Returning(RuledSection):
    """Sending a ticket back (退回, 退件)."""

    signed_first: bool
    effect: Literal["centre_decides", "at_once"]
    stages: tuple[ReturnStage, ...] = Field(min_length=1)
    safe_first: bool = False
    """A hazard must be made safe before the ticket leaves the first unit (FJ-19c)."""
    decision_target: Limit | None = None
    repeated_from: Ruled[int]
    """From how many returns they count as repeated (反复退回)."""


class LengthBound(RuledSection):
    """How long an extension may be."""

    measure: Literal["original_limit", "working_days"]
    days: int | None = Field(default=None, ge=1)
    beyond: Beyond

    @model_validator(mode="after")
    def _days_where_measured(self) -> Self:
        if (self.measure == "working_days") != (self.days is not None):
            raise ValueError("days belongs to measure = working_days")
        return self


class CountBound(RuledSection):
    """How often a limit may be extended."""

    value: int = Field(ge=1)
    beyond: Beyond


class Extension(RuledSection):
    """Longer handling on request (延期, 延时)."""

    requires: tuple[Given, ...]
    """Checked in this order."""
    filing: Literal["before_due", "half_working_day_before"]
    approvers: tuple[Literal["centre", "supervisor"], ...]
    """Whose approval counts; empty: the filing takes effect by itself (报备)."""
    length: LengthBound
    times: CountBound
    caller_told: Ruled[Literal["when_needed", "if_unsolvable", "by_sms", "always"]]
    decision_target: Limit | None = None


class Review(RuledSection):
    """Review of the unit's answer (审核, 答复认定)."""

    by: Literal["centre", "unit_leader", "none"]
    defects: tuple[str, ...] = ()
    target: Limit | None = None
    """Internal target of the centre (AMB-37)."""


class Closing(RuledSection):
    """Grounds on which the centre closes a ticket."""

    grounds: Mapping[str, str]


class Refusal(RuledSection):
    """A ground on which a matter is not accepted, and what the caller is told."""

    code: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: str
    guidance: str = Field(min_length=1)
    needs_supervisor: bool = False


class Service(Section):
    """Hours, languages and channels of the platform."""

    platform_hours: Ruled[str]
    unit_duty: Ruled[bool]
    """Units keep duty contacts outside working hours."""
    languages: Ruled[tuple[str, ...]]
    channels: Ruled[tuple[str, ...]]
    real_name: Ruled[Literal["required", "optional"]]
    caller_kinds: Ruled[tuple[str, ...]]
    photos: Ruled[bool]
    written_opinion: Ruled[bool]
