"""`hotline`: the command line. Errors are plain sentences with a remedy; the exit code is 1 then."""

import ast
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
import typer.core
from rich.console import Console
from rich.markup import escape

from core.errors import HotlineError

_COMMANDS = {
    "init": "hotline.commands.init",
    "serve": "hotline.commands.serve",
    "status": "hotline.commands.status",
    "demo": "hotline.demo.command",
    "doctor": "hotline.commands.doctor",
    "agent": "hotline.commands.agent",
    "account": "hotline.commands.account",
    "profile": "hotline.commands.profile",
    "calendar": "hotline.commands.calendar",
    "plan": "hotline.commands.plan",
    "hotlines": "hotline.commands.hotlines",
    "probe": "hotline.commands.probe",
    "asterisk": "hotline.commands.asterisk",
    "models": "hotline.models_cli",
    "lexicon": "hotline.commands.lexicon",
    "prefill": "hotline.commands.prefill",
    "knowledge": "hotline.commands.knowledge",
    "callers": "hotline.commands.callers",
    "outbox": "hotline.commands.outbox",
    "retention": "hotline.commands.retention",
    "case": "hotline.commands.case",
    "staffing": "hotline.commands.staffing",
}
"""Each module has a Typer `app`; it is imported when its command is used, so that a role starts quickly."""


class _Commands(typer.core.TyperGroup):
    """Finds subcommands in `_COMMANDS`, and shows our own errors as sentences."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return what the list of commands shows of one; nothing of it is imported."""
        del ctx
        module = _COMMANDS.get(cmd_name)
        return None if module is None else typer.core.TyperCommand(cmd_name, help=_help_in(module))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is used, its module imported."""
        name, shown, rest = super().resolve_command(ctx, args)
        if name is None or shown is None:
            return name, shown, rest
        command = typer.main.get_command(import_module(_COMMANDS[name]).app)
        command.name = name
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except HotlineError as error:
            # one line whatever its length: it stands in logs too, where somebody searches for its words
            Console(stderr=True).print(f"[bold red]✗[/] {escape(error.message)}", highlight=False, soft_wrap=True)
            sys.exit(1)


def _help_in(module: str) -> str:
    """Return the help of a command as it stands in its module's text: of its app, or of its only command."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    calls = [node for node in ast.walk(ast.parse(Path(spec.origin).read_text("utf-8"))) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in {"Typer", "command"}]
    told = [word.value for call in made for word in call.keywords if word.arg == "help"]
    return next((str(text.value) for text in told if isinstance(text, ast.Constant)), "")


app = typer.Typer(cls=_Commands, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def hotline() -> None:
    """12345 政务服务便民热线平台 / open 12345 hotline platform."""
