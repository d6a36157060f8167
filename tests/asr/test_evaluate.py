"""Tables of sound and text as other people make them."""

from pathlib import Path

import pytest

from asr.evaluate import read_table
from core.errors import InvalidInput


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


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read_table(tmp_path / "none.tsv")
