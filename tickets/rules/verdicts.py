"""What becomes of a request, with the clause and the words for people."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of a request."""

    PENDING_APPROVAL = "pending_approval"
    NEEDS_OVERRIDE = "needs_override"
    REFUSED = "refused"
    EFFECTIVE = "effective"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    NOT_EFFECTIVE = "not_effective"
    OUT_OF_SCOPE = "out_of_scope"


PENDING = frozenset({Outcome.PENDING_APPROVAL, Outcome.NEEDS_OVERRIDE})
"""Outcomes that wait for a decision."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome, machine-readable reason, Chinese explanation, and the clause."""

    outcome: Outcome
    clause: str
    reason: str = ""
    words: str = ""
    advice: tuple[str, ...] = ()
    """What who decides should know: bounds that the product advises where the text sets none."""
