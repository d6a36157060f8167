"""How well and how fast an engine hears: `python -m asr.evaluate FILE.tsv [--telephone] [--engine E] [--lexicon F]`.

`--noise 10`, `--gain -20`, `--clip 20` (dB) impair the sound first, before the telephone channel.
The table has columns `path` (absolute, or relative to the table) and `text`.
The last line printed is a JSON object with `cer` (%), `rtf`.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.progress import track

from asr import sound
from asr.cer import digit_accuracy, error_rate
from asr.impairments import Impairments
from asr.opening import SHIPPED_LEXICON, open_recogniser
from asr.prefill.tables import read_numbered
from asr.recogniser import SAMPLE_RATE, Recogniser
from core.errors import HotlineError, InvalidInput
from core.settings import Settings, load_settings

_PIECE = SAMPLE_RATE // 5
"""Bytes of 100 ms, as a tap gives them."""
_UNIMPAIRED = Impairments()
_ENGINES = ("auto", "sherpa", "vosk", "whisper")


@dataclass(frozen=True, slots=True)
class Item:
    """One sound file and what is said in it; `line`: where the table names it."""

    path: Path
    text: str
    line: int


def read_table(path: Path) -> list[Item]:
    """Read the table; lines without path or text are left out. Paths are relative to the table, else to where we are.

    Raises:
        InvalidInput: the file cannot be read, a column is missing, there is no line, or a sound file is not there.
    """
    items = [
        Item(_place(path, row["path"].strip()), row["text"].strip(), line)
        for line, row in read_numbered(path, "path", "text")
        if row["path"].strip() and row["text"].strip()
    ]
    if not items:
        raise InvalidInput("table", f"{path} 中没有可评测的行(需要 path 与 text 两列)")
    if missing := [item for item in items if not item.path.is_file()]:
        first = missing[0]
        raise InvalidInput(
            "table", f"{path} 第 {first.line} 行:音频文件 {first.path} 不存在(共缺 {len(missing)} 个文件)"
        )
    return items


def _place(table: Path, name: str) -> Path:
    beside = table.parent / name
    return beside if beside.is_file() or not Path(name).is_file() else Path(name)


def _sound_of(table: Path, item: Item) -> sound.Samples:
    """Return the sound of an item, its channels mixed.

    Raises:
        InvalidInput: it is no sound file; the message names the line.
    """
    try:
        return sound.read(item.path, None)
    except InvalidInput as error:
        raise InvalidInput("table", f"{table} 第 {item.line} 行:{error.message}") from error


def hear(recogniser: Recogniser, samples: sound.Samples) -> str:
    """Return all that is understood of some sound, fed in pieces of 100 ms."""
    stream, pcm = recogniser.open_stream(), sound.pcm(samples)
    heard = [one for start in range(0, len(pcm), _PIECE) for one in stream.accept(pcm[start : start + _PIECE])]
    return "".join(one.text for one in [*heard, *stream.finish()] if one.final)


def measure(
    recogniser: Recogniser,
    sounds: Iterable[tuple[str, sound.Samples]],
    *,
    telephone: bool,
    impairments: Impairments = _UNIMPAIRED,
) -> dict[str, object]:
    """Run over (text, sound) pairs and return the figures: cer in %, rtf (CPU seconds a second), memory in MB."""
    pairs, seconds, spent = [], 0.0, 0.0
    for text, read in sounds:
        impaired = impairments.applied(read)
        samples = sound.telephone(impaired) if telephone else impaired
        seconds += len(samples) / SAMPLE_RATE
        begun = time.process_time()
        got = hear(recogniser, samples)
        spent += time.process_time() - begun
        pairs.append((text, got))
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
        **{name: decibels for name, decibels in asdict(impairments).items() if decibels is not None},
    }


command = typer.Typer(add_completion=False)


@command.command()
def _main(  # noqa: PLR0917 - options of a command line
    table: Annotated[Path, typer.Argument(help="带 path 与 text 两列的 TSV 文件")],
    telephone: Annotated[bool, typer.Option("--telephone", help="模拟 8 kHz 电话信道")] = False,
    engine: Annotated[str, typer.Option(help="sherpa、vosk、whisper 或 auto")] = "auto",
    lexicon: Annotated[Path | None, typer.Option(help="另加的词表文件")] = None,
    noise: Annotated[float | None, typer.Option(help="加白噪声,信噪比 dB")] = None,
    gain: Annotated[float | None, typer.Option(help="改变音量 dB,如 -20")] = None,
    clip: Annotated[float | None, typer.Option(help="过载削波:放大的 dB")] = None,
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
        sounds = ((one.text, _sound_of(table, one)) for one in track(items, "识别", console=console))
        impairments = Impairments(clip_db=clip, noise_db=noise, gain_db=gain)
        figures = measure(recogniser, sounds, telephone=telephone, impairments=impairments)
    except HotlineError as error:
        console.print(error.message, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    command()
