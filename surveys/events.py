"""What the surveys room tells the others, through the outbox."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SURVEY_RATED = "surveys.rated"
"""Outbox topic: the citizen answered; payload `SurveyRated`."""
SMS_SEND = "surveys.sms_send"
"""Outbox topic: a text message must leave through the gateway; payload is internal to surveys."""


class Rating(StrEnum):
    """The citizen's answer: 1 satisfied, 2 basically satisfied, 3 dissatisfied."""

    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"


@dataclass(frozen=True, slots=True)
class SurveyRated:
    """Payload of `SURVEY_RATED`."""

    survey_id: str
    ticket_id: str
    round: int
    rating: Rating
    at: datetime


SURVEY_DECIDED = "surveys.decided"
"""Outbox topic: the ladder of a survey came to its end for this round; payload `SurveyDecided`."""


class SurveyStep(StrEnum):
    """What must follow: the ladder of the profile has decided."""

    ARCHIVE = "archive"
    EXPLAIN_AND_ARCHIVE = "explain_and_archive"
    """Dissatisfied, but the unit is not at fault."""
    UNREACHABLE = "unreachable"
    """Every try to reach the citizen failed; never counted as satisfied."""
    REWORK = "rework"
    SUPERVISE = "supervise"
    UNIT_VERIFY_AND_RECTIFY = "unit_verify_and_rectify"
    """The unit verifies and puts right (核实整改, JS-11.5c): handled again."""
    REWORK_AND_SUPERVISE = "rework_and_supervise"
    """At fault once more: handled again under supervision (FJ-22b)."""
    FEEDBACK_TO_UNIT = "feedback_to_unit"
    """The evaluation, good or bad, goes back to the unit with opinions (CZ-三(五)b)."""


@dataclass(frozen=True, slots=True)
class SurveyDecided:
    """Payload of `SURVEY_DECIDED`."""

    survey_id: str
    ticket_id: str
    round: int
    step: SurveyStep
    excluded: bool
    """The rating is left out of the assessment (YC-32)."""
    at: datetime
