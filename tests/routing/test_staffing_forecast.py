"""The forecast from comparable days, the table, the CSV file."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import LOCAL
from core.errors import InvalidInput
from routing.figures.counts import Count
from routing.figures.lane import Interval
from routing.staffing.forecast import Expected, forecast, patience
from routing.staffing.history import HalfHour, half_hour_of, read_csv
from routing.staffing.table import StaffingRules, staffing_table

MONDAY = date(2026, 11, 23)


def kind(day: date) -> str:
    return "休息日" if day.weekday() >= 5 else "工作日"


def past(days: int, calls: dict[int, int], until: date = MONDAY, handle: float = 200.0) -> list[HalfHour]:
    """History of the `days` before `until`: calls in each half hour, by weekday."""
    found = []
    for back in range(1, days + 1):
        day = until - timedelta(days=back)
        for slot in range(48):
            at = datetime.combine(day, datetime.min.time(), LOCAL) + slot * timedelta(minutes=30)
            count = calls.get(day.weekday(), 10)
            found.append(HalfHour(at, count, count, count * handle))
    return found


def test_a_monday_is_forecast_from_mondays() -> None:
    expected = forecast(past(56, {0: 30}), MONDAY, kind, 240)
    assert len(expected) == 48
    assert {one.calls for one in expected} == {30.0}
    assert expected[0].starts_at == datetime(2026, 11, 23, tzinfo=LOCAL)
    assert expected[0].basis == "近8个同星期的工作日中位数;平均处理时长来自240通"
    assert expected[0].handle_seconds == 200


def test_one_storm_does_not_move_the_forecast() -> None:
    history = past(56, {0: 30})
    stormy = MONDAY - timedelta(days=14)
    history = [
        HalfHour(one.starts_at, 500) if one.starts_at.astimezone(LOCAL).date() == stormy else one for one in history
    ]
    assert {one.calls for one in forecast(history, MONDAY, kind, 240)} == {30.0}


def test_a_holiday_on_a_monday_is_forecast_from_days_of_its_kind() -> None:
    def with_holidays(day: date) -> str:
        return "节假日" if day == MONDAY or day.day in {1, 2, 3} else kind(day)

    history = [
        HalfHour(one.starts_at, 3) if one.starts_at.astimezone(LOCAL).day in {1, 2, 3} else one
        for one in past(56, {0: 30})
    ]
    expected = forecast(history, MONDAY, with_holidays, 240)
    assert {one.calls for one in expected} == {3.0}
    assert "节假日" in expected[0].basis


def test_an_outage_is_a_gap_and_not_a_zero() -> None:
    history = [one for one in past(56, {0: 30}) if one.starts_at.astimezone(LOCAL).hour != 9]
    nine = forecast(history, MONDAY, kind, 240)[18]
    assert nine.calls == pytest.approx(30)
    assert nine.basis.startswith("无同时段历史,取相邻时段")
    few = [one for one in past(56, {0: 30}) if one.starts_at > datetime(2026, 11, 15, tzinfo=LOCAL)]
    assert forecast(few, MONDAY, kind, 240)[18].calls == 10.0  # only one Monday: the working days decide


def test_without_history_nothing_is_forecast_and_the_day_itself_is_not_looked_at() -> None:
    assert forecast([], MONDAY, kind, 240) == []
    assert forecast(past(1, {}, MONDAY + timedelta(days=1)), MONDAY, kind, 240) == []


def test_too_few_talks_give_the_handle_time_that_was_set() -> None:
    history = [HalfHour(datetime(2026, 11, 16, 9, tzinfo=LOCAL), 2, 2, 1000.0)]
    expected = forecast(history, MONDAY, kind, 240)
    assert {one.handle_seconds for one in expected} == {240}
    assert expected[18].calls == 2


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 47), st.integers(0, 500)), min_size=1, max_size=80))
def test_a_forecast_lies_within_what_was_seen(seen: list[tuple[int, int, int]]) -> None:
    history = [
        HalfHour(
            datetime.combine(MONDAY - timedelta(days=back), datetime.min.time(), LOCAL) + slot * timedelta(minutes=30),
            calls,
        )
        for back, slot, calls in {(back, slot): (back, slot, calls) for back, slot, calls in seen}.values()
    ]
    expected = forecast(history, MONDAY, kind, 240)
    assert len(expected) == 48
    counts = [one.calls for one in history]
    assert all(min(counts) - 1e-9 <= one.calls <= max(counts) + 1e-9 for one in expected)


def test_patience_is_the_waiting_of_all_divided_by_those_who_gave_up() -> None:
    at = datetime(2026, 11, 16, 9, tzinfo=LOCAL)
    assert patience([HalfHour(at, 100, abandoned=25, wait_seconds=2500)]) == 100
    assert patience([HalfHour(at, 100, abandoned=5, wait_seconds=2500)]) is None


def test_the_table_rounds_up_to_whole_people_and_never_leaves_the_hotline_alone() -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=LOCAL)
    busy, quiet = staffing_table(
        [Expected(at, 100, 180, "x"), Expected(at, 0, 180, "x")],
        StaffingRules(0.8, 20, 0.3, None),
        patience_seconds=300,
    )
    assert (busy.load, busy.patient.agents, busy.rostered) == (10, 14, 20)
    assert busy.impatient is not None
    assert busy.impatient.agents == 13
    assert (quiet.patient.agents, quiet.at_phone, quiet.rostered) == (0, 1, 2)


@pytest.mark.parametrize(
    "rules",
    [{"target": 1.0}, {"target": 0}, {"within_seconds": -1}, {"shrinkage": 1}, {"most_occupancy": 0}, {"least": -1}],
)
def test_impossible_aims_are_refused_by_name(rules: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        StaffingRules(**rules)  # type: ignore[arg-type]


def test_an_interval_of_the_figures_is_read_as_history() -> None:
    at = datetime(2026, 11, 16, 9, tzinfo=LOCAL)
    counts = {Count.OFFERED: 9, Count.HANDLED: 8, Count.TALK_MS: 800_000, Count.WRAP_UP_MS: 200_000}
    found = half_hour_of(Interval("general", at, {**counts, Count.ABANDONED: 1, Count.ABANDON_WAIT_MS: 30_000}))
    assert found == HalfHour(at, 9, 8, 1000.0, 1, 30.0)


def test_a_csv_file_is_read_with_civil_time_and_its_queue() -> None:
    lines = [
        "queue,starts_at,calls,handle_seconds",
        "general,2026-11-16T09:00,12,180",
        "enterprise,2026-11-16T09:00,5,180",
        "general,2026-11-16T01:30:00+00:00,3,",
    ]
    first, second = read_csv(lines, "general")
    assert first == HalfHour(datetime(2026, 11, 16, 9, tzinfo=LOCAL), 12, 12, 2160.0)
    assert (second.starts_at, second.calls, second.handled) == (datetime(2026, 11, 16, 9, 30, tzinfo=LOCAL), 3, 0)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["starts_at"], "calls"),
        (["starts_at,calls,colour", "2026-11-16T09:00,1,red"], "colour"),
        (["starts_at,calls", "2026-11-16T09:10,1"], "第2行 starts_at"),
        (["starts_at,calls", "2026-11-16T09:00,1", "yesterday,1"], "第3行 starts_at"),
        (["starts_at,calls", "2026-11-16T09:00,-1"], "第2行 calls"),
        (["starts_at,calls", "2026-11-16T09:00,nan"], "第2行 calls"),
        (["starts_at,calls,handle_seconds", "2026-11-16T09:00,1,many"], "第2行 handle_seconds"),
    ],
)
def test_a_csv_file_with_a_fault_is_refused_with_line_and_column(lines: list[str], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        read_csv(lines, "general")
