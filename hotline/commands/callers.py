"""`hotline callers`: the block list, and citizens who are to be called back."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.actors import SYSTEM
from core.clock import LOCAL
from core.settings import load_settings
from hotline.house import open_house
from routing.callers.block_list import BlockList, BlockView
from routing.callers.callbacks import callbacks_of

app = typer.Typer(help="来电人:黑名单、回拨 / Callers: block list, callbacks", no_args_is_help=True)
_console = Console()
_NOW = "交换机 3 秒内生效(hotline serve 运行时)。"
_NUMBER = Annotated[str, typer.Argument(help="电话号码,如 13800138000 或 07953991234")]
_REASON = Annotated[str, typer.Option("--reason", help="原因,会留存备查")]


@app.command("block", help="将号码列入黑名单 / Refuse a number until a day")
def block(
    number: _NUMBER,
    reason: _REASON,
    days: Annotated[int, typer.Option(min=1, max=180, help="限制天数")] = 30,
) -> None:
    """Refuse a number for some days; emergency numbers are never blocked."""

    async def act() -> None:
        async with open_house(load_settings(), "callers") as house:
            until = house.clock.now() + timedelta(days=days)
            entry = await BlockList(house.database, house.clock).block(number, reason=reason, until=until, actor=SYSTEM)
        _console.print(f"已列入:{_shown(entry)}。{_NOW}", highlight=False)
        _console.print("下一步:hotline callers list;解除用 hotline callers unblock 号码 --reason 原因", highlight=False)

    asyncio.run(act())


@app.command("unblock", help="解除黑名单 / Let a number in again")
def unblock(number: _NUMBER, reason: _REASON) -> None:
    """Take a number off the block list."""

    async def act() -> None:
        async with open_house(load_settings(), "callers") as house:
            entry = await BlockList(house.database, house.clock).unblock(number, reason=reason, actor=SYSTEM)
        _console.print(f"已解除:{entry.number.masked}。{_NOW}", highlight=False)

    asyncio.run(act())


@app.command("list", help="列出黑名单 / Show the block list")
def list_(past: Annotated[bool, typer.Option("--past", help="包括已到期和已解除的")] = False) -> None:
    """Print the entries that hold, or all; numbers are masked."""

    async def act() -> None:
        async with open_house(load_settings(), "callers") as house:
            entries = await BlockList(house.database, house.clock).list(with_past=past)
        table = Table("号码", "到期", "原因", "操作人", "拦截次数", "状态")
        for one in entries:
            state = "生效" if one.holds else ("已解除" if one.lifted_at else "已到期")
            until = f"{one.expires_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
            table.add_row(one.number.masked, until, one.reason, one.blocked_by, str(one.refused), state)
        _console.print(table)

    asyncio.run(act())


@app.command("callbacks", help="列出待回拨的来电人 / Show who is to be called back")
def callbacks(past: Annotated[bool, typer.Option("--past", help="包括已办结的,最近 100 条")] = False) -> None:
    """Print callbacks: the open ones by their place, or the newest; numbers are masked."""

    async def act() -> None:
        settings = load_settings()
        async with open_house(settings, "callers") as house:
            service = callbacks_of(house.database, house.clock, settings)
            found = await service.list(only_open=not past, limit=100)
        table = Table("号码", "来源", "队列", "排队时间", "状态", "未接通次数", "下次不早于")
        for one in found:
            kind = "排队中登记" if one.kind == "asked" else "未接来电"
            due = f"{one.not_before.astimezone(LOCAL):%m-%d %H:%M}" if one.not_before else ""
            since = f"{one.entered_at.astimezone(LOCAL):%m-%d %H:%M:%S}"
            table.add_row(one.number.masked, kind, one.queue, since, one.state.value, str(one.attempts), due)
        _console.print(table)

    asyncio.run(act())


def _shown(entry: BlockView) -> str:
    return f"{entry.number.masked},至 {entry.expires_at.astimezone(LOCAL):%Y-%m-%d %H:%M},原因:{entry.reason}"
