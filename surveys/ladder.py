"""The ladder a survey climbs: SMS → manual callback → verified responsibility → rework → supervision. Pure.

One table says what may happen; the profile's rules say which rung a dissatisfied answer leads to.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.errors import TransitionRefused
from surveys.events import Rating, SurveyStep
from surveys.rules import SurveyRules


class SurveyState(StrEnum):
    """Where a survey of one round stands."""

    NEW = "new"
    ASKED = "asked"
    """A message is out and may be answered."""
    CALLING = "calling"
    """A person must call the citizen."""
    VERIFYING = "verifying"
    """A person must find out whether the unit is at fault."""
    SETTLED = "settled"


class SurveyEvent(StrEnum):
    """What happens to a survey."""

    MESSAGE_QUEUED = "message_queued"
    NO_MESSAGE_POSSIBLE = "no_message_possible"
    NOT_ASKED = "not_asked"
    SATISFIED = "satisfied"
    DISSATISFIED_BY_MESSAGE = "dissatisfied_by_message"
    NO_REPLY = "no_reply"
    LEFT_UNRATED = "left_unrated"
    NOT_REACHED = "not_reached"
    GIVEN_UP = "given_up"
    EXCLUDED = "excluded"
    MUST_VERIFY = "must_verify"
    MUST_REWORK = "must_rework"
    MUST_RECTIFY = "must_rectify"
    FED_BACK = "fed_back"
    MUST_SUPERVISE = "must_supervise"
    AT_FAULT = "at_fault"
    AT_FAULT_AGAIN = "at_fault_again"
    NOT_AT_FAULT = "not_at_fault"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Rung:
    """Where an event leads; `step` is told to the tickets room."""

    to: SurveyState
    step: SurveyStep | None = None


S, E = SurveyState, SurveyEvent
TRANSITIONS: dict[tuple[SurveyState, SurveyEvent], Rung] = {
    (S.NEW, E.MESSAGE_QUEUED): Rung(S.ASKED),
    (S.NEW, E.NO_MESSAGE_POSSIBLE): Rung(S.CALLING),
    (S.NEW, E.NOT_ASKED): Rung(S.SETTLED, SurveyStep.ARCHIVE),
    (S.ASKED, E.SATISFIED): Rung(S.SETTLED, SurveyStep.ARCHIVE),
    (S.ASKED, E.DISSATISFIED_BY_MESSAGE): Rung(S.CALLING),
    (S.ASKED, E.NO_REPLY): Rung(S.CALLING),
    (S.ASKED, E.LEFT_UNRATED): Rung(S.SETTLED, SurveyStep.ARCHIVE),
    # a late reply counts while the citizen has not been reached yet
    (S.CALLING, E.SATISFIED): Rung(S.SETTLED, SurveyStep.ARCHIVE),
    (S.CALLING, E.DISSATISFIED_BY_MESSAGE): Rung(S.CALLING),
    (S.CALLING, E.NOT_REACHED): Rung(S.CALLING),
    (S.CALLING, E.GIVEN_UP): Rung(S.SETTLED, SurveyStep.UNREACHABLE),
    (S.CALLING, E.EXCLUDED): Rung(S.SETTLED, SurveyStep.ARCHIVE),
    (S.CALLING, E.MUST_VERIFY): Rung(S.VERIFYING),
    (S.CALLING, E.MUST_REWORK): Rung(S.SETTLED, SurveyStep.REWORK),
    (S.CALLING, E.MUST_RECTIFY): Rung(S.SETTLED, SurveyStep.UNIT_VERIFY_AND_RECTIFY),
    (S.CALLING, E.MUST_SUPERVISE): Rung(S.SETTLED, SurveyStep.SUPERVISE),
    (S.ASKED, E.FED_BACK): Rung(S.SETTLED, SurveyStep.FEEDBACK_TO_UNIT),
    (S.CALLING, E.FED_BACK): Rung(S.SETTLED, SurveyStep.FEEDBACK_TO_UNIT),
    (S.VERIFYING, E.AT_FAULT): Rung(S.SETTLED, SurveyStep.REWORK),
    (S.VERIFYING, E.AT_FAULT_AGAIN): Rung(S.SETTLED, SurveyStep.REWORK_AND_SUPERVISE),
    (S.VERIFYING, E.NOT_AT_FAULT): Rung(S.SETTLED, SurveyStep.EXPLAIN_AND_ARCHIVE),
}
# the ticket was handled again on a person's word before this round's survey had ended
TRANSITIONS |= {(state, E.SUPERSEDED): Rung(S.SETTLED) for state in (S.ASKED, S.CALLING, S.VERIFYING)}


def step(state: SurveyState, event: SurveyEvent) -> Rung:
    """Return where `event` leads.

    Raises:
        TransitionRefused: the table does not list the event in this state.
    """
    rung = TRANSITIONS.get((state, event))
    if rung is None:
        raise TransitionRefused("回访", state.value, event.value)
    return rung


@dataclass(frozen=True, slots=True)
class Answer:
    """What a citizen said in a manual callback.

    Attributes:
        round: reworks before this round.
        reason: `not_adopted`, `no_policy_basis`, or any other word.
        explained: the unit has made its explanatory callback (解释回访).
    """

    rating: Rating
    category: str | None
    round: int
    reason: str | None = None
    explained: bool = False


def satisfied(rules: SurveyRules) -> SurveyEvent:
    """Return the event that a satisfied citizen is, by message or on the telephone."""
    return SurveyEvent.FED_BACK if rules.after_callback == "feedback" else SurveyEvent.SATISFIED


def judge(rules: SurveyRules, answer: Answer) -> SurveyEvent:
    """Return the event a manual callback's answer is."""
    if answer.rating is not Rating.DISSATISFIED:
        return satisfied(rules)
    if is_excluded(rules, answer):
        return SurveyEvent.EXCLUDED
    if rules.after_callback == "feedback":
        return SurveyEvent.FED_BACK
    if rules.verify_before_rework == "always":
        return SurveyEvent.MUST_VERIFY
    if answer.round >= rules.reworks_before_supervision:
        return SurveyEvent.MUST_SUPERVISE
    if rules.verify_before_rework == "first":
        return SurveyEvent.MUST_VERIFY
    return SurveyEvent.MUST_RECTIFY if rules.rework_as == "unit_verify_and_rectify" else SurveyEvent.MUST_REWORK


def judge_verification(rules: SurveyRules, round_: int, *, at_fault: bool) -> SurveyEvent:
    """Return the event a verified responsibility is; `round_`: reworks before this round."""
    if not at_fault:
        return SurveyEvent.NOT_AT_FAULT
    again = round_ >= rules.reworks_before_supervision and rules.rework_with_supervision
    return SurveyEvent.AT_FAULT_AGAIN if again else SurveyEvent.AT_FAULT


def enters_ledger(rules: SurveyRules, decided: SurveyStep) -> bool:
    """Tell whether a step enters the ticket in the supervision ledger (督办台账)."""
    supervised = decided in (SurveyStep.SUPERVISE, SurveyStep.REWORK_AND_SUPERVISE)
    return supervised and rules.supervision_enters_ledger


_FIRST = {"message": "await_sms_reply", "callback": "callback", "sample": "sample_callback"}


def owed(rules: SurveyRules, state: SurveyState, decided: SurveyStep | None = None, *, by_message: bool = False) -> str:
    """Return what the centre owes the ticket next, in one word.

    Args:
        rules: the profile's parameters.
        state: where the survey stands.
        decided: how it was settled.
        by_message: the citizen has said by message that they are dissatisfied.
    """
    if state is SurveyState.SETTLED:
        closing = decided in (None, SurveyStep.UNREACHABLE)
        return SurveyStep.ARCHIVE.value if closing or decided is None else decided.value
    if state is SurveyState.VERIFYING:
        return "verify_responsibility"
    calls = state is SurveyState.CALLING
    return "manual_callback" if calls and (by_message or rules.first_step == "message") else _FIRST[rules.first_step]


def is_excluded(rules: SurveyRules, answer: Answer) -> bool:
    """Tell whether a dissatisfied answer is left out of the assessment (YC-32)."""
    if answer.rating is not Rating.DISSATISFIED:
        return False
    if answer.reason == "not_adopted":
        return answer.category in rules.excluded_not_adopted
    return answer.reason == "no_policy_basis" and answer.explained and rules.excluded_no_basis_explained


def after_failed_try(rules: SurveyRules, tries_on: Sequence[date]) -> SurveyEvent:
    """Return whether to go on trying; `tries_on` holds the local day of every try, this one included (AMB-20)."""
    enough = len(tries_on) >= rules.callback_tries and len(set(tries_on)) >= rules.callback_days
    return SurveyEvent.GIVEN_UP if enough else SurveyEvent.NOT_REACHED


def in_sample(ticket_id: str, percent: int) -> bool:
    """Tell whether a ticket is in the sample; the same ticket always gets the same answer."""
    return int.from_bytes(hashlib.sha256(ticket_id.encode()).digest()[:4], "big") % 100 < percent
