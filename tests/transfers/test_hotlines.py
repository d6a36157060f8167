"""The directory of hotlines: modes, cancelled numbers, hours, lists with faults."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from core.errors import Conflict, InvalidInput, NotFound
from core.settings import AsteriskSettings, Settings
from hotline.hotlines import open_directory, rules_of, shipped, take_in
from hotline.tickets import profile
from telephony.hotlines import hours, sheet
from telephony.hotlines.directory import Directory
from telephony.transfers.destinations import Destination

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Monday 12:00 in Asia/Shanghai."""
NIGHT = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
"""Tuesday 02:00."""
CANCELLED = (
    "12396 12300 12349 12336 12312 12301 12356 96119 12330 12331 12358 12365 12322 12369 12319 12329 12318 12385"
)
KEPT = "12315 12348 12333 12328 12316 12320 12350 12393 12317"
SUB_CENTRES = "12360 12366 12313 12367 12305"


def directory(name: str = "yichun") -> Directory:
    return Directory(shipped(profile(name)))


def settings(tmp_path: Path, name: str = "yichun") -> Settings:
    return Settings(home=tmp_path, profile=name)


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_yichun_s_thirty_three_numbers_are_shipped_with_their_modes() -> None:
    merged = [one for one in directory().all() if not one.mode.emergency]
    # 18 entries of YC-18 name 19 numbers; 12320 is one of them, and is kept by YC-19 (AMB-25)
    assert {one.number for one in merged if one.mode.code == "full_merge"} == set(CANCELLED.split())
    assert {one.number for one in merged if one.mode.code == "dual_number"} == set(KEPT.split())
    assert {one.number for one in merged if one.mode.code == "sub_centre"} == set(SUB_CENTRES.split())


def test_the_contradiction_of_12320_is_flagged() -> None:
    assert {one.number for one in directory().flags()} == {"12320", "12356"}


@pytest.mark.parametrize("number", CANCELLED.split())
def test_a_cancelled_number_is_in_no_transfer_list_and_cannot_be_transferred_to(number: str) -> None:
    assert number not in {one.number for one, _ in directory().transfer_list(NOON)}
    with pytest.raises(Conflict) as refused:
        directory().destination(number, NOON)
    assert refused.value.code == "hotline_cancelled"


@pytest.mark.parametrize("number", KEPT.split())
def test_a_kept_number_without_seats_of_its_own_is_answered_by_12345(number: str) -> None:
    assert directory().destination(number, NOON) is None


@pytest.mark.parametrize("name", ["yichun", "jiangsu", "changzhi", "yangzhou", "fujian"])
def test_emergency_lines_are_known_in_every_profile_and_never_merged(name: str) -> None:
    numbers = {one.number for one in directory(name).emergencies()}
    assert {"110", "119", "120"} <= numbers


def test_who_is_not_connected_yet_is_told_so() -> None:
    with pytest.raises(Conflict) as refused:
        directory().destination("12366", NOON)
    assert refused.value.code == "hotline_not_connected"
    with pytest.raises(NotFound):
        directory().destination("99999", NOON)


def test_a_list_connects_a_sub_centre_in_its_hours(tmp_path: Path) -> None:
    text = "号码,名称,整合方式,中继,服务时间\n12366,税务,分中心,tax,1-5 08:30-12:30\n119,火警,联动,fire,\n"
    brought = take_in(settings(tmp_path), write(tmp_path, text))
    assert (len(brought.taken), brought.refused) == (2, [])
    lines = open_directory(settings(tmp_path))
    found = lines.destination("12366", NOON)
    assert found is not None
    assert (found.number, found.trunk, found.emergency) == ("12366", "tax", False)
    with pytest.raises(Conflict) as closed:
        lines.destination("12366", NIGHT)
    assert closed.value.code == "hotline_closed"
    fire = lines.destination("119", NIGHT)
    assert fire is not None
    assert fire.emergency
    assert {one.number: is_open for one, is_open in lines.transfer_list(NIGHT)}["12366"] is False


FAULTY = [
    ("12a,甲,分中心", "number"),
    (",甲,分中心", "number"),
    ("12366,,分中心", "name"),
    ("88001,甲,自创方式", "mode"),
    ("12366,税务,双号并行", "mode"),
    ("110,公安,整体并入", "mode"),
]


@pytest.mark.parametrize(("line", "field"), FAULTY)
def test_a_wrong_line_is_refused_with_its_number_and_reason_and_the_others_are_taken(
    tmp_path: Path, line: str, field: str
) -> None:
    text = f"number,name,mode\n88000,供水服务,expert_seat\n{line}\n88002,供电服务,expert_seat\n88000,重复,expert_seat\n"
    brought = take_in(settings(tmp_path), write(tmp_path, text))
    assert [one.number for one in brought.taken] == ["88000", "88002"]
    assert [refused.line for refused in brought.refused] == [3, 5]
    assert brought.refused[0].reason.startswith(field)
    assert "重复" in brought.refused[1].reason


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (datetime(2025, 9, 29, 2, 0, tzinfo=UTC), True),  # a Monday
        (datetime(2025, 9, 28, 2, 0, tzinfo=UTC), True),  # a Sunday worked for the National Day
        (datetime(2025, 10, 1, 2, 0, tzinfo=UTC), False),  # National Day, a Wednesday
        (datetime(2025, 9, 27, 2, 0, tzinfo=UTC), False),  # a Saturday
    ],
)
def test_public_holidays_are_closed_and_adjusted_working_days_open(tmp_path: Path, at: datetime, is_open: bool) -> None:
    take_in(
        settings(tmp_path), write(tmp_path, "号码,名称,整合方式,中继,服务时间\n12366,税务,分中心,tax,1-5 08:30-12:30\n")
    )
    assert {one.number: open_ for one, open_ in open_directory(settings(tmp_path)).transfer_list(at)}[
        "12366"
    ] is is_open


@pytest.mark.parametrize("hours_text", ["8点到5点", "1-5", "1-5 17:00-08:00", "1-9 08:00-17:00", "1-5 08:00-25:00"])
def test_hours_that_cannot_be_read_are_refused(hours_text: str) -> None:
    with pytest.raises(InvalidInput):
        hours.parse(hours_text)


def test_gb18030_and_xlsx_are_read_too(tmp_path: Path) -> None:
    rules = rules_of(profile("yichun"))
    text = "热线号码,热线名称,整合方式\n88000,供水服务,expert_seat\n"
    assert sheet.read(write(tmp_path, text, "gb18030"), rules).taken[0].name == "供水服务"
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (
        ["号码", "名称", "整合方式"],
        [88000, "供水服务", "expert_seat"],
        [None, None, None],
        [12358, "价格", "分中心"],
    ):
        page.append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    brought = sheet.read(path, rules)
    assert [one.number for one in brought.taken] == ["88000"]
    assert [(refused.line, refused.number) for refused in brought.refused] == [(4, "12358")]


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"no archive"), ("a.csv", b""), ("a.csv", b"a,b\n1,2\n")])
def test_a_file_that_is_no_list_changes_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput):
        take_in(settings(tmp_path), tmp_path / name)
    assert not (tmp_path / "hotlines.csv").exists()


def test_a_cancelled_number_does_not_come_back_by_a_list(tmp_path: Path) -> None:
    brought: Any = take_in(
        settings(tmp_path), write(tmp_path, "number,name,mode,status,trunk\n12358,价格,full_merge,启用,x\n")
    )
    assert brought.refused
    take_in(settings(tmp_path), write(tmp_path, "number,name,mode,trunk\n12358,价格,full_merge,x\n"))
    with pytest.raises(Conflict):
        open_directory(settings(tmp_path)).destination("12358", NOON)


def test_an_expert_seat_with_us_is_reached_by_its_phones_in_turn(tmp_path: Path) -> None:
    take_in(settings(tmp_path), write(tmp_path, "number,name,mode,seats\n88000,供水服务,expert_seat,8001 8002\n"))
    found = open_directory(settings(tmp_path)).destination("88000", NOON)
    assert found is not None
    assert (found.number, found.others, found.trunk, found.is_agent) == ("8001", ("8002",), "", True)


def test_a_calendar_that_cannot_be_read_keeps_nobody_from_being_transferred(tmp_path: Path) -> None:
    (tmp_path / "calendar.toml").write_text("not a calendar", "utf-8")
    assert open_directory(settings(tmp_path)).transfer_list(NOON)


def test_an_emergency_line_without_a_trunk_of_its_own_is_reached_over_the_carrier(tmp_path: Path) -> None:
    over = settings(tmp_path).model_copy(update={"asterisk": AsteriskSettings(carrier="10.9.8.7:5060")})
    lines = open_directory(over)
    fire = lines.destination("119", NIGHT)
    assert fire is not None
    assert (fire.channel, fire.emergency, fire.is_agent) == ("PJSIP/trunk/sip:119@10.9.8.7:5060", True, False)
    tax = lines.destination("12366", NOON)
    assert tax is not None
    assert tax.carrier
    assert {"119", "12366"} <= {one.number for one, _ in lines.transfer_list(NOON)}
    with pytest.raises(Conflict):
        lines.destination("12358", NOON)
    assert lines.destination("12315", NOON) is None, "its seats are with us"


@pytest.mark.parametrize("carrier", ["host", "host:port", "a b:5060", "x@y:5060", "host:5060/n"])
def test_a_gateway_that_would_break_out_of_the_dial_string_is_refused(carrier: str) -> None:
    with pytest.raises(InvalidInput):
        Destination("119", carrier=carrier)
