"""What a profile says about the people of units and the work inside a unit. Field names are the keys of the files."""

from typing import Literal, Self

from pydantic import Field, model_validator

from tickets.profile_values import Ruled, RuledSection, Section

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
