"""`hotline asterisk`: the switch of this instance."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from asterisk.config import inner_root, reloads
from asterisk.instance import AsteriskInstance
from core.secrets import Secrets
from core.settings import load_settings
from hotline.phones import phones_of

app = typer.Typer(help="交换机 / The switch", no_args_is_help=True)
_console = Console()


async def _instance() -> AsteriskInstance:
    settings = load_settings()
    secrets = Secrets.load(settings.home)
    return AsteriskInstance(settings, secrets, await phones_of(settings, secrets))


@app.command("start", help="启动(已运行则重新加载配置) / Start, or reload when it runs")
def start() -> None:
    """Start the switch, or reload its configuration."""

    async def act() -> None:
        instance = await _instance()
        await instance.start()
        _console.print(f"Asterisk 已运行(pid {instance.pid})。下一步:hotline serve", highlight=False)

    asyncio.run(act())


@app.command("render", help="只写入配置与目录,不启动(容器用) / Write configuration only")
def render() -> None:
    """Make the directories and write the configuration of a switch that a container runs."""

    async def act() -> None:
        instance = await _instance()
        changed = await asyncio.to_thread(instance.write_configuration)
        seen = f"配置已写入 {instance.root}/etc,{len(changed)} 个文件有变化。"
        _console.print(seen, highlight=False, soft_wrap=True)
        if commands := reloads(changed):
            inner = inner_root(instance.settings)
            _console.print(
                "下一步:启动 Asterisk;若已在运行,在其容器中逐条执行:\n"
                + "\n".join(f'  asterisk -C {inner}/etc/asterisk.conf -rx "{command}"' for command in commands),
                highlight=False,
                soft_wrap=True,
            )

    asyncio.run(act())


@app.command("stop", help="停止;进行中的通话会中断 / Stop; running calls end")
def stop() -> None:
    """Stop the switch and with it every call."""

    async def act() -> None:
        await (await _instance()).stop()
        _console.print("Asterisk 已停止。再次启动:hotline asterisk start 或 hotline serve", highlight=False)

    asyncio.run(act())


@app.command("status", help="是否在运行 / Is it running")
def status() -> None:
    """Tell whether the switch answers; exit code 1 when not."""

    async def act() -> bool:
        health = await (await _instance()).health()
        _console.print("正常" if health.alive else f"{health.problem}。{health.remedy}", highlight=False)
        return health.alive

    if not asyncio.run(act()):
        raise typer.Exit(1)


@app.command("cli", help="执行控制台命令 / Run a console command")
def cli(command: Annotated[str, typer.Argument(help="例如 core show channels")]) -> None:
    """Run a console command of the switch and print its answer."""

    async def act() -> str:
        return await (await _instance()).cli(command)

    _console.print(asyncio.run(act()), highlight=False, markup=False)
