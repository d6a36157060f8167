"""Rules that no acceptance example asks for: counters, ladders, hazards, clauses behind every word."""

from datetime import datetime

import pytest

from core.clock import LOCAL
from tickets.calendar import WorkingCalendar
from tickets.deadlines import WorkingTime
from tickets.duties import Assignment, Matter
from tickets.profile import PROFILES, Profile, load_profile
from tickets.profile_files import names
from tickets.rules.extensions import ExtensionAsked, judge_extension
from tickets.rules.hotlines import dialled
from tickets.rules.intake import FACTS, UNSURE, screen
from tickets.rules.metrics import RATES, measure
from tickets.rules.returns import ReturnAsked, judge_return
from tickets.rules.supervision import (
    Counts,
    SupervisionFacts,
    accountability,
    consecutive_send_backs,
    level,
    steps_that_apply,
)
from tickets.rules.verdicts import Outcome

ALL = names([PROFILES])
CALENDAR = WorkingCalendar()


def at(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=LOCAL)


def time_of(profile: Profile) -> WorkingTime:
    return WorkingTime(CALENDAR, profile.business_hours)


def test_five_regulations_are_there() -> None:
    assert [load_profile(name).number_prefix for name in ALL] == ["CZ", "FJ", "JS", "YZ", "YC"]


def test_a_hazard_stays_with_the_first_unit_until_it_is_safe() -> None:
    profile = load_profile("fujian")
    matter, work = Matter("help", at(2)), Assignment(at(2), at(2, 11))
    given = frozenset({"basis", "suggestion"})
    open_ = judge_return(profile, matter, work, ReturnAsked(at(3), given, hazard_open=True), time_of(profile))
    safe = judge_return(profile, matter, work, ReturnAsked(at(3), given), time_of(profile))
    assert (open_.outcome, open_.reason) == (Outcome.REFUSED, "hazard_not_made_safe")
    assert safe.outcome is Outcome.RETURNED


def test_where_the_text_sets_no_bound_the_centre_is_advised_and_decides() -> None:
    profile = load_profile("jiangsu")
    asked = ExtensionAsked(at(3), 9, frozenset({"reason"}))
    work = Assignment(at(2), extensions=(1,))
    verdict = judge_extension(profile, Matter("consult", at(2)), work, asked, time_of(profile))
    assert verdict.outcome is Outcome.PENDING_APPROVAL
    assert verdict.advice == ("所延期限不得超过原办理时限3个工作日", "原则上只能申请延期1次")


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        (Counts(), []),
        (Counts(returns=2), ["repeated_returns"]),
        (Counts(reminders=2), []),
        (Counts(reminders=2, overdue=True), ["reminded_and_overdue"]),
        (Counts(reminders=2, overdue=True, reason_reported=True), []),
        (Counts(consecutive_send_backs=2), ["sent_back_again_and_again"]),
        (Counts(calls=3), ["calls_unsolved"]),
        (Counts(calls=3, solved=True), []),
        (Counts(calls=2), []),
    ],
)
def test_counters_are_full_at_their_number_and_not_before(counts: Counts, found: list[str]) -> None:
    assert [code for code, _ in accountability(load_profile("yichun"), counts)] == found


def test_a_passed_review_resets_the_count_of_send_backs() -> None:
    assert [consecutive_send_backs(reviews) for reviews in ([], [False], [False, True, False], [False, False])] == [
        0,
        1,
        1,
        2,
    ]


def test_the_ladder_shows_its_highest_step_that_applies() -> None:
    yichun = load_profile("yichun")
    breached = frozenset({"resolve"})
    assert level(yichun, SupervisionFacts()) is None
    steps = steps_that_apply(yichun, SupervisionFacts(True, breached, frozenset({"phone_enquiry_failed"})))
    assert [step.code for step in steps] == ["yellow", "red_phone", "red_notice"]
    told = level(yichun, SupervisionFacts(True, breached, frozenset({"instruction"})))
    assert told is not None
    assert told.code == "instruction"
    # a failed enquiry alone is no notice: the duty must be breached (YC-34.2c)
    assert level(yichun, SupervisionFacts(happened=frozenset({"phone_enquiry_failed"}))) is None


@pytest.mark.parametrize(
    ("name", "trigger", "code"),
    [
        ("jiangsu", "could_but_does_not", "ticket"),
        ("jiangsu", "result_untrue", "recheck"),
        ("jiangsu", "duty_unclear", "coordination"),
        ("jiangsu", "shirking", "talk"),
        ("fujian", "dissatisfied_after_rework", "supervise"),
        ("yangzhou", "shirking", "joint"),
        ("changzhi", "letter_ignored", "special"),
    ],
)
def test_each_regulation_has_its_own_steps(name: str, trigger: str, code: str) -> None:
    step = level(load_profile(name), SupervisionFacts(happened=frozenset({trigger})))  # type: ignore[arg-type]
    assert step is not None
    assert step.code == code


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("fact", sorted(FACTS - {UNSURE}))
def test_a_refusal_always_names_its_clause_and_its_guidance(name: str, fact: str) -> None:
    found = screen(load_profile(name), fact)
    if found.outcome == "reject_with_guidance":
        assert found.clause
        assert found.guidance
    else:
        assert (found.outcome, found.clause) == ("accept", None)


@pytest.mark.parametrize("name", ALL)
def test_every_listed_number_has_a_mode_and_no_emergency_number_makes_a_ticket(name: str) -> None:
    profile = load_profile(name)
    for number, listed in profile.hotlines.numbers.items():
        handling = dialled(profile, number)
        assert handling is not None
        assert handling.mode == listed.mode
    for number in ("110", "119", "120", "122"):
        handling = dialled(profile, number)
        assert handling is not None
        assert handling.action == "connect_or_refer_immediately"
        assert not handling.ordinary_ticket


@pytest.mark.parametrize("metric", sorted(RATES))
def test_every_rate_has_no_value_over_nothing_and_a_hundred_over_all(metric: str) -> None:
    counted, out_of = RATES[metric]
    profile = load_profile("yangzhou")
    assert measure(profile, metric, {counted: 0, out_of: 0}).shown is None
    assert measure(profile, metric, {counted: 7, out_of: 7}).shown == "100.00"
