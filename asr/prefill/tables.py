"""Tables as people keep them: TSV or CSV, with or without quotes and byte order mark."""

import codecs
import csv
import io
import sys
from pathlib import Path
from typing import Literal

from core.errors import InvalidInput

_ENCODINGS = ("utf-8-sig", "gb18030")
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""Spreadsheets write "Unicode text" so."""
_Rows = list[tuple[int, list[str]]]


def read_rows(path: Path, *columns: str) -> list[dict[str, str]]:
    """Read a table with at least these columns; empty lines are left out, missing cells are empty text.

    Raises:
        InvalidInput: it cannot be read, a column is missing, or there is no row.
    """
    return [row for _, row in read_numbered(path, *columns)]


def read_numbered(path: Path, *columns: str) -> list[tuple[int, dict[str, str]]]:
    """Read a table as `read_rows` does, each row with the number of the line it ends in (the names stand in line 1).

    Raises:
        InvalidInput: as `read_rows`.
    """
    csv.field_size_limit(sys.maxsize)
    rows = _parsed(_text_of(path))
    header = [name.strip() for name in rows[0][1]] if rows else []
    missing = [name for name in columns if name not in header]
    if missing or len(rows) < 2:  # noqa: PLR2004 - the names and one row
        raise InvalidInput("table", f"{path} 需要有 {'、'.join(missing or columns)} 列和至少一行")
    return [(line, dict(zip(header, row + [""] * (len(header) - len(row)), strict=False))) for line, row in rows[1:]]


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput("table", f"无法读取 {path}") from error
    for encoding in ("utf-16",) if content.startswith(_WIDE_MARKS) else _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("table", f"{path} 不是 UTF-8 或 GB18030 文本")


def _parsed(text: str) -> _Rows:
    first = text.split("\n", 1)[0]
    delimiter = "," if "," in first and "\t" not in first else "\t"
    plain = _rows(text, delimiter, csv.QUOTE_NONE)
    if '"' not in text:
        return plain
    # a quote may be a word's or the table's: the table's when every row then has its number of cells
    try:
        quoted = _rows(text, delimiter, csv.QUOTE_MINIMAL)
    except csv.Error:
        return plain
    return quoted if quoted and all(len(row) == len(quoted[0][1]) for _, row in quoted) else plain


def _rows(text: str, delimiter: str, quoting: Literal[0, 3]) -> _Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
