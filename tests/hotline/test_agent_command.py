"""`hotline agent` as an operator runs it, on an instance whose switch and broker are not running."""

import pytest
from typer.testing import CliRunner

from hotline.cli import app

pytestmark = pytest.mark.usefixtures("home")


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["agent", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_deactivated_agent_keeps_his_record_and_frees_his_number() -> None:
    run("add", "8001", "王芳")
    assert "8001 王芳 已停用" in run("deactivate", "8001")
    assert "停用" in run("list")
    run("add", "8001", "李明")
    listed = run("list")
    assert "王芳" in listed
    assert "李明" in listed


def test_an_agent_who_is_not_there_cannot_be_deactivated() -> None:
    assert CliRunner().invoke(app, ["agent", "deactivate", "8009"]).exit_code != 0


def test_the_login_of_a_deactivated_agent_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    added = run("add", "8001", "王芳")
    agent_id = added.split("坐席 ")[1].split("\n")[0].strip()
    monkeypatch.setenv("HOTLINE_PASSWORD", "Long-enough-9-words")
    words = ["account", "add", "a8001", "王芳", "--role", "agent", "--agent", agent_id]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert "登录账号 a8001 已锁定" in run("deactivate", "8001")
