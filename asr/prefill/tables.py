"""Tables of appeals as people keep them: TSV or CSV, with or without quotes and byte order mark."""

import csv
import io
import sys
from pathlib import Path
from typing import Literal

from core.errors import InvalidInput

_ENCODINGS = ("utf-8-sig", "gb18030")


def read_rows(path: Path, *columns: str) -> list[dict[str, str]]:
    """Read a table with at least these columns; empty lines are left out, missing cells are empty text.

    Raises:
        InvalidInput: it cannot be read, a column is missing, or there is no row.
    """
    csv.field_size_limit(sys.maxsize)
    rows = _parsed(_text_of(path))
    header = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in columns if name not in header]
    if missing or len(rows) < 2:  # noqa: PLR2004 - the names and one row
        raise InvalidInput("table", f"{path} 需要有 {'、'.join(missing or columns)} 列和至少一行")
    filled = [row + [""] * (len(header) - len(row)) for row in rows[1:]]
    return [dict(zip(header, row, strict=False)) for row in filled]


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput("table", f"无法读取 {path}") from error
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("table", f"{path} 不是 UTF-8 或 GB18030 文本")


def _parsed(text: str) -> list[list[str]]:
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
    return quoted if quoted and all(len(row) == len(quoted[0]) for row in quoted) else plain


def _rows(text: str, delimiter: str, quoting: Literal[0, 3]) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    return [row for row in reader if any(cell.strip() for cell in row)]
