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
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-on person, or the platform."""

    account_id: str
    name: str
    role: Role
    unit_id: str | None = None
    """The unit a `Role.UNIT` person works for."""
    agent_id: str | None = None
    """The agent a `Role.AGENT` person is on the phone."""


SYSTEM = Actor(account_id="system", name="系统", role=Role.SYSTEM)
"""The platform acting by rule."""
