"""Free space where things are written; told in time, because recordings stop without it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import PartUnavailable
from core.settings import DiskSettings

_MIB = 1024 * 1024
REMEDY = "清理或扩容该磁盘;到期录音由 hotline retention run 清除"


@dataclass(frozen=True, slots=True)
class Space:
    """What is left at one place."""

    name: str
    place: Path
    """The directory, or the nearest above it that exists."""
    free_bytes: int

    def __str__(self) -> str:
        """Tell it to the operator."""
        return f"{self.name} {self.seen}"

    @property
    def seen(self) -> str:
        """Place and free space."""
        free = self.free_bytes / _MIB
        return f"{self.place} 剩余 " + (f"{free / 1024:.1f} GiB" if free >= 1024 else f"{free:.0f} MiB")  # noqa: PLR2004 - MiB in a GiB

    def is_low(self, limits: DiskSettings) -> bool:
        """Somebody should look soon."""
        return self.free_bytes < limits.warn_mib * _MIB

    def is_full(self, limits: DiskSettings) -> bool:
        """Recordings are about to fail, or fail already."""
        return self.free_bytes < limits.problem_mib * _MIB


def look(places: Mapping[str, Path]) -> list[Space]:
    """Return what is left at each place, the fullest first."""
    spaces = [Space(name, _nearest(path), shutil.disk_usage(_nearest(path)).free) for name, path in places.items()]
    return sorted(spaces, key=lambda space: space.free_bytes)


def require(places: Mapping[str, Path], limits: DiskSettings) -> Space:
    """Return the fullest place.

    Raises:
        PartUnavailable: it is full; with the remedy.
    """
    fullest = look(places)[0]
    if fullest.is_full(limits):
        raise PartUnavailable("disk", f"磁盘将满:{fullest},录音会不完整", remedy=REMEDY)
    return fullest


def _nearest(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.is_dir())
