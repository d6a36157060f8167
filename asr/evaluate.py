"""How well and how fast an engine hears: `python -m asr.evaluate FILE.tsv [--telephone] [--engine E] [--lexicon F]`.

The table has columns `path` (absolute, or relative to the table) and `text`.
The last line printed is a JSON object with `cer` (%), `rtf`.
"""

import json
import time
from collections.abc import Sequence
from csv import QUOTE_NONE, DictReader
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.progress import track

from asr import sound
from asr.cer import digit_accuracy, error_rate
from asr.opening import SHIPPED_LEXICON, open_recogniser
from asr.recogniser import SAMPLE_RATE, Recogniser
from core.errors import HotlineError, InvalidInput
from core.settings import Settings, load_settings

_PIECE = SAMPLE_RATE // 5
"""Bytes of 100 ms, as a tap gives them."""
_ENGINES = ("auto", "sherpa", "vosk", "whisper")


@dataclass(frozen=True, slots=True)
class Item:
    """One sound file and what is said in it."""

    path: Path
    text: str


def read_table(path: Path) -> list[Item]:
    """Read the table: UTF-8 with or without a mark at its beginning; lines without path or text are left out.

    Raises:
        InvalidInput: the file cannot be read, a column is missing, or there is no line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = DictReader(stream, delimiter="\t", quoting=QUOTE_NONE)
            rows = [(row["path"], row["text"]) for row in table]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise InvalidInput("table", f"无法读取 {path}(需要 UTF-8、制表符分隔、含 path 与 text 两列)") from error
    items = [Item(path.parent / where.strip(), text.strip()) for where, text in rows if where and text and text.strip()]
    if not items:
        raise InvalidInput("table", f"{path} 中没有可评测的行(需要 path 与 text 两列)")
    if missing := [item.path for item in items if not item.path.is_file()]:
        raise InvalidInput("table", f"{path} 中有 {len(missing)} 个音频文件不存在,第一个是 {missing[0]}")
    return items


def hear(recogniser: Recogniser, samples: sound.Samples) -> str:
    """Return all that is understood of some sound, fed in pieces of 100 ms."""
    stream, pcm = recogniser.open_stream(), sound.pcm(samples)
    heard = [one for start in range(0, len(pcm), _PIECE) for one in stream.accept(pcm[start : start + _PIECE])]
    return "".join(one.text for one in [*heard, *stream.finish()] if one.final)


def measure(recogniser: Recogniser, items: Sequence[Item], *, telephone: bool, console: Console) -> dict[str, object]:
    """Run over all items and return the figures: cer in %, rtf (CPU seconds a second of sound), memory in MB."""
    pairs, seconds, spent = [], 0.0, 0.0
    for item in track(items, "识别", console=console):
        samples = sound.read(item.path)
        samples = sound.telephone(samples) if telephone else samples
        seconds += len(samples) / SAMPLE_RATE
        begun = time.process_time()
        got = hear(recogniser, samples)
        spent += time.process_time() - begun
        pairs.append((item.text, got))
    right, strings = digit_accuracy(pairs)
    return {
        "cer": round(error_rate(pairs).percent, 2),
        "rtf": round(spent / seconds, 4) if seconds else 0.0,
        "digit_strings": strings,
        "digit_strings_right": right,
        "seconds": round(seconds, 1),
        "memory_mb": round(psutil.Process().memory_info().rss / 1e6),
        "engine": recogniser.engine,
        "model": recogniser.model,
        "telephone": telephone,
    }


def _main(
    table: Annotated[Path, typer.Argument(help="带 path 与 text 两列的 TSV 文件")],
    telephone: Annotated[bool, typer.Option("--telephone", help="模拟 8 kHz 电话信道")] = False,
    engine: Annotated[str, typer.Option(help="sherpa、vosk、whisper 或 auto")] = "auto",
    lexicon: Annotated[Path | None, typer.Option(help="另加的词表文件")] = None,
    bare: Annotated[bool, typer.Option("--bare", help="连随附的行业词表也不用")] = False,
) -> None:
    """Measure character error rate, digit strings, real-time factor and memory."""
    console = Console(stderr=True)
    try:
        if engine not in _ENGINES:
            raise InvalidInput("engine", f"未知的识别引擎 {engine},可用:{'、'.join(_ENGINES)}")
        settings = load_settings()
        values = settings.speech.model_dump() | {"engine": engine}
        chosen_settings = Settings(**(settings.model_dump() | {"speech": values}))
        words = [*([] if bare else [SHIPPED_LEXICON]), *([lexicon] if lexicon else [])]
        if lexicon is not None and not lexicon.is_file():
            raise InvalidInput("lexicon", f"词表文件 {lexicon} 不存在")
        items = read_table(table)
        recogniser = open_recogniser(chosen_settings, lexicon=words)
        figures = measure(recogniser, items, telephone=telephone, console=console)
    except HotlineError as error:
        console.print(f"[red]{error.message}[/red]")
        raise typer.Exit(1) from error
    typer.echo(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    typer.run(_main)
