"""`hotline demo`: plays the main job; the exit code is 0 only when every step was observed."""

import asyncio
import shutil
import signal
from typing import Annotated

import typer
from rich.console import Console

from core.errors import HotlineError
from hotline.demo.keep import linger
from hotline.demo.play import OUTPUT, play
from hotline.demo.stage import Stage
from hotline.demo.steps import NotObserved, Steps

app = typer.Typer()


@app.command(help="完整演示一次来电 / One call from dialling to survey, on real parts")
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="演示后保持运行 / leave everything running")] = False,
) -> None:
    """Run the demo."""
    raise typer.Exit(_run(keep=keep))


def _run(*, keep: bool) -> int:
    console = Console()
    steps, stage = Steps(console), Stage(usual_ports=keep)
    try:
        asyncio.run(play(steps, stage))
        console.print(f"\n[bold green]演示完成:{steps.observed} 步全部在真实部件中观察到。[/]")
        if keep:
            asyncio.run(linger(console, stage))
    except (NotObserved, HotlineError, TimeoutError) as error:
        console.print(f"\n[bold red]✗ 演示未完成:[/]{error or type(error).__name__}", highlight=False)
        console.print(f"日志:{OUTPUT / 'serve.log'}。再试之前可运行 make doctor。", highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("\n已中止。")
        return 130
    finally:
        # a second Ctrl-C must not leave a switch behind
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        console.print("[dim]正在停止…[/]")
        stage.stop()
        _keep_log(stage)
        stage.remove()
    console.print(
        f"录音与日志在 {OUTPUT}/。下一步:make demo KEEP=1 后用自己的软电话拨入;docs/operations.md 讲如何安装使用。",
        highlight=False,
    )
    return 0


def _keep_log(stage: Stage) -> None:
    """Save the log from the stage's removal."""
    OUTPUT.mkdir(exist_ok=True)
    if stage.log.exists():
        shutil.copy(stage.log, OUTPUT / "serve.log")
