"""`hotline probe`: probe calls (拨测) to every hotline."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.clock import LOCAL
from core.settings import load_settings
from hotline.house import open_house
from hotline.probes import make_round, probe_service
from telephony.probes.service import ProbeView

app = typer.Typer(help="拨测 / Probe calls to every hotline", no_args_is_help=True)
_console = Console()
_OUTCOMES = {"answered": "接通", "busy": "忙", "no_answer": "无人接听", "unreachable": "不通"}
_HEARD = {
    "person": "人工",
    "announcement": "语音播报",
    "own_announcement": "本平台语音",
    "music": "音乐或信号音",
    "silence": "无声",
    "": "-",
}


@app.command("run", help="立即拨测一轮 / Dial every hotline now")
def run(
    numbers: Annotated[list[str] | None, typer.Argument(help="只拨这些号码;不填为全部可转接热线")] = None,
) -> None:
    """Dial one after the other and print each result; the exit code is 1 when one failed."""

    async def act() -> bool:
        async with open_house(load_settings(), "probe") as house:
            results, left = await make_round(house, _tell, tuple(numbers or ()))
        for number, reason in left.items():
            _console.print(f"- {number} 未拨:{reason}", highlight=False, markup=False)
        failed = sum(not view.passed for view in results)
        _console.print(f"共拨测 {len(results)} 个号码,{failed} 个未通过,{len(left)} 个未拨", highlight=False)
        _console.print("下一步:hotline probe report 查看各号码的接通情况", highlight=False)
        return failed > 0

    if asyncio.run(act()):
        raise typer.Exit(1)


@app.command("report", help="各号码拨测情况 / Results by number")
def report(days: Annotated[int, typer.Option(min=1, max=400, help="最近几天")] = 30) -> None:
    """Print how each number answered; probe calls are in no other figure."""

    async def act() -> None:
        async with open_house(load_settings(), "probe") as house:
            lines = await probe_service(house).report(days)
        table = Table("号码", "名称", "拨测", "接通", "通过", "人工", "平均接通", "最近一次", "结果", "接听方")
        for line in lines:
            last = line.last
            table.add_row(
                line.number,
                line.name,
                str(line.calls),
                str(line.answered),
                str(line.passed),
                str(line.persons),
                "-" if line.mean_answer_ms is None else f"{line.mean_answer_ms / 1000:.1f} 秒",
                last.at.astimezone(LOCAL).strftime("%m-%d %H:%M"),
                _OUTCOMES[last.outcome],
                _HEARD[last.heard],
                style=None if last.passed else "red",
            )
        _console.print(table)
        if not lines:
            _console.print(f"最近 {days} 天没有拨测;立即拨测:hotline probe run", highlight=False)

    asyncio.run(act())


def _tell(view: ProbeView) -> None:
    wait = "" if view.answer_ms is None else f",{view.answer_ms / 1000:.1f} 秒接通"
    sign = "[green]✓[/]" if view.passed else "[red]✗[/]"
    heard = f",{_HEARD[view.heard]}" if view.heard else ""
    _console.print(f"{sign} {view.number} {view.name}:{_OUTCOMES[view.outcome]}{wait}{heard}", highlight=False)
