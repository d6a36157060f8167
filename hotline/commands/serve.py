"""`hotline serve`."""

import asyncio
from typing import Annotated, Literal

import typer

from core import logs
from core.errors import InvalidInput
from core.settings import Settings, load_settings

app = typer.Typer()


@app.command(help="运行平台;--role 只运行一个角色 / Run the platform, or one role of it")
def serve(
    role: Annotated[
        Literal["switch", "engine", "engine-standby", "speech", "clock", "api"] | None,
        typer.Option(help="只运行该角色 / only this role"),
    ] = None,
    standby: Annotated[
        bool, typer.Option("--standby", help="另备一个引擎,主引擎失效时接管 / with a second engine that takes over")
    ] = False,
) -> None:
    """Run all roles under a supervisor, or one role in this process."""
    settings = load_settings()
    logs.setup(settings.log_format)
    if role is None:
        asyncio.run(_serve_all(settings, standby=standby))
        return
    from hotline.roles.run import run_role
    from hotline.supervisor import STANDBY

    if standby and role not in {"engine", STANDBY}:
        raise InvalidInput("standby", "只有 engine 角色可以备用")
    asyncio.run(run_role(settings, STANDBY if standby else role))


async def _serve_all(settings: Settings, *, standby: bool) -> None:
    from core.secrets import Secrets
    from hotline.local_parts import LocalParts
    from hotline.process import only_one
    from hotline.supervisor import ROLES, STANDBY, Supervisor

    secrets = Secrets.load(settings.home)
    with only_one("supervisor", settings.home):
        await Supervisor(LocalParts(settings, secrets), (*ROLES, STANDBY) if standby else ROLES).run()
