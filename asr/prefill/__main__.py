"""Prefill from the command line: `python -m asr.prefill FILE.tsv [--evaluate category [--train OTHER.tsv]]`.

Without --evaluate each row's `content` becomes a JSON line of the proposed fields. With it the last line is a JSON
object with `accuracy` and `macro_f1` (0 to 1).
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from asr.prefill.categories import category_of
from asr.prefill.learning import LearnedLabels, figures
from asr.prefill.proposals import Said
from asr.prefill.propose import propose
from asr.prefill.tables import read_rows
from core.errors import HotlineError, InvalidInput

_USUAL = "投诉"
"""What a written appeal is when nothing in it tells."""


def fields_of(content: str) -> dict[str, object]:
    """Return the proposed fields of one appeal, each with its confidence and words."""
    proposals = propose([Said("0", "caller", content)])
    return {
        one.field: {"value": one.value, "confidence": round(one.confidence, 2), "words": one.words} for one in proposals
    }


def told(rows: list[dict[str, str]], train: Path | None) -> list[str]:
    """Return the category of each row, by the shipped rules or by what is learned from `train`."""
    texts = [row["content"] for row in rows]
    if train is None:
        return [(category_of([text]) or (_USUAL,))[0] for text in texts]
    examples = _decided(train)
    model = LearnedLabels.train([row["content"] for row in examples], [row["category"] for row in examples])
    return [label for label, _ in model.tell(texts)]


def _decided(table: Path) -> list[dict[str, str]]:
    """Return the rows somebody gave a category to."""
    rows = read_rows(table, "content", "category")
    for row in rows:
        row["category"] = row["category"].strip()
    return [row for row in rows if row["category"]]


command = typer.Typer(add_completion=False)


@command.command()
def _main(
    table: Annotated[Path, typer.Argument(help="带 content 列的 TSV 文件")],
    evaluate: Annotated[str | None, typer.Option(help="要评测的字段:category")] = None,
    train: Annotated[Path | None, typer.Option(help="用于学习的 TSV 文件(content 与 category 两列)")] = None,
) -> None:
    """Propose fields, or measure how well the category is told."""
    try:
        if evaluate is None:
            for row in read_rows(table, "content"):
                typer.echo(json.dumps(fields_of(row["content"]), ensure_ascii=False))
            return
        if evaluate != "category":
            raise InvalidInput("evaluate", "只能评测 category")
        rows = _decided(table)
        if not rows:
            raise InvalidInput("table", f"{table} 的 category 列都是空的")
        found = figures([row["category"] for row in rows], told(rows, train))
    except HotlineError as error:
        Console(stderr=True).print(error.message, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    typer.echo(f"{found.examples} 条:准确率 {found.accuracy:.3f},宏平均 F1 {found.macro_f1:.3f}")
    typer.echo(json.dumps({"accuracy": round(found.accuracy, 4), "macro_f1": round(found.macro_f1, 4)}))


if __name__ == "__main__":
    command()
