"""Deadlines against a day-by-day reference, over every year the official calendar is published for."""

from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import LOCAL
from tickets.calendar import DayKind, WorkingCalendar
from tickets.deadlines import Due, WorkingTime, before, due_after, extended, half_day_before
from tickets.profile import PROFILES, load_profile
from tickets.profile_files import names
from tickets.profile_values import Basis, Limit

CALENDAR = WorkingCalendar()
TIME = WorkingTime(CALENDAR, load_profile("yichun").business_hours)
CLOSE = time(17, 30)

STARTS = st.datetimes(datetime(2004, 1, 1), datetime(2026, 10, 1), timezones=st.just(LOCAL))  # noqa: DTZ001 - zone given apart


def limit(amount: int, unit: str = "working_days") -> Limit:
    return Limit.model_validate(
        {"amount": amount, "unit": unit, "start": "dispatched", "clause": "YC-14d", "basis": "regulation"}
    )


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


def reference(start: datetime, days: int) -> datetime:
    day = start.astimezone(LOCAL).date()
    while days:
        day += timedelta(days=1)
        days -= chinese_calendar.is_workday(day)
    return datetime.combine(day, CLOSE, LOCAL)


@given(STARTS, st.integers(1, 40))
def test_working_days_agree_with_counting_day_by_day(start: datetime, days: int) -> None:
    due = due_after(limit(days), start, TIME)
    assert due.at == reference(start, days)
    assert not due.provisional


@given(STARTS, st.integers(1, 30))
def test_one_more_day_is_never_earlier_and_neither_is_a_later_start(start: datetime, days: int) -> None:
    assert due_after(limit(days), start, TIME).at < due_after(limit(days + 1), start, TIME).at
    assert due_after(limit(days), start, TIME).at <= due_after(limit(days), start + timedelta(hours=7), TIME).at


@given(STARTS, st.integers(1, 20), st.integers(1, 20))
def test_an_extension_adds_working_days_to_the_original_deadline(start: datetime, days: int, more: int) -> None:
    original = due_after(limit(days), start, TIME)
    longer = extended(original, more, "YC-16b", Basis.READING, TIME)
    assert longer.at == reference(original.at, more)
    assert longer.counting[: len(original.counting)] == original.counting


@given(STARTS, st.integers(1, 20))
def test_every_counted_day_stands_in_the_counting(start: datetime, days: int) -> None:
    lines = due_after(limit(days), start, TIME).counting
    counted = [line for line in lines if line.startswith("第")]
    assert [line.split("个")[0] for line in counted] == [f"第{number}" for number in range(1, days + 1)]


@given(STARTS, st.integers(1, 16))
def test_working_hours_count_only_minutes_of_business(start: datetime, hours: int) -> None:
    due = due_after(limit(hours, "working_hours"), start, TIME)
    counted, at = timedelta(), start.astimezone(LOCAL)
    day = at.date()
    while day <= due.at.astimezone(LOCAL).date():
        if chinese_calendar.is_workday(day):
            for opens, closes in TIME.hours.sessions(day):
                begin = max(at, datetime.combine(day, opens, LOCAL))
                end = min(due.at, datetime.combine(day, closes, LOCAL))
                counted += max(end - begin, timedelta())
        day += timedelta(days=1)
    assert counted == timedelta(hours=hours)


@given(STARTS, st.integers(2, 20))
def test_the_yellow_point_is_one_working_day_before_the_deadline(start: datetime, days: int) -> None:
    due = due_after(limit(days), start, TIME)
    one_day = Limit.model_validate(
        {"amount": 1, "unit": "working_days", "start": "due", "clause": "YC-34.2a", "basis": "reading"}
    )
    assert before(due, one_day, TIME) == due_after(limit(days - 1), start, TIME).at


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 10, 10), DayKind.ADJUSTED),
        (date(2026, 9, 20), DayKind.ADJUSTED),
        (date(2026, 2, 14), DayKind.ADJUSTED),
        (date(2026, 10, 1), DayKind.HOLIDAY),
        (date(2026, 10, 3), DayKind.HOLIDAY),
        (date(2026, 10, 11), DayKind.WEEKEND),
        (date(2026, 3, 2), DayKind.WORKING),
        (date(2025, 12, 31), DayKind.WORKING),
    ],
)
def test_days_are_what_the_state_council_made_them(day: date, kind: DayKind) -> None:
    assert CALENDAR.day(day).kind is kind


def test_a_count_over_holidays_names_what_it_skipped_and_what_was_adjusted() -> None:
    due = due_after(limit(10), local(2026, 9, 21, 9), TIME)
    assert due.at == local(2026, 10, 12, 17, 30)
    assert "跳过 10-01至10-07(国庆节放假)" in due.counting
    assert "第9个工作日 = 2026-10-10(周六,调休上班)" in due.counting
    assert due.counting[0] == "起算日(第0日,当日不计入)= 2026-09-21(周一)"
    assert due.counting[-1] == "届满 = 2026-10-12(周一) 17:30"


def test_an_unpublished_year_gives_a_provisional_deadline_that_says_so() -> None:
    due = due_after(limit(5), local(2026, 12, 30, 9), TIME)
    assert due.provisional
    assert any("2027年放假安排尚未公布" in line for line in due.counting)
    official = due_after(limit(1), local(2026, 12, 30, 9), TIME)
    assert not official.provisional


def test_the_end_of_the_published_calendar_can_be_given_and_the_administrators_table_lies_on_top() -> None:
    short = WorkingTime(WorkingCalendar(last_official=date(2025, 12, 31)), TIME.hours)
    assert due_after(limit(1), local(2026, 3, 2, 9), short).provisional
    closed = WorkingCalendar(overrides={date(2026, 3, 3): (False, "暴雨停工")})
    due = due_after(limit(1), local(2026, 3, 2, 9), WorkingTime(closed, TIME.hours))
    assert due.at == local(2026, 3, 4, 17, 30)
    assert "跳过 03-03(暴雨停工放假)" in due.counting


def test_natural_hours_run_through_night_and_holiday() -> None:
    assert due_after(limit(2, "natural_hours"), local(2026, 10, 3, 23, 30), TIME).at == local(2026, 10, 4, 1, 30)


def test_the_same_day_ends_at_midnight() -> None:
    assert due_after(limit(1, "same_day"), local(2026, 10, 3, 23, 50), TIME).at == local(2026, 10, 4)


@pytest.mark.parametrize(
    ("start", "years", "erasable"),
    [
        (local(2023, 3, 10, 10), 3, local(2026, 3, 11)),
        (local(2024, 2, 29, 10), 3, local(2027, 3, 1)),
        (local(2024, 9, 30, 17), 2, local(2026, 10, 1)),
    ],
)
def test_calendar_years_run_to_the_corresponding_day_and_through_it(
    start: datetime, years: int, erasable: datetime
) -> None:
    assert due_after(limit(years, "calendar_years"), start, TIME).at == erasable


def test_sixty_working_minutes_that_end_with_a_session_end_at_noon_not_at_two() -> None:
    assert due_after(limit(1, "working_hours"), local(2026, 3, 2, 11), TIME).at == local(2026, 3, 2, 12)


def test_half_a_working_day_before_close_is_noon() -> None:
    due = Due(local(2026, 3, 4, 17, 30).astimezone(UTC), "FJ-21", Basis.READING, ())
    assert half_day_before(due, TIME) == local(2026, 3, 4, 12)


PROFILE_NAMES = names([PROFILES])


@given(st.sampled_from(PROFILE_NAMES), STARTS, st.integers(0, 40), st.integers(0, 60 * 24 * 20))
def test_adding_time_never_moves_a_deadline_earlier(name: str, start: datetime, days: int, minutes: int) -> None:
    """A longer limit, a later start and an extension each give a deadline that is not earlier, whatever the unit."""
    profile = load_profile(name)
    time_of = WorkingTime(CALENDAR, profile.business_hours)
    later = start + timedelta(minutes=minutes)
    for category in profile.categories.values():
        if category.limit is None:
            continue
        first = due_after(category.limit, start, time_of)
        longer = category.limit.model_copy(update={"amount": category.limit.amount + days})
        assert due_after(category.limit, later, time_of).at >= first.at
        assert due_after(longer, start, time_of).at >= first.at
        if days:
            assert extended(first, days, "AMB-13", Basis.READING, time_of).at > first.at
    sign = profile.sign.limit
    assert due_after(sign, later, time_of).at >= due_after(sign, start, time_of).at


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_every_day_of_the_calendar_is_what_the_library_says(day: date) -> None:
    found = CALENDAR.day(day)
    assert found.works == chinese_calendar.is_workday(day)
    assert found.official
    assert (found.kind is DayKind.ADJUSTED) == (found.works and day.weekday() >= 5)
