"""The ladder of supervision and its counters. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tickets.profile import Profile
from tickets.profile_oversight import LadderStep, Trigger


@dataclass(frozen=True, slots=True)
class SupervisionFacts:
    """What the ladder must know of a ticket.

    Attributes:
        breached: duties done late or undone after their limit (`tickets.duties.overdue`).
        happened: triggers that are on record: an enquiry that failed, a letter ignored, a leader's instruction …
    """

    near_due: bool = False
    breached: frozenset[str] = frozenset()
    happened: frozenset[Trigger] = field(default_factory=frozenset)


def steps_that_apply(profile: Profile, facts: SupervisionFacts) -> tuple[LadderStep, ...]:
    """Return the steps of the profile's ladder that apply, lowest first."""
    return tuple(step for step in profile.supervision.ladder if _applies(step, facts))


def level(profile: Profile, facts: SupervisionFacts) -> LadderStep | None:
    """Return the highest step that applies; None: the ticket is not under supervision."""
    applying = steps_that_apply(profile, facts)
    return applying[-1] if applying else None


def _applies(step: LadderStep, facts: SupervisionFacts) -> bool:
    if step.trigger == "near_due":
        return facts.near_due
    breach = bool(facts.breached & set(step.duties))
    if step.trigger == "overdue":
        return breach
    return step.trigger in facts.happened and (breach or not step.duties)


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted on a ticket for accountability."""

    returns: int = 0
    reminders: int = 0
    consecutive_send_backs: int = 0
    calls: int = 1
    overdue: bool = False
    reason_reported: bool = False
    solved: bool = False


def accountability(profile: Profile, counts: Counts) -> tuple[tuple[str, str], ...]:
    """Return the counters that are full, each with its clause (JS-28.3, YC-36.1, YC-36.4, YC-36.5; AMB-42)."""
    rule, returning = profile.supervision, profile.returning.repeated_from
    reminded = counts.reminders >= rule.reminders_before_accountability.value
    full = (
        ("repeated_returns", counts.returns >= returning.value, returning.clause),
        (
            "reminded_and_overdue",
            reminded and counts.overdue and not counts.reason_reported,
            rule.reminders_before_accountability.clause,
        ),
        (
            "sent_back_again_and_again",
            counts.consecutive_send_backs >= rule.consecutive_send_backs.value,
            rule.consecutive_send_backs.clause,
        ),
        (
            "calls_unsolved",
            counts.calls >= rule.unsolved_calls.value and not counts.solved,
            rule.unsolved_calls.clause,
        ),
    )
    return tuple((code, clause) for code, applies, clause in full if applies)


def consecutive_send_backs(reviews: Sequence[bool]) -> int:
    """Return how many reviews in a row failed up to now; `reviews`: passed or not, in order (AMB-42)."""
    count = 0
    for passed in reversed(reviews):
        if passed:
            break
        count += 1
    return count
