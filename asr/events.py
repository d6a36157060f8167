"""What the speech room tells the others."""

from dataclasses import dataclass
from datetime import datetime

from core.personal import Personal


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """What a speaker has said so far in the running utterance; replaced by the next partial or the final."""

    call_id: str
    leg_id: str
    speaker: str
    """`caller`, `agent` or `hotline`."""
    text: Personal
    at: datetime


@dataclass(frozen=True, slots=True)
class UtteranceHeard:
    """A finished utterance, stored in the transcript. Offsets are milliseconds since the leg's tap began."""

    utterance_id: str
    call_id: str
    leg_id: str
    speaker: str
    text: Personal
    started_at: datetime
    ended_at: datetime
    confidence: float


@dataclass(frozen=True, slots=True)
class FieldSuggested:
    """A proposed value for a field of the ticket, with the words it rests on. Never overwrites what a person typed."""

    call_id: str
    field: str
    """Name of a ticket field: category, title, place, contact_phone, caller_name, summary, unit, urgency,
    occurred, hotline, refusal."""
    value: Personal
    confidence: float
    utterance_ids: tuple[str, ...]
    words: Personal
    """The words in the transcript that led to the value."""
