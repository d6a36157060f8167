"""What happened in past half hours, as staffing reads it: from the interval history, or from a CSV file (pure)."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from core.clock import LOCAL
from core.errors import InvalidInput
from routing.figures.counts import Count
from routing.figures.lane import Interval

COLUMNS = ("starts_at", "calls", "handled", "handle_seconds", "abandoned", "wait_seconds", "queue")
"""Columns of the CSV file: begin of the half hour (ISO 8601; civil time when no zone is given), calls that came, talks
that ended, their mean handle time, callers who gave up, and the waiting time of all callers together. Only the first
two are required."""


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One half hour that was seen. Half hours that were not seen are left out, never zero."""

    starts_at: datetime
    calls: int
    handled: int = 0
    handle_seconds: float = 0.0
    """Talk and wrap-up of the handled ones, added up."""
    abandoned: int = 0
    wait_seconds: float = 0.0
    """Waiting time of all callers, added up."""


def half_hour_of(interval: Interval) -> HalfHour:
    """Return an interval of the figures as staffing reads it."""
    counts = interval.counts
    return HalfHour(
        starts_at=interval.starts_at,
        calls=counts.get(Count.OFFERED, 0),
        handled=counts.get(Count.HANDLED, 0),
        handle_seconds=(counts.get(Count.TALK_MS, 0) + counts.get(Count.WRAP_UP_MS, 0)) / 1000,
        abandoned=counts.get(Count.ABANDONED, 0),
        wait_seconds=(counts.get(Count.ANSWER_WAIT_MS, 0) + counts.get(Count.ABANDON_WAIT_MS, 0)) / 1000,
    )


def read_csv(lines: Iterable[str], queue: str) -> list[HalfHour]:
    """Return the rows of a CSV file that are about the queue (all, when it has no column `queue`).

    Raises:
        InvalidInput: a column is missing or unknown, or a value is not what it must be; names line and column.
    """
    rows = csv.DictReader(lines)
    names = [name.strip() for name in rows.fieldnames or ()]
    rows.fieldnames = names
    for required in COLUMNS[:2]:
        if required not in names:
            raise InvalidInput("csv", f"缺少列 {required};可用的列:{'、'.join(COLUMNS)}")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise InvalidInput("csv", f"未知的列 {unknown[0]};可用的列:{'、'.join(COLUMNS)}")
    return list(_rows(rows, queue))


def _rows(rows: "csv.DictReader[str]", queue: str) -> Iterator[HalfHour]:
    for row in rows:
        if (row.get("queue") or queue).strip() != queue:
            continue
        line = rows.line_num
        calls = int(_number(row, "calls", line))
        mean = _number(row, "handle_seconds", line)
        handled = int(_number(row, "handled", line)) if row.get("handled") else calls
        yield HalfHour(
            starts_at=_instant(row["starts_at"], line),
            calls=calls,
            handled=handled if mean else 0,
            handle_seconds=mean * handled,
            abandoned=int(_number(row, "abandoned", line)),
            wait_seconds=_number(row, "wait_seconds", line),
        )


def _number(row: dict[str, str], column: str, line: int) -> float:
    text = (row.get(column) or "0").strip()
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:  # noqa: PLR2004 - also refuses nan and inf
        raise InvalidInput("csv", f"第{line}行 {column} 须为不小于0的数:{text[:20]}")
    return value


def _instant(text: str | None, line: int) -> datetime:
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise InvalidInput("csv", f"第{line}行 starts_at 须为 ISO 8601 时间:{(text or '')[:25]}") from None
    at = at.replace(tzinfo=LOCAL) if at.tzinfo is None else at
    local = at.astimezone(LOCAL)
    if local.minute % 30 or local.second or local.microsecond:
        raise InvalidInput("csv", f"第{line}行 starts_at 须为整点或半点:{(text or '')[:25]}")
    return at
