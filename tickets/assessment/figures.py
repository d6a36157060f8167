"""Figures of units from facts about tickets. Pure; formulas and rounding are `tickets.rules.metrics`."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tickets.profile import Profile
from tickets.rules.metrics import Figure, annual_score, measure

SATISFIED = frozenset({"very_satisfied", "satisfied", "basically_satisfied"})
SCORED = ("on_time_rate", "satisfaction")
"""The monthly score is their mean (no text gives a formula; 按期办结率 and 满意率 are the ones YC-31.2 ranks by)."""


@dataclass(frozen=True, slots=True)
class TicketFact:
    """One assignment, as far as assessment is concerned.

    Attributes:
        dispatched: it was dispatched in the period.
        closed: its ticket was closed in the period, by this unit (JS-21b: closing decides).
    """

    ticket_id: str
    number: str
    unit_id: str
    dispatched: bool
    closed: bool
    signed_in_time: bool = False
    returned: bool = False
    finished: bool = False
    on_time: bool = False
    has_limit: bool = True
    rating: str | None = None
    excluded: bool = False
    dispatched_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a ticket counts in a figure, or does not."""

    ticket_id: str
    number: str
    counted: bool
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A unit's figures of a period, its score and place."""

    unit_id: str
    figures: Mapping[str, Figure]
    score: Decimal | None
    place: int | None = None


_In = Callable[[TicketFact], bool]
_RATES: Mapping[str, tuple[str, _In, str, _In]] = {
    "timely_sign_rate": ("signed_in_time", lambda f: f.signed_in_time, "dispatched", lambda f: f.dispatched),
    "return_rate": ("returned", lambda f: f.returned, "dispatched", lambda f: f.dispatched),
    "finish_rate": ("finished", lambda f: f.finished, "dispatched", lambda f: f.dispatched),
    "on_time_rate": ("on_time", lambda f: f.on_time, "due", lambda f: f.closed and f.has_limit),
    "satisfaction": (
        "satisfied",
        lambda f: f.rating in SATISFIED,
        "rated",
        lambda f: f.closed and f.rating is not None,
    ),
}


def explain(facts: Sequence[TicketFact], metric: str, struck: Collection[str] = ()) -> list[Reason]:
    """Return for each ticket of a metric's denominator whether it counts, or why it is left out.

    Raises:
        KeyError: there is no such metric.
    """
    _, counts, _, belongs = _RATES[metric]
    found = []
    for fact in facts:
        if not belongs(fact):
            continue
        left_out = "复核申请成立" if fact.ticket_id in struck else None
        if metric == "satisfaction" and fact.excluded:
            left_out = "依规定不计入满意率(YC-32)"
        found.append(Reason(fact.ticket_id, fact.number, counts(fact) and left_out is None, left_out))
    return found


def figures_of(profile: Profile, facts: Sequence[TicketFact], struck: Collection[str] = ()) -> dict[str, Figure]:
    """Return every metric of one unit; `struck`: tickets that an accepted objection takes out."""
    found = {}
    for metric, (top, _, bottom, _) in _RATES.items():
        kept = [reason for reason in explain(facts, metric, struck) if reason.left_out is None]
        found[metric] = measure(profile, metric, {top: sum(one.counted for one in kept), bottom: len(kept)})
    return found


def ranked(
    profile: Profile, facts: Sequence[TicketFact], struck: Mapping[str, Collection[str]] | None = None
) -> list[UnitFigures]:
    """Return the units' figures, the best score first; equal scores share a place, no score has none."""
    by_unit: dict[str, list[TicketFact]] = defaultdict(list)
    for fact in facts:
        by_unit[fact.unit_id].append(fact)
    made = []
    for unit_id, own in by_unit.items():
        figures = figures_of(profile, own, (struck or {}).get(unit_id, ()))
        score = annual_score([figures[name].value for name in SCORED]).value
        made.append(UnitFigures(unit_id, figures, score))
    made.sort(key=lambda one: (one.score is None, -(one.score or 0), one.unit_id))
    scores = [one.score for one in made]
    return [
        UnitFigures(one.unit_id, one.figures, one.score, None if one.score is None else scores.index(one.score) + 1)
        for one in made
    ]


def late(done_at: datetime | None, due_at: datetime | None) -> bool:
    """Tell whether something was done after its limit; without a limit nothing is late."""
    return due_at is not None and (done_at is None or done_at > due_at)
