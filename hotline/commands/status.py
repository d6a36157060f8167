"""`hotline status`: what the running platform says of its parts."""

from typing import Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from core.errors import PartUnavailable
from core.settings import ApiSettings, load_settings

app = typer.Typer()
_PATIENCE_SECONDS = 5.0


@app.command(help="运行状态:各部件是否可用 / Which parts of the running platform work")
def status() -> None:
    """Print what `/readyz` says; exit code 1 unless every part works."""
    state = _ask(load_settings().api)
    table = Table("部件", "状态", "处理办法")
    for name, part in state["parts"].items():
        colour = "green" if part["ok"] else "bold red"
        table.add_row(name, f"[{colour}]{part['state']}[/]", part["remedy"])
    Console().print(table)
    raise typer.Exit(0 if state["status"] == "ready" else 1)


def _ask(api: ApiSettings) -> dict[str, Any]:
    url = f"http://{api.host}:{api.port}/readyz"
    try:
        answer: dict[str, Any] = httpx.get(url, timeout=_PATIENCE_SECONDS, trust_env=False).json()
    except (httpx.HTTPError, ValueError) as error:
        raise PartUnavailable(
            "api", f"{url} 没有回应", remedy="运行 hotline serve;若已运行,查看 api 角色的日志"
        ) from error
    return answer
