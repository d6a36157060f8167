"""The files in custody: written whole or not at all, found by a path that cannot leave the directory."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, TypeVar

import psutil

from core.errors import PartUnavailable
from core.ids import is_id

T = TypeVar("T")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Store:
    """The recordings directory: `<year>/<month>/<day>/<call id>.wav`, drafts in `.incoming`, unreadable legs apart."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def place_of(self, call_id: str, started_at: datetime) -> str:
        """Return the path, relative to the directory, of a call's file.

        Raises:
            ValueError: `call_id` is not an id; nothing else becomes part of a path.
        """
        if not is_id(call_id):
            raise ValueError("not a call id")
        return f"{started_at:%Y/%m/%d}/{call_id}.wav"

    def resolve(self, relative: str) -> Path:
        """Return the full path of a stored file.

        Raises:
            PartUnavailable: the path leads out of the directory.
        """
        path = (self._directory / relative).resolve()
        if not path.is_relative_to(self._directory.resolve()):
            raise PartUnavailable("recordings", "录音路径越界", remedy="检查数据库是否被篡改")
        return path

    def write(self, call_id: str, relative: str, produce: Callable[[IO[bytes]], T]) -> tuple[T, str]:
        """Write a file by `produce`, make sure that it is on the disk, give it its name; return result and SHA-256.

        Raises:
            PartUnavailable: the disk is full or refuses; nothing is left behind.
        """
        path = self.resolve(relative)
        drafts = self._directory / ".incoming"
        draft = drafts / f"{call_id}.{os.getpid()}.part"
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            drafts.mkdir(exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._remove_drafts_of_the_dead(drafts, call_id)
            with open(draft, "w+b", opener=_private) as file:
                result = produce(file)
                file.flush()
                os.fsync(file.fileno())
                file.seek(0)
                checksum = hashlib.file_digest(file, "sha256").hexdigest()
            draft.replace(path)
            _sync_directory(path.parent)
        except OSError as error:
            raise _explained(error, self._directory) from error
        finally:
            draft.unlink(missing_ok=True)
        return result, checksum

    def set_aside(self, call_id: str, files: Iterable[Path]) -> None:
        """Move leg files that cannot be read to `damaged/`, for people to look at.

        Raises:
            PartUnavailable: the disk refuses.
        """
        try:
            for file in files:
                if file.exists():
                    target = self._directory / "damaged" / f"{call_id}-{file.name}"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(file.read_bytes())
                    file.unlink()
        except OSError as error:
            raise _explained(error, self._directory) from error

    def remove(self, relative: str) -> bool:
        """Delete a stored file for good; False when it was gone already.

        Raises:
            PartUnavailable: the disk refuses.
        """
        path = self.resolve(relative)
        try:
            path.unlink()
            _sync_directory(path.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _explained(error, self._directory) from error
        return True

    def _remove_drafts_of_the_dead(self, drafts: Path, call_id: str) -> None:
        for draft in drafts.glob(f"{call_id}.*.part"):
            if not psutil.pid_exists(int(draft.name.split(".")[-2])):
                draft.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_directory(directory: Path) -> None:
    # a name is only on the disk when its directory is
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explained(error: OSError, directory: Path) -> PartUnavailable:
    if error.errno in _FULL:
        return PartUnavailable(
            "recordings",
            "磁盘已满,录音暂留在交换机目录,未丢失",
            remedy=f"释放 {directory} 所在磁盘的空间,系统会自动重试",
        )
    return PartUnavailable("recordings", f"无法写入录音({error.strerror})", remedy=f"修正 {directory} 的属主和权限")
