"""Rows into a file: CSV (with BOM, as spreadsheet programs in Chinese expect) or XLSX in write-only mode."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet.worksheet import Worksheet

_RISKY = ("=", "+", "-", "@", "\t", "\r")


class CsvSheet:
    """A CSV file."""

    def __init__(self, path: Path) -> None:
        self._file: io.TextIOWrapper = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)

    def write(self, row: Sequence[object]) -> None:
        """Add a row."""
        self._writer.writerow([plain(value) for value in row])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class XlsxSheet:
    """An XLSX workbook with one sheet; rows go to disk as they come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet: Worksheet = self._book.create_sheet("工单")

    def write(self, row: Sequence[object]) -> None:
        """Add a row."""
        cells = []
        for value in row:
            cell = WriteOnlyCell(self._sheet, value=plain(value))
            cell.data_type = "s"  # text, never a formula
            cells.append(cell)
        self._sheet.append(cells)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.save(self._path)


def sheet(form: str, path: Path) -> CsvSheet | XlsxSheet:
    """Open a file for rows."""
    return CsvSheet(path) if form == "csv" else XlsxSheet(path)


def plain(value: object) -> str:
    """Return a cell as text; what a spreadsheet would run as a formula gets an apostrophe (OWASP CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RISKY) else text
