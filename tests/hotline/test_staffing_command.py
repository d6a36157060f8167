"""`hotline staffing` as a person runs it."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli import app

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "half-hours.csv"


def test_the_example_gives_a_table_of_agents_and_the_same_as_a_file(tmp_path: Path) -> None:
    written = tmp_path / "plan.csv"
    options = ["--csv", str(EXAMPLE), "--date", "2026-11-23", "--write", str(written)]
    ran = CliRunner().invoke(app, ["staffing", *options])
    assert ran.exit_code == 0, ran.output
    for wanted in ("2026-11-23", "80%", "15 秒", "Erlang C", "Erlang A", "应排班", "同星期的工作日中位数", "下一步"):
        assert wanted in ran.output
    rows = list(csv.DictReader(written.read_text("utf-8").splitlines()))
    assert len(rows) == 48
    night, morning = rows[5], rows[19]
    assert int(night["at_phone"]) == 1
    assert int(morning["rostered"]) > int(morning["at_phone"]) > int(night["at_phone"])
    assert all(int(row["erlang_a"]) <= int(row["erlang_c"]) for row in rows)


def test_a_higher_target_never_needs_fewer_agents(tmp_path: Path) -> None:
    def rostered(target: str) -> list[int]:
        written = tmp_path / f"{target}.csv"
        options = ["--csv", str(EXAMPLE), "--date", "2026-11-23", "--target", target, "--write", str(written)]
        assert CliRunner().invoke(app, ["staffing", *options]).exit_code == 0
        return [int(row["rostered"]) for row in csv.DictReader(written.read_text("utf-8").splitlines())]

    assert all(more >= fewer for more, fewer in zip(rostered("0.95"), rostered("0.8"), strict=True))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--target", "1.5"], "target"),
        (["--date", "tomorrow"], "date"),
        (["--shrinkage", "1"], "shrinkage"),
        (["--aht", "0"], "aht"),
        (["--queue", "nobody", "--date", "2020-01-01"], "没有历史"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_reason(
    options: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = CliRunner().invoke(app, ["staffing", "--csv", str(EXAMPLE), *options])
    assert ran.exit_code == 1
    assert named in ran.output + capsys.readouterr().err


def test_a_file_that_is_not_there_is_named() -> None:
    ran = CliRunner().invoke(app, ["staffing", "--csv", "/nowhere.csv"])
    assert ran.exit_code == 1
    assert "/nowhere.csv" in ran.output
