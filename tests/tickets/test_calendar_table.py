"""The administrator's table on top of the official calendar."""

import os
from datetime import date, datetime
from pathlib import Path

import pytest

from core.clock import LOCAL
from core.errors import PartUnavailable
from tickets.calendar import DayKind
from tickets.calendar_table import FollowedCalendar, read_table
from tickets.deadlines import WorkingTime, due_after
from tickets.profile import load_profile
from tickets.profile_values import Limit

TABLE = """
[year.2027]
off = ["2027-01-01..2027-01-03"]
work = ["2027-01-09"]

[[day]]
date = "2026-07-15"
works = false
reason = "台风停工"
"""


def five_days() -> Limit:
    return load_profile("jiangsu").categories["help"].limit  # type: ignore[return-value]


def test_a_year_that_is_entered_is_official_and_one_that_is_not_stays_provisional(tmp_path: Path) -> None:
    path = tmp_path / "calendar.toml"
    calendar = FollowedCalendar(path, date(2026, 12, 31))
    time_of = WorkingTime(calendar, load_profile("jiangsu").business_hours)
    start = datetime(2026, 12, 30, 10, tzinfo=LOCAL)
    assert due_after(five_days(), start, time_of).provisional
    before = calendar.stamp
    path.write_text(TABLE, "utf-8")
    due = due_after(five_days(), start, time_of)
    assert not due.provisional
    assert due.at == datetime(2027, 1, 7, 17, 30, tzinfo=LOCAL)  # 12-31, 01-04, 05, 06, 07
    assert "跳过 01-01至01-03(法定节假日放假)" in due.counting
    assert calendar.stamp != before
    assert calendar.day(date(2027, 1, 9)).kind is DayKind.ADJUSTED
    assert not calendar.day(date(2028, 1, 3)).official


def test_a_single_day_off_moves_deadlines_and_is_named_in_the_counting(tmp_path: Path) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(TABLE, "utf-8")
    time_of = WorkingTime(FollowedCalendar(path), load_profile("jiangsu").business_hours)
    due = due_after(five_days(), datetime(2026, 7, 13, 10, tzinfo=LOCAL), time_of)
    assert due.at == datetime(2026, 7, 21, 17, 30, tzinfo=LOCAL)
    assert any("台风停工" in line for line in due.counting)


def test_the_file_may_vanish_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(TABLE, "utf-8")
    calendar = FollowedCalendar(path)
    assert not calendar.day(date(2026, 7, 15)).works
    path.unlink()
    assert calendar.day(date(2026, 7, 15)).works
    path.write_text(TABLE, "utf-8")
    os.utime(path, ns=(1, 1))
    assert not calendar.day(date(2026, 7, 15)).works


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[year.2027]\noff = ['2026-01-01']", "不在该年"),
        ("[year.2027]\noff = ['2027-01-05..2027-01-01']", "起止日期"),
        ("[year.2027]\noff = ['2027-01-01']\nwork = ['2027-01-01']", "出现两次"),
        ("[year.2027]\nholidays = []", "holidays"),
        ("[[day]]\ndate = '2026-07-15'\nworks = false", "reason"),
        ("[year", "calendar.toml"),
        ("[year.soon]", "year.soon"),
    ],
)
def test_a_wrong_table_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(PartUnavailable) as refused:
        read_table(path)
    assert reason in refused.value.message
    assert "calendar.toml" in refused.value.message
