"""`hotline plan` as an operator runs it, on an instance without a broker."""

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from core.actors import SYSTEM
from core.clock import SystemClock
from hotline.cli import app
from routing.plan.service import SHIPPED
from routing.service import AgentDirectory
from tests.hotline.conftest import opened

PLAN = """\
[[queues]]
name = "general"
label = "综合"

[[agents]]
number = "8001"
queues = ["general"]

[[surges]]
name = "typhoon"
label = "台风"
announcement = "surge-typhoon"
"""


@pytest.fixture
def home(home: Path) -> Path:
    """An instance with agent 8001."""

    async def fill() -> None:
        async with opened(home) as database:
            await AgentDirectory(database, SystemClock()).add(number="8001", name="王芳", actor=SYSTEM)

    asyncio.run(fill())
    return home


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["plan", *words])


def write(tmp_path: Path, text: str) -> str:
    file = tmp_path / "plan.toml"
    file.write_text(text, "utf-8")
    return str(file)


@pytest.mark.usefixtures("home")
def test_a_plan_is_checked_activated_shown_surged_and_taken_back(tmp_path: Path) -> None:
    file = write(tmp_path, PLAN)
    assert "出厂方案" in run("show").output
    assert "可以启用" in run("check", file).output
    activated = run("activate", file, "--reason", "试用")
    assert (activated.exit_code, "第 1 版" in activated.output) == (0, True)
    assert run("show", "--source").output.strip() == PLAN.strip()
    assert "第 2 版" in run("surge", "typhoon").output
    assert "typhoon" in run("show").output
    assert run("activate", "0").exit_code == 0
    assert run("show", "--source").output.strip() == SHIPPED.read_text("utf-8").strip()
    assert "试用" in run("history").output


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("act", ["check", "activate"])
def test_a_plan_with_faults_is_refused_with_line_and_reason(
    act: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(act, write(tmp_path, PLAN.replace("8001", "8009")))
    told = ran.output + capsys.readouterr().err
    assert ran.exit_code == 1
    assert "第6行" in told
    assert "8009" in told


@pytest.mark.usefixtures("home")
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for file in (str(tmp_path / "none"), str(binary), str(tmp_path)):
        ran = run("activate", file)
        assert ran.exit_code == 1
        assert file in ran.output + capsys.readouterr().err


def test_without_an_instance_a_file_is_checked_but_for_its_agents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "none"))
    assert "未核对坐席号码" in run("check", write(tmp_path, PLAN)).output
    ran = run("check", write(tmp_path, PLAN.replace('queues = ["general"]', 'queues = ["x"]')))
    assert ran.exit_code == 1
    assert "第7行" in ran.output + capsys.readouterr().err
