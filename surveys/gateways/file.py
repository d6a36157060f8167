"""Text messages as files: `outbox/` holds one JSON file a sent message, `inbox/` is where replies are put.

For trials, demonstrations, and operators whose own system picks files up. Files of the inbox are
`{"from": "13800138000", "text": "1", "at": "2026-03-02T10:00:00+08:00"}`; handled ones are moved to `inbox/done/`,
unreadable ones to `inbox/refused/` beside a file that gives the reason.
"""

import asyncio
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from core.clock import SystemClock
from core.errors import InvalidInput, PartUnavailable
from core.ids import new_id
from core.personal import Personal
from surveys.gateways import IncomingSms, OutgoingSms, Receiver

_log = structlog.get_logger(__name__)

_SETTLING_SECONDS = 2.0
"""A file that cannot be read is left alone for so long after its last change: it may still be being written."""
_LARGEST = 64 * 1024
"""Bytes read of a file; a longer one is cut, and then is no valid message."""


class _InboxFile(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: str = Field(alias="from", min_length=1, max_length=40)
    text: str = Field(max_length=2000)
    at: AwareDatetime


class FileGateway:
    """Messages as files below `directory`."""

    def __init__(self, directory: Path) -> None:
        self.outbox = directory / "outbox"
        self.inbox = directory / "inbox"
        self._done = self.inbox / "done"
        self._refused = self.inbox / "refused"

    async def send(self, message: OutgoingSms) -> str:
        """Write the message's file; the same message again writes the same file. Return its name."""
        return await asyncio.to_thread(self._write, message)

    async def poll(self, receive: Receiver) -> int:
        """Hand over the inbox's files in the order of their names."""
        handled = 0
        for path in await asyncio.to_thread(self._waiting):
            message = await asyncio.to_thread(self._read, path)
            if message is None:
                continue
            try:
                await receive(message)
            except InvalidInput as error:
                await asyncio.to_thread(self._refuse, path, error.message)
                continue
            await asyncio.to_thread(_move, path, self._done)
            handled += 1
        return handled

    def _write(self, message: OutgoingSms) -> str:
        name = f"{_safe(message.message_id)}.json"
        body = {
            "id": message.message_id,
            "to": message.to.reveal(),
            "text": message.text.reveal(),
            "kind": message.kind,
            "at": message.at.isoformat(),
        }
        temporary = self.outbox / f".{name}.{new_id()}"
        try:
            self.outbox.mkdir(parents=True, exist_ok=True)
            with temporary.open("w", encoding="utf-8") as file:
                json.dump(body, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.outbox / name)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise _unusable(self.outbox, error) from error
        return name

    def _waiting(self) -> list[Path]:
        try:
            for directory in (self.inbox, self._done, self._refused):
                directory.mkdir(parents=True, exist_ok=True)
            return sorted(path for path in self.inbox.glob("*.json") if path.is_file())
        except OSError as error:
            raise _unusable(self.inbox, error) from error

    def _read(self, path: Path) -> IncomingSms | None:
        """Return the message in a file; refuse the file, or leave it while it may still be being written."""
        try:
            stat = path.stat()
            read = _InboxFile.model_validate_json(path.read_bytes()[:_LARGEST])
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            # the clock of files, not of the rules: how long ago the writer last touched it
            if SystemClock().now().timestamp() - stat.st_mtime > _SETTLING_SECONDS:
                self._refuse(path, _reason(error))
            return None
        # name and last change together: another message may later come in a file of the same name
        identity = hashlib.sha256(f"{path.name}:{stat.st_mtime_ns}".encode()).hexdigest()[:32]
        return IncomingSms(f"file:{identity}", Personal(read.sender), Personal(read.text), read.at)

    def _refuse(self, path: Path, reason: str) -> None:
        moved = _move(path, self._refused)
        if moved is not None:
            moved.with_suffix(".reason.txt").write_text(reason + "\n", encoding="utf-8")
            _log.warning("incoming message refused", file=moved.name)


def _move(path: Path, directory: Path) -> Path | None:
    target = directory / path.name
    if target.exists():
        target = directory / f"{path.stem}.{new_id()}{path.suffix}"
    try:
        path.replace(target)
    except FileNotFoundError:
        return None  # another poller was quicker
    return target


def _safe(message_id: str) -> str:
    """Return a file name for a message id; ids are ours, but nothing is trusted to be a path."""
    if message_id.replace("-", "").isalnum():
        return message_id
    return hashlib.sha256(message_id.encode()).hexdigest()[:32]


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"字段 {place or '(整体)'}:{first['msg']}"
    return str(error) if isinstance(error, ValueError) else type(error).__name__


def _unusable(path: Path, error: OSError) -> PartUnavailable:
    return PartUnavailable("sms", f"{path}: {error.strerror}", remedy="确认短信目录存在、可写且磁盘未满")
