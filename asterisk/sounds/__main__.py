"""`python -m asterisk.sounds`: list the announcements, make them of recordings, or let a machine speak what is missing.

uv run python -m asterisk.sounds list
uv run python -m asterisk.sounds record DIRECTORY     # DIRECTORY/<name>.wav of an announcer, any rate
uv run python -m asterisk.sounds speak [NAME …]       # espeak-ng: those named, else those without a sound
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from asterisk.sounds.prompts import RATE, Prompt, convert, prompts, speak
from core.errors import HotlineError

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command("list")
def list_() -> None:
    """Print every announcement with its length and text; those without a sound are marked."""
    for prompt in prompts():
        length = f"{prompt.path.stat().st_size / RATE:5.1f} s" if prompt.path.exists() else "missing"
        typer.echo(f"{prompt.name:20} {length}  {prompt.text}")
    typer.echo("next: record DIRECTORY, or speak")


@app.command()
def record(directory: Path) -> None:
    """Take over an announcer's recordings, one audio file a name; names that are not listed are refused."""
    known = {prompt.name: prompt for prompt in prompts()}
    files = sorted(path for path in directory.iterdir() if path.is_file())
    unknown = [path.name for path in files if path.stem not in known]
    if unknown:
        raise typer.BadParameter(f"not in prompts.tsv: {', '.join(unknown)}")
    for path in files:
        convert(path, known[path.stem].path)
    typer.echo(f"{len(files)} of {len(known)} announcements recorded; note the voice in prompts.tsv")


@app.command("speak")
def speak_(names: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Let espeak-ng speak the announcements named, else those that have no sound."""

    def wanted(prompt: Prompt) -> bool:
        return prompt.name in names if names else not prompt.path.exists()

    for prompt in filter(wanted, prompts()):
        speak(prompt, prompt.path)
        typer.echo(f"{prompt.name}: {prompt.spoken}")
    typer.echo("note the voice in prompts.tsv: espeak-ng")


if __name__ == "__main__":
    try:
        app()
    except HotlineError as error:
        sys.exit(error.message)
