"""Who does something: every use case that changes a thing is told its actor, and the ledger keeps it."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of people (`regulations/profiles.md` section 18) and of the platform itself."""

    AGENT = "agent"
    SHIFT_LEADER = "shift_leader"
    REVIEWER = "reviewer"
    CALLBACK = "callback"
    INSPECTOR = "inspector"
    UNIT = "unit"
    COUNTY_CENTRE = "county_centre"
    COUNTY_SUPERVISOR = "county_supervisor"
    JOINT_OFFICE = "joint_office"
    SUPERVISOR = "supervisor"
    OVERSIGHT_GUEST = "oversight_guest"
    """Deputies, delegates, press, inspection offices: sees samples without names and asks (FJ-27, YC-34.4)."""
    ADMIN = "admin"
    SYSTEM = "system"


BOUND_TO_A_UNIT = frozenset({Role.UNIT, Role.COUNTY_CENTRE, Role.COUNTY_SUPERVISOR})
"""Roles that see the tickets of their unit and of the units below it, and nothing else (YC-8, YZ-S2)."""


class UnitPost(StrEnum):
    """What a person of a unit does inside it (JS-7a); several may hold a post, so that one stands in for another."""

    RECEIVER = "receiver"
    HANDLER = "handler"
    APPROVER = "approver"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-on person, or the platform."""

    account_id: str
    name: str
    role: Role
    unit_id: str | None = None
    """The unit a person of a role in `BOUND_TO_A_UNIT` works for."""
    agent_id: str | None = None
    """The agent a `Role.AGENT` person is on the phone."""
    unit_post: UnitPost | None = None
    """The post of a `Role.UNIT` person; None: receives and handles, but releases nothing."""

    @property
    def bound(self) -> bool:
        """Whether the person sees only what concerns their own unit."""
        return self.role in BOUND_TO_A_UNIT


SYSTEM = Actor(account_id="system", name="系统", role=Role.SYSTEM)
"""The platform acting by rule."""
