"""`python -m hotline.acceptance FILE.yaml`: run examples of the regulations through the real rules."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core.errors import HotlineError
from hotline.acceptance.run import LOADED_UNTIL, Result, run, words
from hotline.acceptance.schema import load

_WRONG_FILE = 2
application = typer.Typer(add_completion=False)


@application.command()
def main(
    files: Annotated[list[Path], typer.Argument(help="Files of examples.")],
    calendar_until: Annotated[str, typer.Option(help="Last day of the published calendar.")] = str(LOADED_UNTIL),
) -> None:
    """Run every example; print those that fail, then how many passed. Exit status 0 if none failed."""
    try:
        last_official = date.fromisoformat(calendar_until)
        examples = [example for path in files for example in load(path)]
    except (HotlineError, ValueError) as wrong:
        typer.echo(f"error: {wrong}", err=True)
        raise typer.Exit(_WRONG_FILE) from None
    results = run(examples, last_official)
    failed = [result for result in results if not result.passed]
    for result in failed:
        _print(result)
    typer.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


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
