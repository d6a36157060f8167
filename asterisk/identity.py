"""Who the switch is: one user of its own, with the same numbers on the host and inside the root file system.

Files carry numbers, not names. Debian gives `asterisk` inside the root file system a number that on the host may belong
to anybody, who could then read every recording: both sides are made the same.
"""

import os
import pwd
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.errors import PartUnavailable

USER = "asterisk"
"""User and group of the switch inside the root file system; Debian's package makes it."""

HOST_USER = "hotline-switch"
"""User and group on the host; nobody else is in the group."""

_PART = "asterisk"
_NUMBERS = range(989, 199, -1)
"""Numbers of system users that neither side's packages count on (those go up from 100 and down from 999)."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Identity:
    """Numeric user and group."""

    uid: int
    gid: int


def on_host() -> Identity | None:
    """Return the host's user of the switch; None when it was not made yet."""
    try:
        entry = pwd.getpwnam(HOST_USER)
    except KeyError:
        return None
    return Identity(entry.pw_uid, entry.pw_gid)


def inside(rootfs: Path) -> Identity:
    """Return the switch's own user inside `rootfs`.

    Raises:
        PartUnavailable: there is none.
    """
    match = re.search(rf"^{USER}:[^:]*:(\d+):(\d+):", (rootfs / "etc/passwd").read_text(), re.MULTILINE)
    if match is None:
        raise PartUnavailable(_PART, f"{rootfs} 中没有用户 {USER}", remedy=f"删除 {rootfs} 后运行 make setup")
    return Identity(int(match[1]), int(match[2]))


def ensure_on_host(rootfs: Path) -> Identity:
    """Return the host's user of the switch; it is made when missing, with numbers that are free on both sides.

    Raises:
        PartUnavailable: it is missing and cannot be made.
    """
    found = on_host()
    if found is not None:
        return found
    taken = set(_numbers(Path("/etc"))) | set(_numbers(rootfs / "etc"))
    number = str(next(number for number in _NUMBERS if number not in taken))
    home = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    _run("groupadd", "--system", "--gid", number, HOST_USER)
    _run("useradd", "--system", "--uid", number, "--gid", number, *home, HOST_USER)
    made = on_host()
    assert made is not None
    return made


def unify(rootfs: Path, report: Report) -> Identity:
    """Make the switch's user the same inside `rootfs` and on the host; return the one inside.

    While an Asterisk runs in `rootfs` nothing is changed: its files must not be taken from under it.

    Args:
        rootfs: the root file system.
        report: told one line when the two differ.

    Raises:
        PartUnavailable: a number is taken inside by somebody else, or no user could be made.
    """
    host, inner = ensure_on_host(rootfs), inside(rootfs)
    if host == inner:
        return inner
    differ = f"{rootfs} 中 {USER} 的编号 {inner.uid}:{inner.gid} 与本机 {HOST_USER} 的 {host.uid}:{host.gid} 不同"
    if running(rootfs):
        report(f"{differ};有实例正在运行,下次全部停止后启动时更正")
        return inner
    _give_files(rootfs, inner, host)
    # not --prefix: that looks for taken numbers on the host
    _run("chroot", str(rootfs), "groupmod", "--gid", str(host.gid), USER)
    _run("chroot", str(rootfs), "usermod", "--uid", str(host.uid), "--gid", str(host.gid), USER)
    report(f"{differ},已更正")
    return host


def running(rootfs: Path) -> list[int]:
    """Return the processes that have `rootfs` as their root directory."""
    resolved = str(rootfs.resolve())
    return [process.pid for process in psutil.process_iter() if _root_of(process.pid) == resolved]


def _root_of(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/root").readlink())
    except OSError:
        return ""


def _numbers(etc: Path) -> Iterator[int]:
    """Yield the numbers of all users and groups; in both files it is the third field."""
    for name in ("passwd", "group"):
        path = etc / name
        for line in path.read_text().splitlines() if path.is_file() else ():
            fields = line.split(":")
            if len(fields) > 2 and fields[2].isdigit():  # noqa: PLR2004 - see above
                yield int(fields[2])


def _give_files(rootfs: Path, old: Identity, new: Identity) -> None:
    # the numbers are changed last: whatever stops us in between, the next run finds what is left
    find = ["find", str(rootfs), "-xdev"]
    _run(*find, "-uid", str(old.uid), "-exec", "chown", "--no-dereference", str(new.uid), "{}", "+")
    _run(*find, "-gid", str(old.gid), "-exec", "chgrp", "--no-dereference", str(new.gid), "{}", "+")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        raise PartUnavailable(
            _PART,
            f"{command[0]} 失败({done.stderr.strip() or done.returncode})",
            remedy=f"以 root 运行;编号冲突时删除用户 {HOST_USER}(userdel {HOST_USER})后运行 make setup",
        )
