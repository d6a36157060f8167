"""`hotline init`: a new instance, ready to serve. Safe to run again: what exists stays."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from api.accounts import passwords
from core import personal
from core.actors import Role
from core.clock import SystemClock
from core.database import Database
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import Settings, load_settings
from hotline.accounts import local_accounts
from hotline.tickets import own_profiles, profile
from migrations.upgrade import upgrade
from tickets.service import TicketService

_ADMIN = "admin"

app = typer.Typer()


@app.command(help="建立实例:密钥、数据库、首个管理员 / Make a new instance")
def init(
    admin_password: Annotated[
        str | None,
        typer.Option(envvar="HOTLINE_ADMIN_PASSWORD", help="首个管理员口令;不给则生成 / made when not given"),
    ] = None,
) -> None:
    """Make secrets, database, units and the first administrator."""
    settings = load_settings()
    console = Console()
    secrets = Secrets.load_or_create(settings.home)
    personal.install_keys(PersonalKeys(secrets.personal_key))
    asyncio.run(upgrade(settings.database_url))
    password = admin_password or passwords.made_up()
    made = asyncio.run(_fill(settings, secrets, password))
    console.print(f"实例目录 {settings.home}:密钥、数据库已就绪。", highlight=False)
    if made and admin_password is None:
        console.print(f"管理员账号 {_ADMIN},口令 {password} (只显示这一次)", highlight=False)
    console.print("下一步:hotline agent add 8001 姓名 添加坐席,然后 hotline serve", highlight=False)


async def _fill(settings: Settings, secrets: Secrets, password: str) -> bool:
    """Add units and the administrator; return True when the administrator is new."""
    database, clock = Database(settings.database_url), SystemClock()
    try:
        await TicketService(database, clock, profile(settings.profile, own_profiles(settings))).seed_units()
        accounts = local_accounts(database, clock, secrets, settings)
        if any(account.role is Role.ADMIN for account in await accounts.accounts()):
            return False
        await accounts.add(login=_ADMIN, name="管理员", password=password, role=Role.ADMIN)
        return True
    finally:
        await database.close()
