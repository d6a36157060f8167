"""`hotline plan`: the plan of queues: show it, check a file, put a version in force."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.actors import SYSTEM
from core.bus import Bus
from core.errors import InvalidInput, PartUnavailable
from core.settings import load_settings
from hotline.commands.instance import Instance, open_instance
from hotline.switch_parts import switch_parts
from routing.events import PLAN_TOPIC, PlanActivated
from routing.plan.document import Plan, QueueRules
from routing.plan.reading import PlanRefused, read_plan
from routing.plan.service import SHIPPED, ActivePlan, PlanService

app = typer.Typer(help="排队方案 / Plan of queues", no_args_is_help=True)
_console = Console()
_LONGEST_FILE = 2_000_000

File = Annotated[Path, typer.Argument(help="TOML 文件")]


@app.command("show", help="显示生效的排队方案 / Show the plan in force")
def show(
    source: Annotated[bool, typer.Option("--source", help="输出 TOML 原文,可修改后再启用")] = False,
) -> None:
    """Print the plan in force."""

    async def act() -> None:
        async with open_instance() as instance:
            service = _plans(instance)
            active = await service.current()
            if source:
                typer.echo(await _source(service, active.version))
                return
        _show(active)

    asyncio.run(act())


@app.command("check", help="检查排队方案文件,不启用 / Check a file")
def check(file: File) -> None:
    """Tell every fault of a file; exit code 1 when there is one. Without an instance agents are not looked up."""

    async def act() -> None:
        text, doubted = _read(file), ""
        try:
            async with open_instance() as instance:
                faults = await _plans(instance).check(text)
        except PartUnavailable as away:
            if away.part != "secrets":
                raise
            read_plan(text, switch=switch_parts(load_settings()))
            faults, doubted = [], f"(未核对坐席号码:{away.problem})"
        if faults:
            raise PlanRefused(faults)
        _console.print(f"[green]✓[/] {file} 可以启用{doubted}。下一步:hotline plan activate {file}", highlight=False)

    asyncio.run(act())


@app.command("activate", help="启用排队方案,无需重启 / Put a file or an earlier version in force")
def activate(
    file: Annotated[str, typer.Argument(help="TOML 文件,或已有版本号(0 为出厂方案)")],
    reason: Annotated[str, typer.Option("--reason", help="原因,记入变更记录")] = "",
) -> None:
    """Put a plan in force; a running engine decides by it at once."""

    async def act() -> None:
        async with open_instance() as instance:
            service = _plans(instance)
            if file.isdecimal():
                version = int(file)
            else:
                version = (await service.propose(_read(Path(file)), actor=SYSTEM, note=reason)).version
            await _announce(instance, await service.activate(version, actor=SYSTEM, reason=reason))

    asyncio.run(act())


@app.command("surge", help="启动或结束应急方案 / Put a surge in force, or end it")
def surge(
    name: Annotated[str, typer.Argument(help="应急方案名称;不写则结束")] = "",
    reason: Annotated[str, typer.Option("--reason", help="原因,记入变更记录")] = "",
) -> None:
    """Switch a surge of the plan on or off."""

    async def act() -> None:
        async with open_instance() as instance:
            service = _plans(instance)
            await _announce(instance, await service.switch_surge(name, actor=SYSTEM, reason=reason))

    asyncio.run(act())


@app.command("history", help="变更记录 / What was put in force, when, by whom")
def history() -> None:
    """Print every activation with what differed."""

    async def act() -> None:
        async with open_instance() as instance:
            changes = await _plans(instance).history()
        table = Table("时间", "版本", "替换", "操作人", "原因", "变化")
        for one in changes:
            differs = "\n".join(f"{each.path}: {each.before} → {each.after}" for each in one.differs)
            table.add_row(
                one.at.isoformat(timespec="seconds"), str(one.version), str(one.replaced), one.by, one.reason, differs
            )
        _console.print(table)

    asyncio.run(act())


def _plans(instance: Instance) -> PlanService:
    return PlanService(instance.database, instance.clock, lambda: switch_parts(instance.settings))


async def _announce(instance: Instance, active: ActivePlan) -> None:
    """Tell the running roles; when no broker answers they see it by themselves within seconds."""
    assert active.activated_at is not None
    bus = Bus(instance.settings.mqtt, "hotline", instance.secrets.mqtt_password, f"plan-{active.version}")
    async with bus:
        await bus.publish(PLAN_TOPIC, asdict(PlanActivated(active.version, active.activated_by, active.activated_at)))
    _console.print(f"[green]✓[/] 排队方案第 {active.version} 版已启用。下一步:hotline plan show", highlight=False)


async def _source(service: PlanService, version: int) -> str:
    if version == 0:
        return SHIPPED.read_text("utf-8")
    source = (await service.version(version)).source
    if source is None:
        raise InvalidInput("source", "该版本由接口提交,没有 TOML 原文")
    return source


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > _LONGEST_FILE:
            raise InvalidInput("file", "文件过大")
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("file", f"{file} 不是 UTF-8 文本") from error
    except OSError as error:
        raise InvalidInput("file", f"无法读取 {file}({error.strerror})") from error


def _show(active: ActivePlan) -> None:
    plan = active.plan
    origin = (
        "出厂方案"
        if active.activated_at is None
        else f"{active.activated_at:%Y-%m-%d %H:%M} 由 {active.activated_by} 启用"
    )
    _console.print(f"第 {active.version} 版({origin}),应急方案:{plan.surge or '无'}", highlight=False)
    table = Table("队列", "名称", "拨入号码", "所需技能", "策略", "优先级", "放宽", "溢出", "开放时间")
    for queue in plan.queues:
        table.add_row(*_row(plan, queue))
    _console.print(table)
    for agent in plan.agents:
        skills = "、".join(f"{name} {level}" for name, level in agent.skills.items())
        _console.print(f"坐席 {agent.number}:{'、'.join(agent.queues)};{skills or '无技能'}", highlight=False)


def _row(plan: Plan, queue: QueueRules) -> tuple[str, ...]:
    widen = "\n".join(f"{step.after_seconds}秒后" for step in queue.widen)
    overflow = "\n".join(
        f"{step.after_seconds}秒后 {step.action} {step.target}".rstrip() for step in plan.overflow_of(queue)
    )
    wants = "\n".join(f"{name} {level}" for name, level in queue.wants.items())
    hours = "\n".join(f"{','.join(one.days)} {one.from_}-{one.to}" for one in queue.hours) or "全天"
    numbers = "\n".join(queue.dialled)
    return queue.name, queue.label, numbers, wants, queue.strategy, str(queue.priority), widen, overflow, hours
