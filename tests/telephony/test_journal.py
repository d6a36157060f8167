"""The leg journal: no line is lost, whenever either side is killed."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import SystemClock
from core.ids import new_id
from telephony.journal import Journal, parse

CLOCK = SystemClock()


def line(**changed: Any) -> str:
    value = {
        "call": new_id(),
        "leg": new_id(),
        "party": "caller",
        "endpoint": "trunk",
        "channel": "main-1.0",
        "caller": "13900000001",
        "dialled": "12345",
        "queue": "general",
        "entered_at": 1772413200250,
        "recorded_at": None,
        "joined_at": None,
        "ended_at": 1772413209000,
        "mode": "waiting",
        "cause": 16,
        "file": None,
    }
    return json.dumps(value | changed, separators=(",", ":"))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path / "journal"


def write(directory: Path, text: str) -> None:
    with (directory / "legs.jsonl").open("a") as file:
        file.write(text)


def test_lines_are_read_and_the_file_is_kept_until_it_is_stored(directory: Path) -> None:
    write(directory, line() + "\n" + line() + "\n")
    journal = Journal(directory)
    (taken,) = journal.take()
    assert len(taken.lines) == 2
    journal.sweep(CLOCK.now() + timedelta(hours=1))
    assert taken.path.exists()
    journal.stored(taken)
    journal.sweep(CLOCK.now() + timedelta(hours=1))
    assert list(directory.iterdir()) == []


def test_a_reader_killed_before_its_commit_leaves_the_lines_to_the_next_one(directory: Path) -> None:
    write(directory, line() + "\n")
    Journal(directory).take()
    write(directory, line() + "\n")
    assert sum(len(file.lines) for file in Journal(directory).take()) == 2


def test_a_line_written_after_the_renaming_is_taken_too(directory: Path) -> None:
    write(directory, line() + "\n")
    journal = Journal(directory)
    (taken,) = journal.take()
    with taken.path.open("a") as writer_that_had_it_open:
        writer_that_had_it_open.write(line() + "\n")
    journal.stored(taken)
    journal.sweep(CLOCK.now() + timedelta(hours=1))
    (again,) = journal.take()
    assert len(again.lines) == 2


def test_a_stored_file_is_not_read_again_and_not_deleted_too_early(directory: Path) -> None:
    write(directory, line() + "\n")
    journal = Journal(directory)
    (taken,) = journal.take()
    journal.stored(taken)
    journal.sweep(CLOCK.now())
    assert taken.path.exists()
    assert journal.take() == []


def test_a_torn_last_line_costs_no_other_line_and_is_kept_for_people(directory: Path) -> None:
    write(directory, line() + "\n" + line()[:57])
    journal = Journal(directory)
    (taken,) = journal.take()
    assert (len(taken.lines), taken.damaged) == (1, 1)
    journal.stored(taken)
    journal.sweep(CLOCK.now() + timedelta(hours=1))
    assert [path.parent.name for path in directory.rglob("*.jsonl")] == ["damaged"]
    journal.sweep(CLOCK.now() + timedelta(days=29))
    assert [path.parent.name for path in directory.rglob("*.jsonl")] == ["damaged"]
    journal.sweep(CLOCK.now() + timedelta(days=31))
    assert list(directory.rglob("*.jsonl")) == []


def test_a_line_glued_to_a_torn_one_is_still_read() -> None:
    lines, damaged = parse([line()[:80] + line()])
    assert (len(lines), damaged) == (1, 1)


@pytest.mark.parametrize(
    "bad",
    [
        "null",
        "{}",
        "[]",
        "noise",
        line(call="../x"),
        line(leg="1' OR 1=1"),
        line(party="nobody"),
        line(ended_at=None),
        line(ended_at="soon"),
        line(ended_at=1e300),
    ],
)
def test_what_is_no_line_is_counted_and_left_out(bad: str) -> None:
    lines, damaged = parse([bad, line(), ""])
    assert (len(lines), damaged) == (1, 1)


def test_a_recording_s_name_cannot_leave_the_spool() -> None:
    lines, _ = parse([line(file="legs/../../../etc/x.wav")])
    assert lines[0].file == "legs/x.wav"


def test_no_journal_is_no_error(tmp_path: Path) -> None:
    assert Journal(tmp_path / "absent").take() == []
