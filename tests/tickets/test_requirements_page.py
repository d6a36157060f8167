"""The page that says where each row of the requirements is done: complete, and true as far as a test can see."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "requirements.md"
GIVEN = ROOT.parent / "shared" / "regulations" / "requirements.md"
STATES = {"done", "partly", "issue 3", "issue 4", "issue 6", "later"}
ROW = re.compile(r"^\| ((?:JS|CZ|YC|YZ|FJ)-[^ |]+) \|(.*)\|$", re.MULTILINE)


def rows() -> dict[str, list[str]]:
    found = ROW.findall(PAGE.read_text("utf-8"))
    assert len(found) == len({name for name, _ in found}), "a row stands twice"
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def test_every_row_stands_on_the_page_once() -> None:
    assert len(rows()) == 351


def test_the_rows_are_those_of_the_matrix() -> None:
    if not GIVEN.exists():
        pytest.skip("../shared is not here: the page's own list of rows cannot be compared")
    assert set(rows()) == {name for name, _ in ROW.findall(GIVEN.read_text("utf-8"))}


def test_every_row_says_its_state_and_what_is_done_names_its_module_and_its_test() -> None:
    for name, (behaviour, state, where, test, note) in rows().items():
        assert behaviour, name
        assert state in STATES, name
        if state == "done":
            assert where, name
            assert test, name
        if state == "partly":
            assert where or note, name


def test_every_file_named_exists() -> None:
    named = set(re.findall(r"`([^`]+)`", "\n".join(" ".join(cells) for cells in rows().values())))
    assert len(named) > 40
    assert not [name for name in sorted(named) if not (ROOT / name).exists()]
