"""`hotline account`: people who may sign on."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.accounts import passwords
from core.actors import Role, UnitPost
from hotline.accounts import local_accounts
from hotline.commands.instance import open_instance

app = typer.Typer(help="账号 / Accounts", no_args_is_help=True)
_console = Console()


@app.command("add", help="添加账号 / Add an account")
def add(
    login: Annotated[str, typer.Argument(help="登录名")],
    name: Annotated[str, typer.Argument(help="姓名")],
    role: Annotated[Role, typer.Option(help="角色")],
    unit: Annotated[str | None, typer.Option(help="承办单位编号(角色 unit)")] = None,
    agent: Annotated[str | None, typer.Option(help="坐席编号(角色 agent)")] = None,
    *,
    post: Annotated[UnitPost | None, typer.Option(help="单位内岗位(角色 unit):receiver、handler、approver")] = None,
    password: Annotated[str | None, typer.Option(envvar="HOTLINE_PASSWORD", help="口令;不给则生成")] = None,
) -> None:
    """Add an account; a generated password is shown once."""
    chosen = password or passwords.made_up()

    async def act() -> None:
        async with open_instance() as instance:
            accounts = local_accounts(instance.database, instance.clock, instance.secrets, instance.settings)
            await accounts.add(
                login=login, name=name, password=chosen, role=role, unit_id=unit, agent_id=agent, unit_post=post
            )

    asyncio.run(act())
    shown = "" if password else f",口令 {chosen} (只显示这一次)"
    _console.print(f"账号 {login}{shown}\n下一步:POST /api/v1/sign-on 登录", highlight=False)


@app.command("list", help="列出账号 / List accounts")
def list_() -> None:
    """Print all accounts."""

    async def act() -> None:
        async with open_instance() as instance:
            accounts = local_accounts(instance.database, instance.clock, instance.secrets, instance.settings)
            table = Table("登录名", "姓名", "角色", "状态")
            for account in await accounts.accounts():
                table.add_row(account.login, account.name, account.role, "锁定" if account.locked else "正常")
        _console.print(table)

    asyncio.run(act())
