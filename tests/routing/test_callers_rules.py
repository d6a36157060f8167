"""Numbers in one form, and when citizens are called back (pure)."""

from datetime import UTC, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import LOCAL
from core.errors import TransitionRefused
from routing.callers.numbers import is_emergency, is_reachable, national
from routing.callers.rules import (
    OPEN,
    TRANSITIONS,
    CallbackAct,
    CallbackRules,
    CallbackState,
    after,
    in_waking_hours,
    retry_at,
)

RULES = CallbackRules(attempts=3, retry_minutes=(10, 30))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware


@pytest.mark.parametrize(
    ("given_as", "known_as"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("07953991234", "07953991234"),
        ("+867953991234", "07953991234"),
        ("+861062345678", "01062345678"),
        ("01062345678", "01062345678"),
        ("3991234", "3991234"),
        ("+8612345", "12345"),
        ("+4915112345678", "004915112345678"),
        ("110", "110"),
        ("anonymous", ""),
        ("", ""),
    ],
)
def test_a_number_has_one_form_however_it_is_shown(given_as: str, known_as: str) -> None:
    assert national(given_as) == known_as


@given(st.text(alphabet="0123456789+ -", max_size=20))
def test_the_one_form_is_found_in_one_step_and_holds_digits_only(shown: str) -> None:
    form = national(shown)
    assert form == "" or form.isdigit()
    assert not is_reachable(form) or national(form) == form


@pytest.mark.parametrize("number", ["110", "119", "120", "122", "12345", "12315", "1", "", "004915112345678", "95588"])
def test_short_and_foreign_numbers_are_not_called_back(number: str) -> None:
    assert not is_reachable(number)


@pytest.mark.parametrize("number", ["13800138000", "19912345678", "07953991234", "01062345678", "3991234", "62345678"])
def test_mobiles_and_landlines_are_called_back(number: str) -> None:
    assert is_reachable(number)
    assert not is_emergency(number)


@given(INSTANTS)
def test_nobody_is_disturbed_at_night_and_no_callback_waits_longer_than_till_morning(at: datetime) -> None:
    found = in_waking_hours(RULES, at)
    assert time(8) <= found.astimezone(LOCAL).time() < time(21)
    assert timedelta(0) <= found - at <= timedelta(hours=11)


@given(INSTANTS)
def test_attempts_are_bounded_and_each_comes_after_its_pause(now: datetime) -> None:
    first, second = retry_at(RULES, 1, now), retry_at(RULES, 2, now)
    assert first is not None
    assert second is not None
    assert first - now >= timedelta(minutes=10)
    assert second - now >= timedelta(minutes=30)
    assert retry_at(RULES, 3, now) is None


def test_the_last_pause_holds_for_further_attempts() -> None:
    noon = datetime(2026, 3, 2, 4, tzinfo=UTC)
    assert retry_at(CallbackRules(attempts=9, retry_minutes=(5,)), 7, noon) == noon + timedelta(minutes=5)


@pytest.mark.parametrize(("state", "act"), list(product(CallbackState, CallbackAct)))
def test_the_table_is_all_there_is_and_what_is_closed_stays_closed(state: CallbackState, act: CallbackAct) -> None:
    if (state, act) in TRANSITIONS:
        assert state in OPEN
        assert after(state, act) is TRANSITIONS[state, act]
    else:
        with pytest.raises(TransitionRefused):
            after(state, act)
