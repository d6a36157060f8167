"""The switch is one user of its own, the same on the host and inside the root file system."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from asterisk import identity
from asterisk.identity import HOST_USER, Identity
from core.errors import PartUnavailable

STRANGER = Identity(64_123, 64_123)


@pytest.fixture
def small_root(asterisk_rootfs: Path, tmp_path: Path) -> Path:
    """The files that hold users, and the programs that change them; the switch is a stranger in it."""
    root = tmp_path / "root"
    for name in ("passwd", "group", "login.defs", "nsswitch.conf"):
        (root / "etc").mkdir(parents=True, exist_ok=True)
        shutil.copy(asterisk_rootfs / "etc" / name, root / "etc" / name)
    for name in ("usr/sbin", "usr/lib", "usr/lib64"):
        if (asterisk_rootfs / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
    programs = ("usr/sbin/groupmod", "usr/sbin/usermod", "usr/bin/sleep")
    for name in (*programs, *_libraries(asterisk_rootfs, programs)):
        target = root / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(asterisk_rootfs / name.lstrip("/"), target)
    _renumber(root, STRANGER)
    return root


def _libraries(root: Path, programs: tuple[str, ...]) -> set[str]:
    seen = set()
    for program in programs:
        lines = subprocess.run(
            ["chroot", str(root), "ldd", f"/{program}"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        seen |= {word for line in lines for word in line.split() if word.startswith("/")}
    return seen


def _renumber(root: Path, user: Identity) -> None:
    for name in ("passwd", "group"):
        path = root / "etc" / name
        lines = [line.split(":") for line in path.read_text().splitlines()]
        for fields in lines:
            if fields[0] == identity.USER:
                fields[2 : 4 if name == "passwd" else 3] = [str(user.uid), str(user.gid)][
                    : 2 if name == "passwd" else 1
                ]
        path.write_text("".join(":".join(fields) + "\n" for fields in lines))


def test_the_user_on_the_host_is_nobody_else_and_cannot_log_in(asterisk_rootfs: Path) -> None:
    user = identity.ensure_on_host(asterisk_rootfs)
    entry = pwd.getpwnam(HOST_USER)
    assert (entry.pw_uid, entry.pw_gid) == (user.uid, user.gid)
    assert [other.pw_name for other in pwd.getpwall() if other.pw_uid == user.uid] == [HOST_USER]
    assert entry.pw_shell.endswith("nologin")


def test_a_stranger_inside_becomes_the_hosts_user_and_so_do_its_files(small_root: Path) -> None:
    spool = small_root / "srv/main/spool/legs"
    spool.mkdir(parents=True)
    leg, foreign, link = spool / "leg.wav", spool / "foreign.wav", spool / "link"
    leg.write_bytes(b"sound")
    foreign.write_bytes(b"not the switch's")
    link.symlink_to("/etc/passwd")
    for path in (spool, leg, link):
        os.chown(path, STRANGER.uid, STRANGER.gid, follow_symlinks=False)
    outside = Path("/etc/passwd").stat().st_uid
    said: list[str] = []
    host = identity.unify(small_root, said.append)
    assert host == identity.on_host() == identity.inside(small_root)
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in (spool, leg, link)} == {(host.uid, host.gid)}
    assert foreign.stat().st_uid == 0
    assert Path("/etc/passwd").stat().st_uid == outside
    assert len(said) == 1
    assert "已更正" in said[0]
    identity.unify(small_root, said.append)
    assert len(said) == 1, "nothing is told when nothing differs"


def test_nothing_is_taken_from_under_a_running_switch(small_root: Path) -> None:
    said: list[str] = []
    with subprocess.Popen(["chroot", str(small_root), "/usr/bin/sleep", "60"]) as runs:
        try:
            while not identity.running(small_root):
                assert runs.poll() is None
            assert identity.unify(small_root, said.append) == STRANGER == identity.inside(small_root)
        finally:
            runs.kill()
    assert "正在运行" in said[0]


def test_a_number_that_is_taken_inside_is_told_with_the_remedy(small_root: Path) -> None:
    host = identity.ensure_on_host(small_root)
    with (small_root / "etc/group").open("a") as file:
        file.write(f"somebody:x:{host.gid}:\n")
    with pytest.raises(PartUnavailable, match="groupmod") as refused:
        identity.unify(small_root, lambda _: None)
    assert HOST_USER in refused.value.remedy
    assert identity.inside(small_root) == STRANGER
