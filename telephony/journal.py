"""The leg journal: one JSON line for each leg that ended, written by the dialplan, taken in by the recorder.

A line is never lost, whenever either side is killed: the file is renamed away, read, and deleted only after the
transaction that stored its lines has committed and no writer can hold it open any more. What cannot be read is kept in
`damaged/` for people, for 30 days.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.ids import instant_of, is_id, new_id
from core.personal import Personal
from telephony.events import Party

_NAME = "legs.jsonl"
_TAKEN = "taken-"
_GRACE = timedelta(seconds=30)
"""A writer that had the file open when it was renamed has written and closed it long before."""
_DAMAGED = "damaged"
_DAMAGE_KEPT = timedelta(days=30)
"""Damaged lines name callers: people have this long to look at them (docs/operations.md)."""
_START = '{"call"'


@dataclass(frozen=True, slots=True)
class LegLine:
    """What one line tells. Instants are aware UTC."""

    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    channel: str
    caller: Personal | None
    dialled: str
    queue: str
    entered_at: datetime | None
    recorded_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime
    mode: str
    cause: int
    callback: Personal | None
    """Number at which the caller wants to be called back."""
    file: str | None
    """Name of the recording below the spool directory; None: nothing was recorded."""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A renamed journal file with what could be read of it."""

    path: Path
    size: int
    lines: tuple[LegLine, ...]
    damaged: int
    """How many lines could not be read (a torn last line may be one of them)."""


class Journal:
    """The journal directory of one switch."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stored: dict[Path, int] = {}

    def take(self) -> list[TakenFile]:
        """Rename the current file away and read every taken file that holds something not yet stored, oldest first."""
        current = self._directory / _NAME
        if current.exists() and current.stat().st_size:
            current.rename(self._directory / f"{_TAKEN}{new_id()}.jsonl")
        taken = sorted(self._directory.glob(f"{_TAKEN}*.jsonl"))
        return [_read(path) for path in taken if self._stored.get(path) != path.stat().st_size]

    def stored(self, file: TakenFile) -> None:
        """Note that the transaction with the lines of `file` has committed."""
        self._stored[file.path] = file.size

    def sweep(self, now: datetime) -> None:
        """Delete stored files that nobody can be writing to any more; set damaged ones aside."""
        for path, size in list(self._stored.items()):
            if now - instant_of(path.stem.removeprefix(_TAKEN)) < _GRACE or path.stat().st_size != size:
                continue
            if _read(path).damaged:
                aside = self._directory / _DAMAGED
                aside.mkdir(exist_ok=True)
                path.rename(aside / path.name)
            else:
                path.unlink()
            del self._stored[path]
        self._erase_old_damage(now)

    def _erase_old_damage(self, now: datetime) -> None:
        for path in (self._directory / _DAMAGED).glob(f"{_TAKEN}*.jsonl"):
            if now - instant_of(path.stem.removeprefix(_TAKEN)) >= _DAMAGE_KEPT:
                path.unlink()


def _read(path: Path) -> TakenFile:
    data = path.read_bytes()
    lines, damaged = parse(data.decode("utf8", "replace").split("\n"))
    return TakenFile(path, len(data), tuple(lines), damaged)


def parse(texts: Iterable[str]) -> tuple[list[LegLine], int]:
    """Read journal lines; return them and how many pieces could not be read.

    A line torn by a crash may have the next line glued to it: each piece is read for itself.
    """
    lines: list[LegLine] = []
    damaged = 0
    for text in texts:
        for number, piece in enumerate(text.split(_START)):
            if not piece.strip():
                continue
            line = _line(_START + piece) if number else None
            if line is None:
                damaged += 1
            else:
                lines.append(line)
    return lines, damaged


def _line(text: str) -> LegLine | None:
    try:
        value = json.loads(text)
        ended = _instant(value["ended_at"])
        if not is_id(value["call"]) or not is_id(value["leg"]) or ended is None:
            return None
        return LegLine(
            call_id=value["call"],
            leg_id=value["leg"],
            party=Party(value["party"]),
            endpoint=value["endpoint"] or "",
            channel=value["channel"] or "",
            caller=Personal.of(value["caller"]),
            dialled=value["dialled"] or "",
            queue=value["queue"] or "",
            entered_at=_instant(value["entered_at"]),
            recorded_at=_instant(value["recorded_at"]),
            joined_at=_instant(value["joined_at"]),
            ended_at=ended,
            mode=value["mode"] or "",
            cause=int(value["cause"] or 0),
            callback=Personal.of(value.get("callback")),
            file=_recording(value["file"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _instant(milliseconds: Any) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _recording(name: str | None) -> str | None:
    """Keep recordings inside the spool: only `legs/<name>.wav` is a recording's name."""
    return f"legs/{Path(name).name}" if name else None
