"""`hotline`: the command line. Errors are plain sentences with a remedy; the exit code is 1 then."""

import sys
from importlib import import_module
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
        del ctx
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = typer.main.get_command(import_module(module).app)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except HotlineError as error:
            # one line whatever its length: it stands in logs too, where somebody searches for its words
            Console(stderr=True).print(f"[bold red]✗[/] {escape(error.message)}", highlight=False, soft_wrap=True)
            sys.exit(1)


app = typer.Typer(cls=_Commands, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def hotline() -> None:
    """12345 政务服务便民热线平台 / open 12345 hotline platform."""
