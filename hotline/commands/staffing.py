"""`hotline staffing`: how many agents each half hour of a day needs, from the history, and why."""

import asyncio
import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.clock import LOCAL, Clock, SystemClock
from core.errors import InvalidInput
from hotline.commands.instance import open_instance
from routing.figures.service import FigureLog
from routing.staffing.forecast import forecast, patience
from routing.staffing.history import COLUMNS, HalfHour, half_hour_of, read_csv
from routing.staffing.table import StaffingRow, StaffingRules, staffing_table
from tickets.calendar import DayKind, WorkingCalendar

app = typer.Typer(help="坐席需求预测 / Agents needed each half hour", invoke_without_command=True)
_console = Console()
_WIDE = 170

_HISTORY = timedelta(days=120)
_KINDS = {DayKind.WORKING: "工作日", DayKind.ADJUSTED: "工作日", DayKind.WEEKEND: "休息日", DayKind.HOLIDAY: "节假日"}
_WRITTEN = ("starts_at", "calls", "handle_seconds", "load", "erlang_c", "erlang_a", "at_phone", "rostered", "basis")


@app.callback()
def staffing(  # noqa: PLR0917 - options, given by name
    queue: Annotated[str, typer.Option(help="队列;* 为全部合计")] = "general",
    target: Annotated[float, typer.Option(help="目标服务水平(0至1)")] = 0.8,
    within: Annotated[float, typer.Option(help="应答时限(秒),GB/T 33358 为 15")] = 15.0,
    shrinkage: Annotated[float, typer.Option(help="损耗率:培训、就餐、请假等占比")] = 0.3,
    occupancy: Annotated[float, typer.Option(help="坐席最高占用率;1 为不限")] = 0.85,
    least: Annotated[int, typer.Option(help="每个时段至少在岗人数(24小时值守)")] = 1,
    aht: Annotated[float, typer.Option(help="历史通话不足时采用的平均处理时长(秒)")] = 240.0,
    day: Annotated[str, typer.Option("--date", help="日期 YYYY-MM-DD,默认明天")] = "",
    source: Annotated[Path | None, typer.Option("--csv", help=f"从 CSV 读历史,列:{'、'.join(COLUMNS)}")] = None,
    write: Annotated[Path | None, typer.Option(help="把结果另存为 CSV")] = None,
) -> None:
    """Print the agents each half hour of a day needs.

    From the interval history of this instance, or from a CSV file (then nothing else needs to run or to be set up).
    """
    rules = StaffingRules(target, within, shrinkage, None if occupancy >= 1 else occupancy, least)
    if not 0 < aht <= 36_000:  # noqa: PLR2004 - ten hours
        raise InvalidInput("aht", "平均处理时长须大于0且不超过36000秒")
    clock = SystemClock()
    wanted = _date(day, clock)
    history = _from_csv(source, queue) if source else asyncio.run(_from_database(queue, wanted))
    expected = forecast(history, wanted, _Kinds(WorkingCalendar()), aht)
    if not expected:
        raise InvalidInput("queue", f"队列 {queue} 在 {wanted} 之前没有历史数据;可用 --csv 导入历史")
    patient = patience(history)
    rows = staffing_table(expected, rules, patient)
    _print(rows, rules, wanted, queue, patient)
    if write is not None:
        _write(rows, write)


def _date(text: str, clock: Clock) -> date:
    if not text:
        return clock.now().astimezone(LOCAL).date() + timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("date", "日期须为 YYYY-MM-DD") from None


class _Kinds:
    """Days as the official calendar has them, adjusted working days (调休) among the working days."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        self._known: dict[date, str] = {}

    def __call__(self, day: date) -> str:
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = _KINDS[self._calendar.day(day).kind]
        return found


def _from_csv(path: Path, queue: str) -> list[HalfHour]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return read_csv(lines, queue)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("csv", f"无法读取 {path}({type(error).__name__})") from error


async def _from_database(queue: str, before: date) -> list[HalfHour]:
    until = datetime.combine(before, datetime.min.time(), LOCAL)
    async with open_instance() as instance:
        kept = await FigureLog(instance.database, instance.clock).intervals(queue, until - _HISTORY, until)
    return [half_hour_of(one.interval) for one in kept if one.complete]


def _print(rows: list[StaffingRow], rules: StaffingRules, day: date, queue: str, patient: float | None) -> None:
    table = Table(title=f"{day} 队列 {queue}:{rules.target:.0%} 的来电在 {rules.within_seconds:.0f} 秒内应答")
    for name in ("时段", "来电", "处理秒", "话务量erl", "Erlang C", "Erlang A", "服务水平", "平均应答秒", "占用率"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("应排班", justify="right", style="bold")
    table.add_column("依据")
    for row in rows:
        table.add_row(*_cells(row))
    # into a file or a pipe nothing is cut
    (_console if _console.is_terminal else Console(width=_WIDE)).print(table)
    hours = sum(row.rostered for row in rows) / 2
    given_up = "挂断过少,无法估计来电人耐心,未给出 Erlang A" if patient is None else f"来电人平均耐心 {patient:.0f} 秒"
    _console.print(
        f"应排班 = Erlang C 坐席 ÷ (1 - 损耗率 {rules.shrinkage:.0%}),合计 {hours:.1f} 人时;{given_up}。",
        highlight=False,
    )
    _console.print("下一步:按应排班人数排班;更改目标用 --target、--within、--shrinkage", highlight=False)


def _cells(row: StaffingRow) -> tuple[str, ...]:
    one, given = row.expected, row.patient
    return (
        f"{one.starts_at:%H:%M}",
        f"{one.calls:.1f}",
        f"{one.handle_seconds:.0f}",
        f"{row.load:.2f}",
        str(given.agents),
        "-" if row.impatient is None else str(row.impatient.agents),
        f"{given.service_level:.1%}",
        f"{given.average_speed_of_answer_seconds:.1f}",
        f"{given.occupancy:.0%}",
        str(row.rostered),
        one.basis,
    )


def _write(rows: list[StaffingRow], path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(_WRITTEN)
            for row in rows:
                impatient = "" if row.impatient is None else row.impatient.agents
                one = row.expected
                writer.writerow(
                    (
                        one.starts_at.isoformat(),
                        f"{one.calls:.2f}",
                        f"{one.handle_seconds:.1f}",
                        f"{row.load:.3f}",
                        row.patient.agents,
                        impatient,
                        row.at_phone,
                        row.rostered,
                        one.basis,
                    )
                )
    except OSError as error:
        raise InvalidInput("write", f"无法写入 {path}({error.strerror})") from error
    _console.print(f"已写入 {path}", highlight=False)
