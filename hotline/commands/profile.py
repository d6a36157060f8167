"""`hotline profile`: regional profiles: list, show, check, copy one to change it."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.errors import InvalidInput
from core.settings import load_settings
from hotline.tickets import own_profiles
from tickets.profile import PROFILES, load_profile
from tickets.profile_files import names

app = typer.Typer(help="地方规则 / Regional profiles", no_args_is_help=True)
_console = Console()

Name = Annotated[str, typer.Argument(help="名称")]


@app.command("list", help="列出全部 / List all")
def list_() -> None:
    """List the profiles, the one in force marked."""
    settings = load_settings()
    own = own_profiles(settings)
    table = Table("", "名称", "标题", "依据", "沿用", "版本", "文件")
    for name in names([own, PROFILES]):
        found = load_profile(name, own=own)
        place = "本地" if (own / f"{name}.toml").exists() else "自带"
        chosen = "●" if name == settings.profile else ""
        table.add_row(chosen, name, found.title, found.regulation, found.inherited_from, found.version, place)
    _console.print(table)
    _console.print("下一步:hotline profile copy 名称 新名称,修改后在 hotline.toml 中设置 profile", highlight=False)


@app.command("check", help="检查 / Check one")
def check(name: Name) -> None:
    """Read and validate a profile; a fault is told with file, key and reason."""
    found = load_profile(name, own=own_profiles(load_settings()))
    _console.print(f"[green]✓[/] {found.title} 版本 {found.version}。新工单按设置中的 profile 生成", highlight=False)


@app.command("copy", help="复制为自己的规则 / Copy one to change it")
def copy(name: Name, new: Annotated[str, typer.Argument(help="新名称")]) -> None:
    """Write `<home>/profiles/<new>.toml`, which inherits `name`: only what differs is written into it."""
    own = own_profiles(load_settings())
    found = load_profile(name, own=own)
    if not new.isidentifier() or not new.islower() or not new.isascii():
        raise InvalidInput("new", "只能用小写字母、数字和下划线,以字母开头")
    path = own / f"{new}.toml"
    if path.exists() or new in names([PROFILES]):
        raise InvalidInput("new", f"已有 {new}")
    own.mkdir(parents=True, exist_ok=True)
    text = f"# 沿用 {found.title};只写不同之处,例如:\n# [categories.consult]\n"
    text += (
        '# limit = { amount = 1, unit = "working_days", start = "dispatched", clause = "…", basis = "regulation" }\n'
    )
    path.write_text(f'{text}inherits = "{name}"\nname = "{new}"\n', "utf-8")
    load_profile(new, own=own)
    _console.print(f"已写入 {path}。下一步:修改后 hotline profile check {new}", highlight=False)
