"""Screening at intake: is the matter accepted, refused with guidance, or put to a superior. Pure."""

from dataclasses import dataclass
from typing import Literal

from tickets.profile import Profile

UNSURE = "unsure"
"""The first agent cannot decide (JS-10c, YC-12b; elsewhere a product default)."""
FACTS = frozenset(
    {
        "outside_jurisdiction", "in_petition", "in_litigation_arbitration_review",
        "should_use_litigation_arbitration_review", "gov_info_disclosure_procedure", "state_secret", "trade_secret",
        "privacy", "public_morals", "malicious_abuse", "vague_content", "no_policy_basis", "emergency_rescue",
        "congress_cppcc_court_procuratorate", "party_committee", "discipline_inspection", "military_armed_police",
        "central_vertical_department", "civil_or_criminal_case", "already_being_handled", "same_facts_already_closed",
        "other", UNSURE,
    }
)  # fmt: skip
"""What an agent may find about a matter, over all regulations (AMB-27: similar lists, different content)."""


@dataclass(frozen=True, slots=True)
class Screening:
    """What is done with the matter, and on which clause."""

    outcome: Literal["accept", "reject_with_guidance", "escalate_to_superior"]
    clause: str | None = None
    guidance: str | None = None
    needs_supervisor: bool = False


def screen(profile: Profile, fact: str) -> Screening:
    """Return what the regulation makes of a matter of which `fact` is found; what it does not list is accepted."""
    if fact == UNSURE:
        return Screening("escalate_to_superior")
    ground = profile.refusal(fact)
    if ground is None:
        return Screening("accept")
    return Screening("reject_with_guidance", ground.clause, ground.guidance, ground.needs_supervisor)
