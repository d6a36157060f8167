"""`hotline`: the command line. Errors are plain sentences with a remedy; the exit code is 1 then."""

import sys
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from core.errors import HotlineError
from hotline import models_cli
from hotline.commands import account, agent, asterisk, init, retention, serve


class _PlainErrors(typer.core.TyperGroup):
    """Shows our own errors as sentences; anything else is a fault of ours and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except HotlineError as error:
            Console(stderr=True).print(f"[bold red]✗[/] {error.message}", highlight=False)
            sys.exit(1)


app = typer.Typer(
    cls=_PlainErrors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="12345 政务服务便民热线平台 / open 12345 hotline platform",
)
app.command("init", help="建立实例:密钥、数据库、首个管理员 / Make a new instance")(init.run)
app.add_typer(agent.app, name="agent", help="坐席 / Agents")
app.add_typer(account.app, name="account", help="账号 / Accounts")
app.add_typer(asterisk.app, name="asterisk", help="交换机 / The switch")
app.add_typer(models_cli.app, name="models", help="语音模型 / Speech models")
app.add_typer(retention.app, name="retention", help="录音保存期限 / Retention of recordings")


@app.command("serve", help="运行平台;--role 只运行一个角色 / Run the platform, or one role of it")
def _serve(
    role: Annotated[
        Literal["switch", "engine", "speech", "clock", "api"] | None, typer.Option(help="只运行该角色 / only this role")
    ] = None,
) -> None:
    serve.run(role)


@app.command("doctor", help="自检:缺什么、怎么办 / Look for what is wrong, with remedies")
def _doctor() -> None:
    from hotline.doctor import run

    sys.exit(run())


@app.command("demo", help="完整演示一次来电 / One call from dialling to survey, on real parts")
def _demo(
    keep: Annotated[bool, typer.Option("--keep", help="演示后保持运行 / leave everything running")] = False,
) -> None:
    from hotline.demo.command import run

    sys.exit(run(keep=keep))
