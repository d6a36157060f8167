"""`hotline lexicon`: the words that recognition should know of this city and centre."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from asr.opening import lexicon_files
from asr.own_words import WANTED, OwnWords, file_of, words_in
from asr.pinyin.lexicon import read_words
from core.settings import load_settings
from hotline import vocabulary

app = typer.Typer(help="识别词表 / Words that recognition knows", no_args_is_help=True)
_console = Console()
_SOON = "运行中的识别几秒后生效,不用重启"

Words = Annotated[list[str], typer.Argument(help="词:2 至 20 个汉字,或 3 至 11 位号码")]


@app.command(help="增加词 / Add words")
def add(words: Words) -> None:
    """Add words to the operator's list; all or none."""
    new = OwnWords(file_of(load_settings())).add(words)
    _console.print(f"已增加 {len(new)} 个词,{len(set(words)) - len(new)} 个原已在表中。{_SOON}", highlight=False)


@app.command(help="删除词 / Remove words")
def remove(words: Words) -> None:
    """Take words off the operator's list; all or none."""
    OwnWords(file_of(load_settings())).remove(words)
    _console.print(f"已删除 {len(set(words))} 个词。{_SOON}", highlight=False)


@app.command("import", help="导入词表文件(文本,空白或逗号分隔) / Import a list")
def import_(file: Annotated[Path, typer.Argument(help="UTF-8 或 GB18030 文本,# 之后为注释")]) -> None:
    """Take a list in; every refused word is told with its line, the others are taken."""
    words, refused = words_in(file)
    new = OwnWords(file_of(load_settings())).add(words)
    _console.print(
        f"已增加 {len(new)} 个词,{len(words) - len(new)} 个原已在表中,拒收 {len(refused)} 个", highlight=False
    )
    for one in refused:
        _console.print(f"  第 {one.line} 行 {one.word}:{WANTED}", highlight=False, markup=False)
    if words:
        _console.print(_SOON)
    if refused:
        raise typer.Exit(1)


@app.command("list", help="列出本中心的词与全部词表 / List the words and where words come from")
def list_() -> None:
    """Print the operator's words, and how many each list in force has."""
    settings = load_settings()
    own = file_of(settings)
    for word in OwnWords(own).all():
        _console.print(word, highlight=False)
    table = Table("词表", "词数")
    for file in [*lexicon_files(settings), vocabulary.file_of(settings)]:
        table.add_row(str(file), str(len(read_words(file))) if file.is_file() else "尚无")
    _console.print(table)
    _console.print("增加:hotline lexicon add 词 …;导入:hotline lexicon import 文件", highlight=False)
