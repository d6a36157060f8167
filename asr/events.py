"""What the speech room tells the others."""

from dataclasses import dataclass
from datetime import datetime

from asr.private import NumberSpan
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
    numbers: tuple[NumberSpan, ...] = ()
    """Where numbers were said."""


@dataclass(frozen=True, slots=True)
class FieldSuggested:
    """A proposed value for a field of the ticket, with the words it rests on. Never overwrites what a person typed."""

    call_id: str
    field: str
    """Name of a ticket field: category, title, place, contact_phone, caller_name, summary, unit, urgency,
    public_emergency; or of a hint: subject, occurred, hotline, refusal, repeat, article."""
    value: Personal
    confidence: float
    utterance_ids: tuple[str, ...]
    words: Personal
    """The words in the transcript that led to the value."""
    reason: Personal = Personal("")  # noqa: RUF009 - Personal is frozen
    """Why, for the agent to read: clause and guidance, an article's title, the earlier matter."""


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Life, property or a public emergency (YC-15) in a running call: for its agent and the supervisors, at once."""

    call_id: str
    level: str
    """`urgent` or `critical`."""
    topic: str
    words: Personal
    at: datetime
    alarm_id: str
    """By which somebody takes it."""
