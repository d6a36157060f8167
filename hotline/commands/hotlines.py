"""`hotline hotlines`: the directory of merged hotlines."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.clock import SystemClock
from core.personal import Personal
from core.settings import load_settings
from hotline.hotlines import open_directory, own_list, take_in
from hotline.house import open_house
from hotline.topics import TRUNKS
from telephony.hotlines.directory import Hotline, Status
from telephony.hotlines.traffic import by_hotline
from telephony.probes import probe_numbers
from telephony.service import CallRecorder

app = typer.Typer(help="热线目录 / Directory of hotlines", no_args_is_help=True)
_console = Console()
_STATUS = {Status.ACTIVE: "启用", Status.CANCELLED: "[dim]已取消[/]", Status.SUSPENDED: "暂停"}


@app.command("list", help="列出热线目录 / List the directory of hotlines")
def list_(
    transfer: Annotated[bool, typer.Option("--transfer", help="只列现在可转接的")] = False,
) -> None:
    """Print the directory of this centre."""
    directory, now = open_directory(load_settings()), SystemClock().now()
    shown = [one for one, _ in directory.transfer_list(now)] if transfer else directory.all()
    table = Table("号码", "名称", "整合方式", "状态", "接通方式", "服务时间", "依据")
    for one in shown:
        table.add_row(
            one.number,
            one.name,
            one.mode.title,
            _STATUS[one.status],
            _way(one),
            one.hours.text or "24 小时",
            one.clause,
        )
    _console.print(table)
    for one in directory.flags():
        _console.print(f"[yellow]![/] {one.number}:{one.flag}", highlight=False)
    _console.print(f"共 {len(shown)} 个;补充中继、联系方式、服务时间:hotline hotlines import 文件", highlight=False)


@app.command("import", help="导入热线清单(CSV、XLSX) / Import a list of hotlines")
def import_(file: Annotated[Path, typer.Argument(help="CSV(UTF-8 或 GB18030)或 XLSX 文件")]) -> None:
    """Take a list in; every refused line is told with its reason, the others are taken."""
    settings = load_settings()
    brought = take_in(settings, file)
    _console.print(f"已导入 {len(brought.taken)} 行,拒收 {len(brought.refused)} 行", highlight=False)
    for line in brought.refused:
        _console.print(f"  第 {line.line} 行 {line.number or '(无号码)'}:{line.reason}", highlight=False, markup=False)
    if brought.taken:
        _console.print(f"清单 {own_list(settings)};中继在 {settings.home / 'partners.toml'} 中配置", highlight=False)
    if brought.refused:
        raise typer.Exit(1)


@app.command("trunks", help="各伙伴中继的状态 / Health of the partners' trunks")
def trunks() -> None:
    """Print which partners answer (SIP OPTIONS) and how many lines are in use; asks the running switch."""

    async def act() -> None:
        async with open_house(load_settings(), "trunks") as house:
            await house.bus.wait_connected(timeout=2.0)
            told = await house.bus.request(TRUNKS, {})
        table = Table("中继", "状态", "在用/上限", "传输", "媒体")
        for one in told["items"]:
            table.add_row(
                one["name"],
                _state(one),
                f"{one['calls']}/{one['max_calls']}",
                one["transport"],
                "SRTP" if one["srtp"] else "RTP",
            )
        _console.print(table)
        _console.print(f"中继在 {load_settings().home / 'partners.toml'} 中配置", highlight=False)

    asyncio.run(act())


@app.command("traffic", help="各热线话务量 / Calls by the number really dialled")
def traffic(days: Annotated[int, typer.Option(min=1, max=400, help="最近几天")] = 30) -> None:
    """Print calls and transfers of each number; probe calls are not in it."""

    async def act() -> None:
        settings = load_settings()
        async with open_house(settings, "traffic") as house:
            recorder, now = CallRecorder(house.database, house.clock, settings.spool_dir), house.clock.now()
            probes = [Personal(number) for number in sorted(probe_numbers(settings))]
            counted = await recorder.traffic(now - timedelta(days=days), now, probes)
        table = Table("号码", "名称", "拨入", "接通", "伙伴转来", "转往", "转往接通")
        for one in by_hotline(open_directory(settings), counted):
            given = one.traffic
            counts = given.calls, given.answered, given.from_partners, given.transfers, given.connected
            table.add_row(given.number, one.hotline.name if one.hotline else "", *map(str, counts))
        _console.print(table)
        _console.print(f"最近 {days} 天,按市民实际拨打的号码统计,不含拨测", highlight=False)

    asyncio.run(act())


def _state(one: dict[str, Any]) -> str:
    if not one["asked"]:
        return "[dim]未探测[/]"
    if one["refuses"]:
        return "[yellow]有应答,但拒绝我方呼叫[/]"
    return "[green]可用[/]" if one["up"] else "[red]不通[/]"


def _way(one: Hotline) -> str:
    if one.cancelled:
        return "不可转接,12345 直接受理"
    if one.trunk:
        return f"中继 {one.trunk}"
    return "[yellow]未配置中继[/]" if one.mode.own_seats else "12345 坐席"
