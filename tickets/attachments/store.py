"""Where the bytes of files lie: written whole or not at all, readable by the platform only."""

import os
from pathlib import Path

from core.errors import PartUnavailable

_REMEDY = "检查数据目录的空间和权限(hotline doctor)"


def write(path: Path, contents: bytes) -> None:
    """Write a file; after this it is on the disk.

    Raises:
        PartUnavailable: it cannot be written; nothing is left of it.
    """
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(contents)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PartUnavailable("tickets", f"附件无法保存({error.strerror})", remedy=_REMEDY) from error


def read(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        PartUnavailable: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PartUnavailable("tickets", f"附件无法读取({error.strerror})", remedy="从备份恢复 files/ 目录") from error
