"""`hotline retention`: erase recordings whose time is over."""

import asyncio

import typer
from rich.console import Console

from core.actors import SYSTEM
from core.settings import load_settings
from hotline.house import open_house
from hotline.services import recording_service

app = typer.Typer(help="录音保存期限 / Retention of recordings", no_args_is_help=True)
_console = Console()


@app.command("due", help="列出到期的录音 / List recordings that are due")
def due() -> None:
    """List what `run` would erase; nothing is changed."""

    async def act() -> None:
        async with open_house(load_settings(), "retention") as house:
            recordings = await recording_service(house).due(house.clock.now())
        for recording in recordings:
            _console.print(f"{recording.id} 保存至 {recording.keep_until} ({recording.keep_clause})", highlight=False)
        _console.print(f"到期 {len(recordings)} 条。下一步:hotline retention run", highlight=False)

    asyncio.run(act())


@app.command("run", help="删除到期的录音并留下记录 / Erase what is due, with a record of it")
def run() -> None:
    """Erase what is due; what is held or still needed stays."""

    async def act() -> None:
        async with open_house(load_settings(), "retention") as house:
            report = await recording_service(house).erase_due(house.clock.now(), SYSTEM)
        _console.print(
            f"已删除 {len(report.erased)} 条;冻结保留 {len(report.held)} 条;工单未结保留 {len(report.needed)} 条;"
            f"失败 {len(report.failed)} 条。删除记录在数据库中。",
            highlight=False,
        )
        if report.failed:
            raise typer.Exit(1)

    asyncio.run(act())
