"""The directories of one instance: made, given to the switch's own user, filled with the announcements."""

import os
import shutil
from pathlib import Path

from asterisk import config
from asterisk.identity import Identity
from asterisk.sounds.prompts import SUFFIX, convert
from core.errors import PartUnavailable

_PRIVATE = ("etc", "run", "log", "spool", "db", "sounds", "sounds/zh")
_SHARED = ("spool/legs", "spool/journal")
"""The switch writes here and Python takes away: the group may delete and rename."""
_SPACE_NEEDED_BYTES = 50_000_000
"""About 50 minutes of one leg: below this no call can be promised its recording."""


def prepare(root: Path, owner: Identity, own: Path) -> None:
    """Make what is missing below `root`, the directory of the instance; what is there stays.

    Args:
        root: directory of the instance.
        owner: the switch's own user.
        own: directory of the centre's own announcements, which replace those shipped; it may be absent.

    Raises:
        PartUnavailable: it cannot be written, or the disk is full.
    """
    try:
        for names, mode in ((_PRIVATE, 0o2750), (_SHARED, 0o2770)):
            for name in names:
                directory = root / name
                directory.mkdir(parents=True, exist_ok=True)
                os.chown(directory, owner.uid, owner.gid)
                # set-group-id: what the switch writes stays readable for the group of the spool
                directory.chmod(mode)
        for sound in config.sounds():
            place = root / "sounds" / ("zh" if sound.suffix == ".alaw" else "") / sound.name
            shutil.copy2(sound, place)
            place.chmod(0o644)
        for recording in sorted(own.glob("*")) if own.is_dir() else ():
            _replace_announcement(recording, root / "sounds" / "zh")
    except OSError as error:
        raise unwritable(root, error) from error
    if shutil.disk_usage(root).free < _SPACE_NEEDED_BYTES:
        raise PartUnavailable("asterisk", f"{root} 所在磁盘已满,无法录音", remedy="清理磁盘,至少留出 50 MB")


def _replace_announcement(recording: Path, directory: Path) -> None:
    """Take over an announcement of the centre itself: audio of any rate, or 8 kHz A-law as it is."""
    convert(recording, directory / f"{recording.stem}{SUFFIX}")
    (directory / f"{recording.stem}{SUFFIX}").chmod(0o644)


def clear_run(root: Path) -> None:
    """Remove what a crash left in `run`; only while no switch of the instance runs."""
    for stale in (root / "run").iterdir():
        stale.unlink()


def unwritable(root: Path, error: OSError) -> PartUnavailable:
    """Return the error for a directory that refuses."""
    return PartUnavailable(
        "asterisk", f"目录 {root} 不可写:{error.strerror}", remedy="检查磁盘空间与权限(df -h,须以 root 运行)"
    )
