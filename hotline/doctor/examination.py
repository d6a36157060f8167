"""All checks in order, and the table the operator sees."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console
from rich.table import Table

from core.clock import Clock, SystemClock
from core.errors import HotlineError, PartUnavailable
from core.secrets import Secrets
from core.settings import Settings, load_settings
from hotline.doctor import machine, parts, ports
from hotline.doctor.finding import Finding, Level, from_error, wrong
from hotline.doctor.speech import speech
from tickets.calendar import WorkingCalendar

_COLOURS = {Level.TODO: "cyan", Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Run every check; one that fails by itself is a finding too, and the others still run."""
    findings = list(_of_the_machine(settings, clock))
    findings += await _of_the_parts(settings)
    return findings


def show(findings: Iterable[Finding], console: Console) -> None:
    """Print the findings as a table, and what to do next."""
    table = Table(title="12345 热线平台自检 / hotline doctor", title_justify="left")
    table.add_column("部件 Part")
    table.add_column("状态 State", no_wrap=True)
    table.add_column("情况 Seen", overflow="fold")
    table.add_column("处理办法 Remedy", overflow="fold")
    levels = []
    for finding in findings:
        levels.append(finding.level)
        colour = _COLOURS[finding.level]
        table.add_row(finding.part, f"[{colour}]{finding.level}[/]", finding.problem, finding.remedy)
    console.print(table)
    if faults := levels.count(Level.PROBLEM):
        console.print(f"[bold red]{faults} 项异常[/]:按上表处理后再次运行 hotline doctor。")
    elif Level.TODO in levels:
        console.print("[green]本机已就绪[/],尚未建立实例。下一步:uv run hotline init(建立)或 make demo(演示)。")
    else:
        console.print("[green]全部正常[/]。若尚未启动,下一步:uv run hotline serve;演示:make demo。")


def run(console: Console | None = None) -> int:
    """Examine the instance that the settings name and print the table.

    Returns:
        The exit code: 1 when something is wrong, else 0.
    """
    try:
        settings = load_settings()
    except PartUnavailable as error:
        findings = [from_error("设置 settings", error)]
    else:
        findings = asyncio.run(examine(settings, SystemClock()))
    show(findings, console or Console())
    return 0 if all(finding.ok for finding in findings) else 1


def _of_the_machine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    now = clock.now()
    yield machine.python_version()
    yield from _guarded("程序", lambda: machine.programs(settings))
    yield from _guarded("Asterisk 安装", lambda: [parts.root_file_system(settings)])
    yield from _guarded("交换机用户", lambda: parts.switch_user(settings))
    yield from _guarded("数据目录", lambda: [machine.home(settings)])
    yield from _guarded("磁盘", lambda: machine.disk_space(settings))
    yield from _guarded("密钥文件", lambda: [machine.secrets_file(settings)])
    yield from _guarded("时钟", lambda: [machine.clock(settings, now)])
    yield from _guarded("工作日历", lambda: [machine.calendar(WorkingCalendar().last_official.year, now)])
    yield from _guarded("语音模型", lambda: [speech(settings)])
    yield from _guarded("端口", lambda: [ports.port(settings, wanted) for wanted in ports.wanted_ports(settings)])
    yield from _guarded("RTP 端口", lambda: ports.sound_ports(settings))


async def _of_the_parts(settings: Settings) -> list[Finding]:
    if machine.is_new(settings):
        return []
    try:
        secrets = Secrets.load(settings.home)
    except PartUnavailable:
        return []  # already found among the machine's; without it nothing can be opened
    return [
        await parts.database(settings),
        await parts.broker(settings, secrets),
        await parts.valkey(settings, secrets),
        *await parts.manager(settings, secrets),
    ]


def _guarded(part: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except PartUnavailable as error:
        return [from_error(part, error)]
    except (HotlineError, OSError, ValueError) as error:
        return [wrong(part, f"检查未能完成({error})", "先处理其他异常项,再次运行 hotline doctor")]
