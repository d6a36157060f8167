"""Tables of sound and text as other people make them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from typer.testing import CliRunner

from asr import sound
from asr.cer import distance, normalise
from asr.evaluate import command, hear, measure, read_table
from asr.recogniser import SAMPLE_RATE, Recogniser
from core.errors import InvalidInput

SPOKEN = min((Path(__file__).parents[2] / "hotline" / "demo_audio").glob("caller-*.wav"))


def table(directory: Path, content: str) -> Path:
    (directory / "one.wav").touch()
    path = directory / "table.tsv"
    path.write_bytes(content.encode())
    return path


def test_a_mark_at_the_beginning_empty_lines_and_quotes_do_no_harm(tmp_path: Path) -> None:
    content = f'\ufeffpath\tseconds\ttext\r\none.wav\t1\t他说"好\r\n\r\n\t\t\r\n{tmp_path}/one.wav\t2\t 坏 \r\n'
    items = read_table(table(tmp_path, content))
    assert [(item.path, item.text) for item in items] == [
        (tmp_path / "one.wav", '他说"好'),
        (tmp_path / "one.wav", "坏"),
    ]


@pytest.mark.parametrize(
    "content", ["path\tsaid\none.wav\t好\n", "path\ttext\n", "path\ttext\nnone.wav\t好\n", "", "\xff\xfe"]
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidInput):
        read_table(table(tmp_path, content))


def test_what_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"第 4 行.*none.wav"):
        read_table(table(tmp_path, "path\ttext\none.wav\t好\n\nnone.wav\t好\n"))
    broken = table(tmp_path, "path\ttext\n\none.wav\t好\n")
    result = CliRunner().invoke(command, [str(broken), "--bare"])
    assert result.exit_code == 1
    assert "第 3 行" in result.output + (result.stderr or "")


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
def test_tables_of_spreadsheets_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "one.wav").touch()
    path = tmp_path / "table.csv"
    path.write_bytes('path,text\r\none.wav,"好,好"\r\n'.encode(encoding))
    assert [item.text for item in read_table(path)] == ["好,好"]


@pytest.mark.parametrize(("name", "rate"), [("a.wav", 48_000), ("a.mp3", 44_100), ("a.flac", 8_000), ("a.ogg", 22_050)])
def test_sound_of_any_kind_is_heard_the_same(tmp_path: Path, recogniser: Recogniser, name: str, rate: int) -> None:
    said = sound.read(SPOKEN)
    other = soxr.resample(said, SAMPLE_RATE, rate)
    # the voice stands on the second channel only
    soundfile.write(tmp_path / name, np.stack([np.zeros_like(other), other], axis=1), rate)
    read = sound.read(tmp_path / name, None)
    assert distance(normalise(hear(recogniser, said)), normalise(hear(recogniser, read))) <= 3


def test_empty_sound_is_silence(tmp_path: Path, recogniser: Recogniser) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 8000)
    figures = measure(recogniser, [("好", sound.read(tmp_path / "a.wav", None))], telephone=True)
    assert figures["cer"] == 100.0


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read_table(tmp_path / "none.tsv")
