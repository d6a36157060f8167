"""The list of commands: every one is there with its help, and nothing is imported to show it."""

import subprocess
import sys
from importlib import import_module

import pytest
import typer.main
from typer.testing import CliRunner

from hotline.cli import _COMMANDS, _help_in, app


@pytest.mark.parametrize("module", _COMMANDS.values())
def test_the_list_says_of_a_command_what_the_command_says_of_itself(module: str) -> None:
    said = typer.main.get_command(import_module(module).app).help
    assert said
    assert _help_in(module) == said


def test_the_list_of_commands_imports_none_of_them() -> None:
    look = "import sys; from hotline.cli import app; app(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert "doctor" in shown
    assert "sqlalchemy" not in shown
    assert "hotline.commands.doctor" not in shown


def test_a_command_that_is_not_there_is_told() -> None:
    answer = CliRunner().invoke(app, ["nonsense"])
    assert answer.exit_code == 2
    assert "nonsense" in answer.output
