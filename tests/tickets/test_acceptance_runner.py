"""The acceptance runner: the regulations' own examples, ours, and files that are wrong."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.acceptance.__main__ import application
from hotline.acceptance.files import load
from hotline.acceptance.run import Result, run
from hotline.acceptance.schema import Example, Fault
from hotline.acceptance.vocabulary import EVENTS, EXPECTATIONS, TOPICS
from tickets.rules.intake import FACTS

DATA = Path(__file__).parent / "data"
GIVEN = Path(__file__).parents[3] / "shared" / "regulations" / "acceptance.yaml"
FILES = sorted(DATA.glob("*.yaml"))


def parameters() -> list[object]:
    return [
        pytest.param(example, result, id=example.id)
        for path in FILES
        for examples in [load(path)]
        for example, result in zip(examples, run(examples), strict=True)
    ]


@pytest.mark.parametrize(("example", "result"), parameters())
def test_the_rules_do_what_the_example_says(example: Example | Fault, result: Result) -> None:
    assert isinstance(example, Example), example
    assert result.passed, result


def test_ours_vary_every_topic_and_are_more_than_the_given() -> None:
    given, own = (
        load(DATA / "regulations.yaml"),
        [e for path in FILES if path.stem.startswith("own") for e in load(path)],
    )
    assert len(given) == 184
    assert len(own) > len(given)
    used = {event.event for example in [*given, *own] if isinstance(example, Example) for event in example.events}
    assert used == set(EVENTS)
    assert {key for e in [*given, *own] if isinstance(e, Example) for key in e.expect} == EXPECTATIONS
    assert {example.topic for example in given if isinstance(example, Example)} == TOPICS


def test_every_finding_at_intake_has_its_example_in_every_profile() -> None:
    screened = {
        (example.profile, event.fields["fact"])
        for path in FILES
        for example in load(path)
        if isinstance(example, Example)
        for event in example.events
        if event.event == "intake_screened"
    }
    assert screened == {(profile, fact) for profile in ("JS", "CZ", "YC", "YZ", "FJ") for fact in FACTS}


def test_the_copy_is_what_was_given() -> None:
    if not GIVEN.exists():
        pytest.skip("../shared is not here: the copy in tests/tickets/data cannot be compared")
    assert (DATA / "regulations.yaml").read_bytes() == GIVEN.read_bytes()


def command(*arguments: str) -> tuple[int, list[str], str]:
    done = CliRunner().invoke(application, list(arguments))
    return done.exit_code, done.stdout.splitlines(), done.stderr


def test_all_pass_and_the_last_line_counts_them() -> None:
    status, lines, _ = command(str(DATA / "regulations.yaml"))
    assert (status, lines) == (0, ["184 passed, 0 failed"])


def test_a_failing_example_shows_expected_got_and_the_counting(tmp_path: Path) -> None:
    text = (DATA / "regulations.yaml").read_text("utf-8").split("- id: AC-JS-002")[0]
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace('resolve_due: "2026-03-05T17:30', 'resolve_due: "2026-03-06T17:30'), "utf-8")
    status, lines, _ = command(str(wrong))
    assert status == 1
    assert lines[0].startswith("FAILED AC-JS-001")
    assert lines[1] == "  resolve_due: expected '2026-03-06T17:30:00+08:00', got 2026-03-05T17:30:00+08:00"
    assert "    第3个工作日 = 2026-03-05(周四)" in lines
    assert "    依据JS-11.3c" in lines
    assert lines[-1] == "0 passed, 1 failed"


EVENT = '{at: "2026-03-02T10:00:00+08:00", event: created}'


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"events": '[{at: "2026-03-02T10:00:00+08:00", event: invented}]'}, "unknown event 'invented'"),
        ({"events": '[{at: "2026-03-02T10:00:00", event: created}]'}, "zone"),
        ({"events": '[{at: "2026-03-02T10:00:00+08:00", event: created, urgent: "perhaps"}]'}, "created.urgent"),
        ({"events": '[{at: "2026-03-02T10:00:00+08:00", event: created, colour: red}]'}, "unknown field 'colour'"),
        ({"query_at": '"2026-03-01T10:00:00+08:00"'}, "before the last event"),
        ({"category": "praise"}, "category"),
        ({"expect": "{mood: good}"}, "mood"),
        ({"profile": "XX"}, "unknown profile 'XX'"),
        ({"events": '[{at: "2026-03-02T10:00:00+08:00", event: metric, name: on_time_rate, due: null}]'}, "missing"),
        ({"events": '[{at: "2026-03-02T10:00:00+08:00", event: metric, name: annual_score, months: [a]}]'}, "months"),
        ({"events": '[{at: "2026-03-02T10:00:00+08:00", event: intake_screened}]'}, "fact is missing"),
        ({"events": '[{at: "2026-03-02T10:00:00+08:00", event: call_dialed}]'}, "neither number nor legacy_kind"),
        ({"events": '[{at: "0001-01-01T00:00:00+08:00", event: created}]'}, "between 1950 and 2150"),
        (
            {"events": f'[{EVENT}, {{at: "2026-03-02T10:00:00+08:00", event: dispatched, special_limit_days: -1}}]'},
            "days",
        ),
        ({"events": f'[{EVENT}, {{at: "2026-03-02T10:00:00+08:00", event: closed}}]'}, "closed"),
    ],
)
def test_an_example_that_is_wrong_fails_with_the_reason(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    example = {
        "id": "X", "profile": "JS", "category": "help", "events": f"[{EVENT}]",
        "query_at": '"2026-03-02T11:00:00+08:00"', "expect": "{state: created}",
    }  # fmt: skip
    path = tmp_path / "one.yaml"
    path.write_text("- {" + ", ".join(f"{key}: {value}" for key, value in (example | changes).items()) + "}", "utf-8")
    status, lines, _ = command(str(path))
    assert status == 1
    assert reason in "\n".join(lines)
    assert lines[-1] == "0 passed, 1 failed"


ONE = (
    "- {id: %s, profile: JS, events: [{at: 2026-03-02T10:00:00+08:00, event: intake_screened, fact: privacy}], "
    "query_at: 2026-03-02T10:00:00+08:00, expect: {clause: 9.3}}\n"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "not YAML"),
        ("a: 1", "a list of examples is expected, this is a mapping"),
        ("[]", "the file is empty"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_is_wrong_is_named_in_one_line_and_the_others_are_run(
    tmp_path: Path, text: str, reason: str
) -> None:
    path, good = tmp_path / "wrong.yaml", tmp_path / "good.yaml"
    path.write_text(text, "utf-8")
    good.write_text(ONE % "A", "utf-8")
    status, lines, error = command(str(path), str(good))
    assert (status, lines) == (2, ["1 passed, 1 failed"])
    assert reason in error
    assert "wrong.yaml" in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("entry", "named", "reason"),
    [
        ("- [A, B]\n", "example number 2", "an example is a mapping of keys, this is a list"),
        ("- {id: B, profile: JS\n", "B", "not YAML"),
        (ONE.replace("expect: {clause: 9.3}", "counting: {}") % "B", "B", "expect: Field required"),
        (ONE.replace("expect:", "expects:") % "B", "B", "expect: Field required"),
        (ONE.replace("03-02T10:00:00+08:00, event", "02-30T10:00:00+08:00, event") % "B", "B", "events.0.at"),
        (ONE % "A", "A", "the id stands 2 times in mixed.yaml"),
    ],
)
def test_what_is_wrong_in_one_example_costs_that_example_alone(
    tmp_path: Path, entry: str, named: str, reason: str
) -> None:
    path = tmp_path / "mixed.yaml"
    path.write_text("# examples\n" + ONE % "A" + entry + ONE % "C", "utf-8")
    status, lines, _ = command(str(path))
    assert status == 1
    assert lines[0].startswith(f"FAILED {named}")
    assert reason in lines[1]
    assert lines[-1] == "2 passed, 1 failed"


def test_what_is_for_people_may_say_anything(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(ONE.replace("profile", "title: null, counting: null, clauses: 9.3, profile") % "A", "utf-8")
    assert command(str(path))[:2] == (0, ["1 passed, 0 failed"])


def test_an_unknown_topic_is_noted_and_its_example_run(tmp_path: Path) -> None:
    path = tmp_path / "topic.yaml"
    path.write_text(ONE.replace("profile", "topic: weather, profile") % "A", "utf-8")
    status, lines, error = command(str(path))
    assert (status, lines) == (0, ["1 passed, 0 failed"])
    assert error.strip() == "note A: unknown topic 'weather', run all the same"


def test_words_need_no_quotes_and_instants_neither(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(
        "- {id: 7, profile: JS, category: null, clauses: 9.5, title: 1, events: [{at: 2026-03-02T10:00:00+08:00, "
        "event: intake_screened, fact: emergency_rescue}], query_at: 2026-03-02T10:00:00+08:00, expect: {clause: 9.5}}",
        "utf-8",
    )
    assert command(str(path))[:2] == (0, ["1 passed, 0 failed"])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    status, lines, error = command(str(tmp_path / "nothing.yaml"))
    assert (status, lines) == (2, ["0 passed, 1 failed"])
    assert "nothing.yaml" in error


def test_a_calendar_that_ends_earlier_makes_deadlines_provisional() -> None:
    status, lines, _ = command(str(DATA / "regulations.yaml"), "--calendar-until", "2025-12-31")
    assert status == 1
    assert any("calendar_status" in line or "resolve_due" in line for line in lines)
