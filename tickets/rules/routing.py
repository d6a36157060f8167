"""Where a matter goes: how it is dispatched, to which platform, to one unit or several, and who names it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from tickets.duties import Matter, is_emergency
from tickets.profile import Profile

DispatchMode = Literal["normal", "immediate", "public_emergency"]
NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Dispatching:
    """How a matter leaves the centre; `phone_notice`: the unit must be told by telephone (FJ-14c)."""

    mode: DispatchMode
    phone_notice: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What comes next, who decides it, on which clause."""

    step: str
    decided_by: str | None
    clause: str


def dispatching(profile: Profile, matter: Matter) -> Dispatching:
    """Return how the matter is dispatched."""
    if is_emergency(profile, matter):
        return Dispatching("public_emergency", phone_notice=True)
    urgent = profile.dispatch.urgent
    if urgent and matter.marks & set(urgent.marks):
        return Dispatching("immediate", urgent.phone_notice)
    return Dispatching(profile.dispatch.mode.value, phone_notice=False)


def platform_for(profile: Profile, level: str | None) -> str | None:
    """Return where a matter of `level` (province, cross_city, city, county) goes; None: the text has no such rule."""
    return next((goes for known, goes in profile.routing.platforms.items() if known == level), None)


def route(profile: Profile, *, units: int, authority_unclear: bool, level: str | None) -> Decision:
    """Return how a matter that concerns `units` units is assigned: unclear duty first, then number, then level."""
    if authority_unclear:
        return unclear(profile)
    if units > 1:
        several = profile.routing.several_units
        return Decision("assign_lead_and_assist", "platform", several.clause)
    if level == "province" and profile.routing.push_province.value:
        return Decision("push_to_provincial_agency", "platform", profile.routing.push_province.clause)
    return Decision(NOTHING, None, profile.routing.clause)


def unclear(profile: Profile) -> Decision:
    """Return who names the unit of a matter that no unit is clearly competent for."""
    rule = profile.unclear
    return Decision(rule.step, rule.decided_by, rule.clause)


def shirking(profile: Profile, facts: Collection[str]) -> Decision:
    """Return what follows when units pass a matter around; `facts`: long_term, big_impact, unresolved."""
    rule = profile.unclear.shirking
    if rule is None:
        return Decision(NOTHING, None, profile.unclear.clause)
    referred = set(rule.refer_when) <= set(facts)
    return Decision(rule.refer_to if referred else rule.otherwise, "platform", rule.clause)


def hazard(profile: Profile, *, emergency_scope: bool) -> tuple[str | None, Decision]:
    """Return what the first unit must do about a safety hazard, and who must be told (FJ-15, FJ-19c)."""
    first = "simple_treatment_first" if profile.returning.safe_first else None
    step = "report_emergency_management" if emergency_scope else NOTHING
    return first, Decision(step, "platform" if emergency_scope else None, profile.returning.clause)
