"""`hotline serve`."""

import asyncio
from typing import Annotated, Literal

import typer

from core import logs
from core.settings import Settings, load_settings

app = typer.Typer()


@app.command(help="运行平台;--role 只运行一个角色 / Run the platform, or one role of it")
def serve(
    role: Annotated[
        Literal["switch", "engine", "speech", "clock", "api"] | None, typer.Option(help="只运行该角色 / only this role")
    ] = None,
) -> None:
    """Run all roles under a supervisor, or one role in this process."""
    settings = load_settings()
    logs.setup(settings.log_format)
    if role is None:
        asyncio.run(_serve_all(settings))
    else:
        from hotline.roles.run import run_role

        asyncio.run(run_role(settings, role))


async def _serve_all(settings: Settings) -> None:
    from core.secrets import Secrets
    from hotline.local_parts import LocalParts
    from hotline.process import only_one
    from hotline.supervisor import Supervisor

    secrets = Secrets.load(settings.home)
    with only_one("supervisor", settings.home):
        await Supervisor(LocalParts(settings, secrets)).run()
