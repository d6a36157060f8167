"""`hotline doctor`."""

import typer

from hotline.doctor import run

app = typer.Typer()


@app.command(help="自检:缺什么、怎么办 / Look for what is wrong, with remedies")
def doctor() -> None:
    """Look at the machine and the instance; exit code 1 when something is wrong."""
    raise typer.Exit(run())
