"""What a regional profile says about warning, supervising, asking, assessing, telling and keeping."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from tickets.profile_values import Limit, Ruled, RuledSection, Section

Trigger = Literal[
    "near_due",
    "overdue",
    "phone_enquiry_failed",
    "letter_ignored",
    "instruction",
    "dissatisfied",
    "dissatisfied_after_rework",
    "could_but_does_not",
    "duty_unclear",
    "shirking",
    "result_untrue",
]
"""What makes a step of the supervision ladder apply."""


class NearDue(Section):
    """Near-due warning: how long before the handling limit."""

    before: Limit


class Cards(RuledSection):
    """Warnings shown as yellow and red cards; red: one of these duties is breached."""

    red_triggers: tuple[str, ...]


class LadderStep(RuledSection):
    """One step of the supervision ladder. The last one that applies is the level a ticket is at."""

    code: str
    title: str
    trigger: Trigger
    duties: tuple[str, ...] = ()
    """For `overdue`: the duties whose breach counts."""
    ask: str = ""
    """What the step asks of the centre now."""
    enters_ledger: bool = False


class Supervision(Section):
    """Triggers and instruments of supervision (督办)."""

    ladder: tuple[LadderStep, ...]
    instruments: tuple[str, ...] = ()
    focus: Mapping[str, str] = Field(default_factory=dict)
    """Code → matters under special supervision."""
    dissatisfied_callbacks: int = Field(default=2, ge=1)
    letter_patience: Limit | None = None
    """How long a letter may stay without effect."""
    reminders_before_accountability: Ruled[int]
    consecutive_send_backs: Ruled[int]
    unsolved_calls: Ruled[int]


class Shirking(RuledSection):
    """What follows when units pass a matter around."""

    refer_when: tuple[Literal["long_term", "big_impact", "unresolved"], ...]
    """All of these: referred; otherwise `otherwise`."""
    refer_to: str
    otherwise: str


class UnclearDuty(RuledSection):
    """Who names the unit when nobody is clearly competent."""

    step: str
    decided_by: Literal["platform", "government", "joint_conference"]
    limit: Limit | None = None
    shirking: Shirking | None = None


class SurveyParameters(Section):
    """What the surveys room is told; meanings in `surveys.rules.SurveyRules`, which has the same names."""

    acceptance_sms: Ruled[bool]
    coverage_percent: Ruled[int]
    survey_sms: Ruled[bool]
    survey_sms_answered_directly: Ruled[bool]
    answered_directly_too: Ruled[bool]
    first_step: Ruled[Literal["message", "callback", "sample"]]
    after_callback: Ruled[Literal["ladder", "feedback"]]
    rework_as: Ruled[Literal["rework", "unit_verify_and_rectify"]]
    no_reply_hours: Ruled[int]
    no_reply_manual: Ruled[bool]
    callback_tries: Ruled[int]
    callback_days: Ruled[int]
    verify_before_rework: Ruled[Literal["never", "first", "always"]]
    reworks_before_supervision: Ruled[int]
    rework_with_supervision: Ruled[bool]
    supervision_enters_ledger: Ruled[bool]
    excluded_not_adopted: Ruled[tuple[str, ...]]
    excluded_no_basis_explained: Ruled[bool]

    def values(self) -> dict[str, Any]:
        """Return the plain values by name."""
        return {name: getattr(self, name).value for name in type(self).model_fields}


class Retention(Section):
    """How long records are kept; files of `case_rules_categories` have no date of their own."""

    recordings: Limit
    tickets: Limit
    unit_archive: Limit
    transcripts: Ruled[Literal["as_recording"]]
    case_rules_categories: tuple[str, ...] = ()


class Metric(RuledSection):
    """A metric the text names; `target` in percent, compared before rounding (AMB-23)."""

    title: str
    target: Decimal | None = None


class ScoreItem(RuledSection):
    """A plus or minus item of the yearly assessment; points are the operator's (the text gives none)."""

    title: str
    sign: Literal["plus", "minus"]
    points: Decimal = Decimal(0)
    decided_by: str = ""
    """Body whose document the decision must name, with the points (领导小组办公室); empty: the centre itself."""


class Assessment(RuledSection):
    """How units are assessed."""

    periods: tuple[Literal["day", "month", "year"], ...]
    counted_by: Literal["closing"]
    published: Literal["next_month", "when_released"]
    live_ranking: bool
    objection: Limit
    metrics: Mapping[str, Metric]
    dimensions: tuple[str, ...] = ()
    items: Mapping[str, ScoreItem] = Field(default_factory=dict)
    result_goes_to: tuple[str, ...]


class Bulletin(RuledSection):
    """A bulletin or report beside the named ones, in cadences of its own."""

    title: str
    cadences: tuple[Literal["weekly", "monthly", "quarterly", "annual"], ...]
    contents: Literal["units", "status", "province", "summary", "public", "livelihood", "shirked"]
    """Figures of the units with cases (YC-26); of the whole hotline (YC-33); of tickets from above (YZ-8c); the
    reporting unit's own; what may be published (JS-22);
    lasting, repeated, unsolved matters (YC-23); matters that units pass around (YZ-9b)."""
    by: Literal["centre", "units"] = "centre"
    """Who reports; `units`: each unit of level 2 (YC-9.6)."""
    to: tuple[str, ...]
    released_by: Literal["centre", "authority"] | None = None
    """None: as the named reports."""


class Reports(RuledSection):
    """Periodic reports, due at 00:00 of the first day after the period."""

    cadences: tuple[Literal["weekly", "monthly", "quarterly", "annual"], ...]
    daily_in_emergency: bool
    kinds: tuple[str, ...]
    bulletins: tuple[Bulletin, ...] = ()
    open_before_hours: Ruled[int]
    """How long before its due instant a report is put before who writes it."""
    remind_every_hours: Ruled[int]
    """How often who is late is reminded."""
    lasting_days: Ruled[int]
    """From how many days unsolved on a matter stands in the livelihood ledger (YC-23)."""
    to: tuple[str, ...]
    released_by: Ruled[Literal["centre", "authority"]]


class Sanction(RuledSection):
    """A form of accountability for a unit or its staff."""

    title: str
    against: Literal["unit", "staff"]
    deducts: bool = False
    """Points of the yearly assessment go with it (YC-37)."""


class Accountability(Section):
    """Forms of accountability, and whether a record may end with the ground of tolerance."""

    sanctions: Mapping[str, Sanction] = Field(default_factory=dict)
    tolerance: Ruled[bool]
    """Whether 容错纠错 may close a record (JS-31)."""


class PushItem(RuledSection):
    """A kind of data pushed upward, and the moments at which it goes."""

    kind: str
    on: tuple[
        Literal["accepted", "dispatched", "closed", "recording_ended", "survey_replied", "called_back"],
        ...,
    ]


class Push(Section):
    """What the upper platform is told in real time."""

    to: str
    within: Limit
    items: tuple[PushItem, ...] = ()


class Access(RuledSection):
    """Who may see, and what may be published."""

    views: Mapping[str, Literal["allow", "deny"]]
    """Kind of viewer → decision; each look is logged."""
    publication_blocked_by: tuple[Literal["caller_objects", "unsuitable"], ...]
    hidden_from_complained_party: Ruled[tuple[str, ...]]
    unit_may_rate_itself: Ruled[bool]
    oversight_reply: Limit
    """How soon those who oversee the platform get a reply (JS-27)."""


class HotlineMode(RuledSection):
    """How a merged hotline is served."""

    title: str
    dialled: str
    """What a call to the number becomes."""
    transfer: str
    """What an agent's transfer to it becomes."""
    number_kept: bool
    legacy_seats: bool
    """Whether seats of its own remain."""
    shared_data: bool
    ordinary_ticket: bool = True


class HotlineNumber(RuledSection):
    """A number and its mode."""

    name: str
    mode: str


class HotlineKind(RuledSection):
    """A class of hotlines where the text gives no list of numbers."""

    title: str
    mode: str


class Hotlines(Section):
    """The registry of merged hotlines."""

    modes: Mapping[str, HotlineMode]
    numbers: Mapping[str, HotlineNumber]
    kinds: Mapping[str, HotlineKind] = Field(default_factory=dict)
    unlisted: Ruled[str]
    """Mode of a number that stands in no list; empty: not ours."""
