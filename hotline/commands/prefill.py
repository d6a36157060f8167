"""`hotline prefill`: learn an operator's own categories and units from closed tickets, and switch that on or off."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from asr.prefill.categories import category_of
from asr.prefill.choice import FIELDS, Version, Versions
from asr.prefill.learning import Figures, LearnedLabels, evaluated, figures
from asr.prefill.units import shipped_units, unit_of
from core.clock import LOCAL, SystemClock
from core.errors import InvalidInput
from core.settings import load_settings
from hotline.house import open_house
from hotline.prefilling import models_directory
from hotline.tickets import ticket_service
from tickets.suggesting import DecidedMatter

app = typer.Typer(help="预填:学习、评测、启用 / Prefill: learn, measure, switch", no_args_is_help=True)
_console = Console()
_TITLES = {"category": "诉求类别", "unit": "承办单位"}
_FEWEST_OF_LABEL = 5
"""A label with fewer tickets is left to the rules: nothing can be learned and measured from them."""
_FIELD = Annotated[str, typer.Argument(help="category(类别)或 unit(承办单位)")]


@app.command(help="从已办结工单学习类别与承办单位,并与内置规则对比 / Learn from closed tickets")
def train(
    most: Annotated[int, typer.Option("--most", min=20, help="最多取多少件最近办结的工单")] = 20_000,
) -> None:
    """Learn every field that has enough closed tickets; nothing is switched on."""
    _console.print("读取已办结工单…", highlight=False)
    matters = asyncio.run(_decided(most))
    trained = [one for field in FIELDS if (one := _train(field, matters)) is not None]
    if not trained:
        raise InvalidInput("train", f"已办结工单 {len(matters)} 件,不足以学习(每个结果至少 {_FEWEST_OF_LABEL} 件)")
    _console.print(_table(trained, frozenset()))
    for one in trained:
        if one.is_better:
            _console.print(f"{_TITLES[one.field]}优于内置规则。启用:hotline prefill switch on {one.field}")
        else:
            _console.print(f"{_TITLES[one.field]}不优于内置规则,继续使用内置规则。")


@app.command(help="列出各版本的评测结果与启用情况 / Versions, figures, what is on")
def status() -> None:
    """Print every version with its figures; an arrow marks those in use."""
    versions = _versions()
    found = versions.all()
    if not found:
        _console.print("使用内置规则。学习本地工单:hotline prefill train")
        return
    _console.print(_table(found, frozenset(versions.switched().values())))


@app.command(help="启用或停用学习到的模型:switch on|off 字段 / Use a version, or the rules again")
def switch(
    state: Annotated[str, typer.Argument(help="on 或 off")],
    field: _FIELD,
    version: Annotated[str | None, typer.Option("--version", help="版本文件名;不写则取最新")] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="评测不优于内置规则也启用")] = False,
) -> None:
    """Switch a learned model on or off; a running speech role follows at the next utterance."""
    if field not in FIELDS or state not in ("on", "off"):
        raise InvalidInput("switch", "用法:hotline prefill switch on|off " + "|".join(FIELDS))
    if state == "on":
        used = _versions().switch_on(field, version, anyway=anyway)
        _console.print(f"已启用 {used.name};正在运行的转写进程从下一句起使用,无需重启。", highlight=False)
    else:
        _versions().switch_off(field)
        _console.print(f"{_TITLES[field]}已改回内置规则,从下一句起生效。")


async def _decided(most: int) -> list[DecidedMatter]:
    async with open_house(load_settings(), "prefill") as house:
        return await ticket_service(house).decided(most)


def _train(field: str, matters: Sequence[DecidedMatter]) -> Version | None:
    texts, labels = _examples(field, matters)
    if len(set(labels)) < 2:  # noqa: PLR2004 - nothing to tell apart
        _console.print(f"[yellow]![/] {_TITLES[field]}:可学习的工单不足(每个结果至少 {_FEWEST_OF_LABEL} 件),略过")
        return None
    with _console.status(f"{_TITLES[field]}:{len(texts)} 件,交叉验证…"):
        learned, rules = evaluated(texts, labels), _rules(field, texts, labels)
        model = LearnedLabels.train(texts, labels)
    now = SystemClock().now()
    name = f"{field}-{now.astimezone(LOCAL):%Y%m%d-%H%M%S}.npz"
    return _versions().keep(
        model,
        Version(
            field,
            name,
            now.isoformat(timespec="seconds"),
            len(texts),
            round(learned.accuracy, 4),
            round(learned.macro_f1, 4),
            round(rules.accuracy, 4),
            round(rules.macro_f1, 4),
            labels=sorted(set(labels)),
        ),
    )


def _examples(field: str, matters: Sequence[DecidedMatter]) -> tuple[list[str], list[str]]:
    told = [(one.summary.reveal(), one.category if field == "category" else one.unit) for one in matters]
    counts = Counter(label for _, label in told)
    kept = [(text, label) for text, label in told if label and counts[label] >= _FEWEST_OF_LABEL]
    return [text for text, _ in kept], [label for _, label in kept]


def _rules(field: str, texts: Sequence[str], labels: Sequence[str]) -> Figures:
    usual = Counter(labels).most_common(1)[0][0]
    if field == "category":
        told = [(category_of([text]) or (usual,))[0] for text in texts]
    else:
        told = [(unit_of([text], shipped_units()) or ("",))[0] for text in texts]
    return figures(labels, told)


def _versions() -> Versions:
    return Versions(models_directory(load_settings()))


def _table(versions: Sequence[Version], switched: Collection[str]) -> Table:
    table = Table("", "字段", "版本", "工单", "准确率", "宏平均 F1", "内置规则准确率", "内置规则 F1")
    for one in versions:
        table.add_row(
            "[green]→[/green]" if one.name in switched else "",
            _TITLES.get(one.field, one.field),
            one.name,
            str(one.examples),
            f"{one.accuracy:.3f}",
            f"{one.macro_f1:.3f}",
            f"{one.rules_accuracy:.3f}",
            f"{one.rules_macro_f1:.3f}",
        )
    return table
