from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import LOCAL
from recordings.retention import RetentionRule, earliest_erasure, keep_until, may_be_erased

THREE_YEARS = RetentionRule(3, "YC-13.9b", "regulation")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LOCAL)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("ended", "last_day"),
    [
        (local(2026, 3, 2, 9, 0), date(2029, 3, 2)),
        (local(2024, 2, 29, 12, 0), date(2027, 2, 28)),
        (local(2025, 2, 28, 12, 0), date(2028, 2, 28)),
        (local(2026, 12, 31, 23, 59, 59), date(2029, 12, 31)),
        (local(2026, 1, 1, 0, 0), date(2029, 1, 1)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2030, 1, 1)),
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), date(2029, 12, 31)),
    ],
)
def test_a_recording_is_kept_through_the_corresponding_day(ended: datetime, last_day: date) -> None:
    assert keep_until(ended, THREE_YEARS) == last_day


def test_a_leap_day_meets_its_own_day_when_there_is_one() -> None:
    assert keep_until(local(2024, 2, 29), RetentionRule(4, "x", "y")) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (local(2029, 3, 2, 0, 0), False),
        (local(2029, 3, 2, 23, 59, 59), False),
        (local(2029, 3, 3, 0, 0), True),
        (datetime(2029, 3, 2, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2029, 3, 2, 16, 0, tzinfo=UTC), True),
    ],
)
def test_it_may_go_on_the_day_after_in_local_time(now: datetime, allowed: bool) -> None:
    assert may_be_erased(date(2029, 3, 2), now, held=False) is allowed


instants = st.datetimes(datetime(2000, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
rules = st.builds(RetentionRule, st.integers(1, 30), st.just("c"), st.just("regulation"))


@given(instants, rules)
def test_the_term_is_never_shorter_than_the_years_less_the_missing_leap_day(
    ended: datetime, rule: RetentionRule
) -> None:
    begun = ended.astimezone(LOCAL).date()
    last = keep_until(ended, rule)
    assert last.year == begun.year + rule.years
    assert last.month == begun.month
    assert last.day == begun.day or (begun.month, begun.day, last.day) == (2, 29, 28)


@given(instants, rules, st.timedeltas(timedelta(0), timedelta(days=20000)))
def test_nothing_is_erased_on_or_before_the_last_day_nor_while_held(
    ended: datetime, rule: RetentionRule, later: timedelta
) -> None:
    last, now = keep_until(ended, rule), ended + later
    assert may_be_erased(last, now, held=False) is (now.astimezone(LOCAL).date() >= earliest_erasure(last))
    assert not may_be_erased(last, now, held=True)


@given(instants, instants, rules)
def test_a_later_recording_is_never_kept_shorter(one: datetime, other: datetime, rule: RetentionRule) -> None:
    first, second = sorted((one, other))
    assert keep_until(first, rule) <= keep_until(second, rule)
