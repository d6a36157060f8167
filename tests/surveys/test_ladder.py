"""The ladder: its table, and which rung an answer leads to."""

from datetime import date

import pytest

from core.errors import TransitionRefused
from surveys.events import Rating, SurveyStep
from surveys.ladder import (
    TRANSITIONS,
    Answer,
    SurveyEvent,
    SurveyState,
    after_failed_try,
    in_sample,
    is_excluded,
    judge,
    step,
)
from surveys.rules import SurveyRules
from tickets.profile import load_profile

RULES = SurveyRules.model_validate(load_profile("yichun").surveys.values())
BAD = Rating.DISSATISFIED


@pytest.mark.parametrize("state", list(SurveyState))
@pytest.mark.parametrize("event", list(SurveyEvent))
def test_what_the_table_does_not_list_is_refused(state: SurveyState, event: SurveyEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert step(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(TransitionRefused):
            step(state, event)


def test_settled_is_the_end_and_every_settling_but_superseding_tells_a_step() -> None:
    assert not any(state is SurveyState.SETTLED for state, _ in TRANSITIONS)
    silent = {event for (_, event), rung in TRANSITIONS.items() if rung.to is SurveyState.SETTLED and rung.step is None}
    assert silent == {SurveyEvent.SUPERSEDED}
    assert {rung.step for rung in TRANSITIONS.values()} == {None, *SurveyStep}


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        (Answer(Rating.SATISFIED, "help", 0), SurveyEvent.SATISFIED),
        (Answer(Rating.BASICALLY_SATISFIED, "help", 1), SurveyEvent.SATISFIED),
        (Answer(BAD, "help", 0), SurveyEvent.MUST_VERIFY),
        (Answer(BAD, "help", 1), SurveyEvent.MUST_SUPERVISE),
        (Answer(BAD, "suggestion", 0, "not_adopted"), SurveyEvent.EXCLUDED),
        (Answer(BAD, "opinion", 0, "not_adopted"), SurveyEvent.MUST_VERIFY),
        (Answer(BAD, "suggestion", 0, "slow"), SurveyEvent.MUST_VERIFY),
        (Answer(BAD, "help", 0, "no_policy_basis", explained=True), SurveyEvent.EXCLUDED),
        (Answer(BAD, "help", 0, "no_policy_basis", explained=False), SurveyEvent.MUST_VERIFY),
        (Answer(BAD, "suggestion", 1, "not_adopted"), SurveyEvent.EXCLUDED),
    ],
)
def test_an_answer_leads_to_its_rung(answer: Answer, event: SurveyEvent) -> None:
    assert judge(RULES, answer) is event
    assert is_excluded(RULES, answer) is (event is SurveyEvent.EXCLUDED)


def test_unreachable_needs_three_tries_on_two_days() -> None:
    first, second = date(2026, 3, 2), date(2026, 3, 3)
    assert after_failed_try(RULES, [first, first, first]) is SurveyEvent.NOT_REACHED
    assert after_failed_try(RULES, [first, second]) is SurveyEvent.NOT_REACHED
    assert after_failed_try(RULES, [first, first, second]) is SurveyEvent.GIVEN_UP


def test_the_sample_is_about_as_large_as_asked_and_stable() -> None:
    chosen = sum(in_sample(f"ticket-{n}", 20) for n in range(5000))
    assert 850 < chosen < 1150
    assert in_sample("ticket", 100)
    assert not in_sample("ticket", 0)
