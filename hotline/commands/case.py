"""`hotline case`: check sealed case files."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.errors import PartUnavailable
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import load_settings
from tickets.casefile.bundle import check

app = typer.Typer(help="封存案卷 / Sealed case files", no_args_is_help=True)
_console = Console()


@app.command("verify", help="校验案卷是否完整、未被改动 / Check that a case file is whole")
def verify(
    file: Annotated[Path, typer.Argument(help="案卷 ZIP / the case file")],
    key: Annotated[
        str | None, typer.Option("--key", help="封存机构的公钥;不给时用本机构的 / public key of who sealed it")
    ] = None,
) -> None:
    """Check hashes, signature and the chain of the ledger; exit code 1 when anything is wrong."""
    try:
        checked = check(file, key or _own_key())
    except OSError as error:
        raise PartUnavailable("case", f"无法读取 {file}({error.strerror})", remedy="检查路径和权限") from error
    for fault in checked.faults:
        _console.print(f"[red]✗[/] {fault}", highlight=False, markup=True, soft_wrap=True)
    if checked.faults:
        raise typer.Exit(1)
    _console.print(
        f"✓ 案卷 {checked.number} 完整:{checked.files} 个文件,台账 {checked.events} 条,签名密钥 {checked.public}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


@app.command("key", help="显示本机构的公钥 / Show the public key")
def key() -> None:
    """Show the key that a receiver checks our case files with."""
    _console.print(_own_key(), highlight=False, soft_wrap=True)


def _own_key() -> str:
    return PersonalKeys(Secrets.load(load_settings().home).personal_key).seal.public
