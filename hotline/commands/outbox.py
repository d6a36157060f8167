"""`hotline outbox`: messages that could not be delivered (text messages, reminders, hand-overs), and another try."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core import outbox_repository as repository
from core.clock import LOCAL
from core.errors import InvalidInput, NotFound
from core.ids import is_id
from core.logs import scrub
from core.settings import load_settings
from hotline.house import open_house

app = typer.Typer(help="待送消息:列出失败的、重新投递 / Messages given up, and another try", no_args_is_help=True)
_console = Console(width=160)


@app.command("list", help="列出投递失败的消息 / Show messages that were given up")
def list_(most: Annotated[int, typer.Option("--most", min=1, max=1000, help="最多几条 / at most")] = 50) -> None:
    """Print what waits and what was given up, the latest first; contents stay encrypted and are not shown."""

    async def act() -> None:
        async with open_house(load_settings(), "outbox") as house, house.database.reading() as session:
            counts = await repository.count_undelivered(session)
            dead = await repository.dead(session, most)
        _console.print(f"等待投递 {counts['pending']} 条;投递失败 {counts['dead']} 条 (pending, dead)", highlight=False)
        if not dead:
            return
        table = Table("编号 id", "主题 topic", "键 key", "次数 tries", "写入 written", "放弃 given up", "原因 why")
        for one in dead:
            table.add_row(
                one.id, one.topic, scrub(one.key), str(one.attempt), _local(one.created_at), _local(one.done_at),
                scrub(one.last_error or ""),
            )  # fmt: skip
        _console.print(table)
        _console.print(
            "排除原因后:hotline outbox revive 编号,或 --topic 主题 / after the cause is gone", highlight=False
        )

    asyncio.run(act())


@app.command("revive", help="重新投递 / Try again")
def revive(
    message_id: Annotated[str | None, typer.Argument(help="编号 / id", metavar="编号")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="该主题的全部失败消息 / all of a topic")] = None,
) -> None:
    """Let a message that was given up, or all of a topic, be attempted anew; what had arrived arrives once."""
    if (message_id is None) == (topic is None):
        raise InvalidInput("编号", "请给出编号,或 --topic 主题")
    if message_id is not None and not is_id(message_id):
        raise InvalidInput("编号", "不是消息编号")

    async def act() -> None:
        async with open_house(load_settings(), "outbox") as house:
            now = house.clock.now()
            async with house.database.transaction() as session:
                if message_id is not None:
                    if not await repository.revive(session, message_id, now):
                        raise NotFound("失败消息", message_id)
                    count = 1
                else:
                    count = await repository.revive_topic(session, topic or "", now)
        _console.print(f"重新投递 {count} 条。hotline serve 运行时即刻开始;结果见 hotline outbox list", highlight=False)

    asyncio.run(act())


def _local(at: datetime | None) -> str:
    return f"{at.astimezone(LOCAL):%m-%d %H:%M}" if at else ""
