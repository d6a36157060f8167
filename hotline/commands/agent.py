"""`hotline agent`: agents and their phones."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.seats import take_off
from core.actors import SYSTEM
from core.bus import Bus
from core.errors import NotFound
from core.settings import load_settings
from hotline.accounts import local_accounts
from hotline.commands.instance import open_instance
from hotline.phones import tell_switch
from routing.model import Agent
from routing.service import AgentDirectory

app = typer.Typer(help="坐席 / Agents", no_args_is_help=True)
_console = Console()


@app.command("add", help="添加坐席及其话机 / Add an agent with a phone")
def add(
    number: Annotated[str, typer.Argument(help="话机号码,3 至 8 位数字")],
    name: Annotated[str, typer.Argument(help="姓名")],
) -> None:
    """Add an agent; a running switch knows the phone at once."""

    async def act() -> None:
        async with open_instance() as instance:
            agent = await AgentDirectory(instance.database, instance.clock).add(number=number, name=name, actor=SYSTEM)
            await tell_switch(instance.settings, instance.secrets)
        _show(agent)
        _console.print(f"下一步:hotline account add 登录名 姓名 --role agent --agent {agent.id}", highlight=False)

    asyncio.run(act())


@app.command("deactivate", help="停用坐席,号码可重新分配 / Take an agent off for good")
def deactivate(number: Annotated[str, typer.Argument(help="话机号码")]) -> None:
    """Take an agent off: he is signed off (a talk goes on), his phone's account and his login end, his record stays."""

    async def act() -> None:
        async with open_instance() as instance:
            directory = AgentDirectory(instance.database, instance.clock)
            agent = await directory.by_number(number)
            if agent is None:
                raise NotFound("在用的坐席", number)
            bus = Bus(instance.settings.mqtt, "hotline", instance.secrets.mqtt_password, f"deactivate-{agent.id[-12:]}")
            async with bus:
                account = await take_off(
                    agent.id, SYSTEM, agents=directory, bus=bus,
                    accounts=local_accounts(instance.database, instance.clock, instance.secrets, instance.settings),
                    phones_changed=lambda: tell_switch(instance.settings, instance.secrets),
                )  # fmt: skip
        _console.print(
            f"[green]✓[/] 坐席 {agent.number} {agent.name} 已停用,通话与派单记录保留。"
            + (f"登录账号 {account.login} 已锁定。" if account else "")
            + "下一步:hotline agent list 核对",
            highlight=False,
        )

    asyncio.run(act())


@app.command("list", help="列出坐席 / List agents")
def list_() -> None:
    """Print all agents."""

    async def act() -> None:
        async with open_instance() as instance:
            agents = await AgentDirectory(instance.database, instance.clock).list(with_inactive=True)
        table = Table("话机", "姓名", "编号", "状态")
        for agent in agents:
            table.add_row(agent.number, agent.name, agent.id, "在用" if agent.active else "停用")
        _console.print(table)

    asyncio.run(act())


@app.command("show", help="显示坐席的话机账号 / Show the phone account of an agent")
def show(number: Annotated[str, typer.Argument(help="话机号码")]) -> None:
    """Print what is entered into the agent's softphone."""

    async def act() -> None:
        async with open_instance() as instance:
            agent = await AgentDirectory(instance.database, instance.clock).by_number(number)
        if agent is None:
            raise NotFound("坐席", number)
        _show(agent)

    asyncio.run(act())


def _show(agent: Agent) -> None:
    asterisk = load_settings().asterisk
    _console.print(
        f"坐席 {agent.id}\n"
        f"话机账号 {agent.number},口令 {agent.phone_secret.reveal()},服务器 {asterisk.bind}:{asterisk.sip_port}",
        highlight=False,
    )
