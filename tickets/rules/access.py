"""Who may look, and what may be published. Pure; every look is logged by who asks here (YC-35.3, YC-36.10)."""

from dataclasses import dataclass
from typing import Literal

from tickets.profile import Profile


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Whether it is allowed, on which clause; `logged`: the attempt is kept either way."""

    decision: Literal["allow", "deny"]
    clause: str
    logged: bool = True


def may_view(profile: Profile, viewer: str) -> AccessDecision:
    """Decide a look at a ticket or recording by a kind of viewer; a kind the profile does not name is denied."""
    return AccessDecision(profile.access.views.get(viewer, "deny"), profile.access.hidden_from_complained_party.clause)


def may_publish(profile: Profile, *, caller_objects: bool, unsuitable: bool) -> AccessDecision:
    """Decide whether a result may be published (YC-27b): not against the caller's will, nor what is unsuitable."""
    facts = {"caller_objects": caller_objects, "unsuitable": unsuitable}
    blocked = any(facts[reason] for reason in profile.access.publication_blocked_by)
    return AccessDecision("deny" if blocked else "allow", profile.access.clause)
