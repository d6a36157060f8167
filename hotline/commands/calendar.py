"""`hotline calendar`: working days: what the official calendar and the administrator's table say."""

from calendar import monthrange
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.settings import load_settings
from hotline.tickets import calendar_file
from tickets.calendar import WEEKDAYS, DayKind
from tickets.calendar_table import FollowedCalendar

app = typer.Typer(help="工作日历 / Working days", no_args_is_help=True)
_console = Console()
_WORDS = {DayKind.ADJUSTED: "调休上班", DayKind.HOLIDAY: "放假"}


@app.command(help="显示一年中不同于周一至周五的日子 / Show the days of a year that differ from Monday–Friday")
def show(year: Annotated[int, typer.Argument(help="年份", min=2004, max=2100)]) -> None:
    """Print holidays and adjusted working days; warn where the year is not published."""
    path = calendar_file(load_settings())
    calendar = FollowedCalendar(path)
    days = [
        calendar.day(date(year, month, number))
        for month in range(1, 13)
        for number in range(1, monthrange(year, month)[1] + 1)
    ]
    table = Table("日期", "星期", "", "名称")
    for day in days:
        if day.kind in _WORDS:
            table.add_row(str(day.day), WEEKDAYS[day.day.weekday()], _WORDS[day.kind], day.name)
    _console.print(table)
    if not all(day.official for day in days):
        _console.print(f"[yellow]![/] {year}年放假安排尚未公布,涉及该年的期限为暂定", highlight=False)
    _console.print(f"下一步:把国务院公布的安排写入 {path},时钟角色一分钟内重新计算未办结的期限", highlight=False)


@app.command(help="检查日历文件 / Check the administrator's table")
def check() -> None:
    """Read the table; a fault is told with its place."""
    path = calendar_file(load_settings())
    FollowedCalendar(path)
    _console.print(f"[green]✓[/] {path} {'可用' if path.exists() else '不存在,只用官方日历'}", highlight=False)
