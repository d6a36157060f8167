"""What the surveys room takes and shows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import InvalidInput
from core.personal import Personal
from surveys.model import CallbackTask, Survey


@dataclass(frozen=True, slots=True)
class Contact:
    """What surveys must know of the citizen and the matter; the wiring asks the tickets room for it."""

    phone: Personal | None
    name: Personal | None
    category: str | None = None
    answered_directly: bool = False
    query_code: str = ""
    """With the ticket's number it opens the progress of the ticket (`tickets.exchange`)."""


class ReceivedAs(StrEnum):
    """What became of an incoming message."""

    RATED = "rated"
    HINTED = "hinted"
    UNCLEAR = "unclear"
    NO_SURVEY = "no_survey"
    DUPLICATE = "duplicate"


class CallbackOutcome(StrEnum):
    """How a task of the callback post ended, or a try failed."""

    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHABLE = "unreachable"
    AT_FAULT = "at_fault"
    NOT_AT_FAULT = "not_at_fault"


OUTCOMES_OF = {
    "call": frozenset(
        {
            CallbackOutcome.SATISFIED,
            CallbackOutcome.BASICALLY_SATISFIED,
            CallbackOutcome.DISSATISFIED,
            CallbackOutcome.UNREACHABLE,
        }
    ),
    "verify": frozenset({CallbackOutcome.AT_FAULT, CallbackOutcome.NOT_AT_FAULT}),
}


@dataclass(frozen=True, slots=True)
class CallbackView:
    """A task of the callback post."""

    id: str
    survey_id: str
    ticket_id: str
    number: str
    round: int
    kind: str
    cause: str
    open: bool
    opened_at: datetime
    finished_at: datetime | None
    outcome: str | None
    tries: int


@dataclass(frozen=True, slots=True)
class SurveyView:
    """A survey."""

    id: str
    ticket_id: str
    number: str
    round: int
    state: str
    rating: str | None
    rated_at: datetime | None
    step: str | None
    excluded: bool
    opened_at: datetime
    answer_due_at: datetime | None


def outcome_of(outcome: CallbackOutcome | str) -> CallbackOutcome:
    """Return the outcome named by a word.

    Raises:
        InvalidInput: there is no such outcome.
    """
    try:
        return CallbackOutcome(outcome)
    except ValueError:
        raise InvalidInput("outcome", "可选:" + "、".join(CallbackOutcome)) from None


def task_view(row: CallbackTask, tries: int) -> CallbackView:
    """Return a task as people see it."""
    same = {name: getattr(row, name) for name in CallbackView.__slots__ if name != "tries"}
    return CallbackView(**same, tries=tries)


def survey_view(row: Survey) -> SurveyView:
    """Return a survey as people see it."""
    return SurveyView(**{name: getattr(row, name) for name in SurveyView.__slots__})
