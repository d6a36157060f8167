"""`python -m hotline.acceptance FILE.yaml`: run examples of the regulations through the real rules."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core.errors import HotlineError
from hotline.acceptance.files import load
from hotline.acceptance.run import LOADED_UNTIL, Result, run, words
from hotline.acceptance.schema import Example, Fault
from hotline.acceptance.vocabulary import TOPICS

_FAILED, _WRONG_FILE = 1, 2
application = typer.Typer(add_completion=False)


@application.command()
def main(
    files: Annotated[list[Path], typer.Argument(help="Files of examples.")],
    calendar_until: Annotated[str, typer.Option(help="Last day of the published calendar.")] = str(LOADED_UNTIL),
) -> None:
    """Run every example; print those that fail, then how many passed.

    Exit status: 0 if none failed, 1 if one did, 2 if a file could not be read (it counts as one that failed).
    """
    try:
        last_official = date.fromisoformat(calendar_until)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--calendar-until") from None
    examples: list[Example | Fault] = []
    unread = 0
    for path in files:
        try:
            examples += load(path)
        except HotlineError as wrong:
            typer.echo(f"error: {wrong}", err=True)
            unread += 1
    _note_topics(examples)
    results = run(examples, last_official)
    failed = [result for result in results if not result.passed]
    for result in failed:
        _print(result)
    typer.echo(f"{len(results) - len(failed)} passed, {len(failed) + unread} failed")
    raise typer.Exit(_WRONG_FILE if unread else _FAILED if failed else 0)


def _note_topics(examples: Sequence[Example | Fault]) -> None:
    """Tell of topics that nobody knows: a topic decides nothing, so its example is run all the same."""
    for example in examples:
        if isinstance(example, Example) and example.topic and example.topic not in TOPICS:
            typer.echo(f"note {example.id}: unknown topic {example.topic!r}, run all the same", err=True)


def _print(result: Result) -> None:
    typer.echo(f"FAILED {result.id}  {result.title}".rstrip())
    if result.problem:
        typer.echo(f"  {result.problem}")
    for difference in result.differences:
        typer.echo(f"  {difference.key}: expected {words(difference.expected)}, got {words(difference.got)}")
        for line in difference.counting:
            typer.echo(f"    {line}")


if __name__ == "__main__":
    application(prog_name="python -m hotline.acceptance")
