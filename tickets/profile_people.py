"""What a profile says about the people of units and the work inside a unit. Field names are the keys of the files."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from tickets.profile_values import Clause, Limit, Ruled, RuledSection, Section

PostName = Literal["head", "leader", "receiver", "duty", "province"]
UnitKind = Literal["agency", "party_committee", "enterprise", "mass_organisation", "county", "township"]


class DepartmentRule(RuledSection):
    """Units must name the department that does the work."""

    kinds: tuple[UnitKind, ...] = ()
    """Empty: every kind of unit."""


class PostRule(RuledSection):
    """How many people of a post a unit must name."""

    post: PostName
    least: int = Field(ge=0)
    most: int | None = Field(default=None, ge=1)
    kinds: tuple[UnitKind, ...] = ()
    """Empty: every kind of unit."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most is not None and self.most < self.least:
            raise ValueError("most is below least")
        return self


class PeopleRules(Section):
    """The people of a unit."""

    department: DepartmentRule | None = None
    posts: tuple[PostRule, ...] = ()
    escalates: Ruled[tuple[PostName, ...]]
    """Who is told of an overdue duty beside the receivers."""


class UnitApproval(RuledSection):
    """Approval inside the unit (呈批)."""

    release: Literal["ordered", "possible"]
    """Whether an answer leaves the unit only after its leader's release."""
    fix_handler: bool = False
    """Department and person are fixed by the leader before the answer is proposed (FJ-18a)."""


Method = Literal["rating", "telephone", "message", "on_site", "interview", "sample"]


class Verifying(RuledSection):
    """How the handling of a matter is verified, and what follows from a finding."""

    methods: tuple[Method, ...] = Field(min_length=1)
    rectify: Limit
    """The unit's time to make a finding good."""
    recheck: Limit
    """The centre's time for the callback that looks again."""
    investigate: Limit
    """Time to investigate a matter that was marked as important."""


class KeepContact(RuledSection):
    """Closed on one of these grounds, the unit talks with the caller again and again (FJ-20.7)."""

    grounds: tuple[str, ...] = Field(min_length=1)
    every: Limit


class Adoption(RuledSection):
    """The unit says whether it adopted a suggestion, with the reason if not (FJ-6c)."""

    categories: tuple[str, ...] = Field(min_length=1)


class Grade(RuledSection):
    """How a grade of urgency is responded to (YC-21)."""

    title: str
    dispatch_alert: Limit | None = None
    """When the centre is alerted that it has not been dispatched; not assessed."""
    phone_notice: Limit | None = None
    """By when the unit is telephoned after the dispatch."""
    tells_duty_contact: bool = False


FaultName = Literal[
    "call_without_ticket", "draft_abandoned", "late_dispatch", "unit_not_telephoned", "missing_callback",
    "missing_feedback",
]  # fmt: skip


class Faults(Section):
    """Faults that can be detected: how long something may wait, and the clause that calls it a fault."""

    draft: Limit
    callback: Limit
    clauses: Mapping[FaultName, Clause]
