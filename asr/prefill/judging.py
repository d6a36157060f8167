"""What became of a proposal, judged by what stands on the ticket. Pure."""

import re
from difflib import SequenceMatcher
from enum import StrEnum

_TEXTS = frozenset({"title", "summary", "place"})
_EDITED = 0.6
"""Share of a text that must have stayed for it to count as edited rather than replaced."""
_NO_WEIGHT = re.compile(r"[\s,,。.、;;::!!??]")
_WRITTEN = frozenset(
    {"category", "subject", "title", "summary", "place", "caller_name", "contact_phone", "urgency", "unit", "refusal"}
)
"""Fields that a ticket has; hints (articles, repeats, hotlines) leave no trace on it that could be judged."""


class Outcome(StrEnum):
    """What a person did with a proposal."""

    KEPT = "kept"
    EDITED = "edited"
    REPLACED = "replaced"
    LEFT_OUT = "left_out"


def is_judged(field: str) -> bool:
    """Tell whether proposals of this field can be compared with a ticket."""
    return field in _WRITTEN


def outcome_of(field: str, proposed: str, put: str | None) -> Outcome:
    """Return what became of `proposed` when `put` stands on the ticket (None: nothing)."""
    if not put:
        return Outcome.LEFT_OUT
    ours, theirs = _NO_WEIGHT.sub("", proposed), _NO_WEIGHT.sub("", put)
    if ours == theirs or (field == "caller_name" and _same_name(ours, theirs)):
        return Outcome.KEPT
    if field in _TEXTS and SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= _EDITED:
        return Outcome.EDITED
    return Outcome.REPLACED


def _same_name(ours: str, theirs: str) -> bool:
    """王, 王先生 and 王某 are the same; 王 and 王建国 are not: a name was added that was not heard."""
    return ours.rstrip("先生女士某") == theirs.rstrip("先生女士某")
