"""`hotline knowledge`: the knowledge base that agents answer from."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from asr.knowledge.index import ArticleView
from asr.knowledge.reading import read_articles
from asr.knowledge.service import KnowledgeService
from core.errors import InvalidInput
from core.settings import load_settings
from hotline.house import open_house

app = typer.Typer(help="知识库 / Knowledge base", no_args_is_help=True)
_console = Console()


@app.command("import", help="导入知识条目(CSV、TSV 或 Markdown) / Import articles")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV/TSV(列:编号、标题、内容、关键词、单位、有效期)或 .md")],
) -> None:
    """Take articles in; known codes are replaced. One refused article refuses the file."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("file", f"无法读取 {file}(须为 UTF-8)") from error
    articles = read_articles(file.name, text)

    async def act() -> int:
        async with open_house(load_settings(), "knowledge") as house:
            return await KnowledgeService(house.database, house.clock).take(articles)

    new = asyncio.run(act())
    _console.print(f"已导入 {len(articles)} 条,其中新增 {new} 条", highlight=False)
    _console.print("试一试:hotline knowledge search 关键词")


@app.command("list", help="列出知识条目 / List articles")
def list_() -> None:
    """Print every article."""

    async def act() -> list[ArticleView]:
        async with open_house(load_settings(), "knowledge") as house:
            return await KnowledgeService(house.database, house.clock).all()

    found = asyncio.run(act())
    table = Table("编号", "标题", "单位", "有效期")
    for one in found:
        table.add_row(one.code, one.title, one.unit, str(one.valid_until or ""))
    _console.print(table)
    _console.print(f"共 {len(found)} 条。导入:hotline knowledge import 文件", highlight=False)


@app.command(help="检索知识条目 / Search articles")
def search(words: Annotated[str, typer.Argument(help="问题或关键词")]) -> None:
    """Print the articles that answer a question best."""

    async def act() -> list[tuple[float, ArticleView]]:
        async with open_house(load_settings(), "knowledge") as house:
            found = await KnowledgeService(house.database, house.clock).search(words, 5)
        return [(one.score, one.article) for one in found]

    found = asyncio.run(act())
    for score, one in found:
        _console.print(f"[bold]{one.code} {one.title}[/] [dim]{score:.2f} {one.unit}[/]", highlight=False)
        _console.print(one.body[:300], highlight=False, markup=False)
    if not found:
        _console.print("没有相符的条目。导入:hotline knowledge import 文件")


@app.command(help="删除知识条目 / Delete an article")
def drop(code: Annotated[str, typer.Argument(help="编号")]) -> None:
    """Delete an article by its code."""

    async def act() -> None:
        async with open_house(load_settings(), "knowledge") as house:
            await KnowledgeService(house.database, house.clock).drop(code)

    asyncio.run(act())
    _console.print(f"已删除 {code}。", highlight=False)
