import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id
from core.logs import bind_call, scrub, setup
from core.personal import Personal


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    setup("json", logging.DEBUG)
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_is_json_with_time_level_call_and_no_personal_data(lines: io.StringIO) -> None:
    call_id = new_id()
    bind_call(call_id)
    structlog.get_logger("x").info("来电", caller=Personal("13912345678"), nested={"who": [Personal("王小明")]})
    line = json.loads(lines.getvalue())
    assert line["call_id"] == call_id
    assert line["level"] == "info"
    assert line["logger"] == "x"
    assert line["timestamp"].endswith("Z")
    assert line["caller"] == "139****5678"
    assert line["nested"] == {"who": ["王**"]}


def test_the_standard_library_is_written_in_the_same_form(lines: io.StringIO) -> None:
    bind_call("c")
    logging.getLogger("library").warning("ring %s", "13912345678")
    line = json.loads(lines.getvalue())
    assert (line["event"], line["level"], line["call_id"]) == ("ring 139****5678", "warning", "c")


def test_numbers_in_a_trace_are_masked(lines: io.StringIO) -> None:
    try:
        raise ValueError("no such phone 13912345678")  # noqa: TRY301
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "13912345678" not in lines.getvalue()
    assert "ValueError" in json.loads(lines.getvalue())["exception"]


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("来电13912345678已接", "来电139****5678已接"),
        ("phone13912345678", "phone139****5678"),
        ("+8613912345678.", "+86****5678."),
        ("sip:13912345678@10.0.0.1:5060", "sip:139****5678@10.0.0.1:5060"),
        ("139 1234 5678", "139****5678"),
        ("0795-3212345", "079****2345"),
        ("证件36220119900101123X", "证件362****123X"),
        ("3212345", "3****45"),
    ],
)
def test_what_looks_like_a_phone_or_an_id_card_is_masked(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T01:00:00.123456Z",
        "PJSIP/8001-00000012",
        "1774400000.12",
        "took 0.30000000000000004 s on port 5060",
        "12345",
        "a" * 8 + "0123456789" * 5 + "abcdef",
    ],
)
def test_times_channels_ports_and_checksums_stay(text: str) -> None:
    assert scrub(text) == text


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_an_id_is_never_touched(time: int, random: int) -> None:
    digits = f"{time:012x}7{random >> 62 & 0xFFF:03x}{8 + (random >> 60 & 3):x}{random & (2**60 - 1):015x}"
    identifier = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    assert scrub(f"call {identifier} ended") == f"call {identifier} ended"


@given(
    st.text(alphabet=" 号码:,。@abcxyz", max_size=8),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text(alphabet=" 号:,。@xyz", max_size=8),
)
def test_no_mobile_number_survives(before: str, phone: str, after: str) -> None:
    assert phone not in scrub(before + phone + after)
