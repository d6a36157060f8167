"""How long the papers of a ticket are kept (YC-6c, AMB-31). Recordings have their own rule in their room. Pure."""

from dataclasses import dataclass
from datetime import datetime

from tickets.deadlines import WorkingTime, due_after
from tickets.profile import Profile

CASE_RULES = "case_rules"
"""Complaint and report files follow the rules for cases: no date of their own, no automatic erasure."""


@dataclass(frozen=True, slots=True)
class KeptUntil:
    """Earliest instant of erasure (None: no fixed date), what it rests on, and how it was counted."""

    not_before: datetime | None
    basis: str
    counting: tuple[str, ...]


def unit_archive(profile: Profile, category: str | None, reported_at: datetime, time_of: WorkingTime) -> KeptUntil:
    """Return how long a unit keeps the file of a ticket whose result was reported at `reported_at`."""
    if category in profile.retention.case_rules_categories:
        return KeptUntil(None, CASE_RULES, ("投诉、举报档案按案件处理的有关规定办理,不自动销毁",))
    due = due_after(profile.retention.unit_archive, reported_at, time_of)
    return KeptUntil(due.at, due.clause, due.counting)
