"""Provisioning of the root file system; the download itself is seen by every test that starts a switch."""

import fcntl
import threading
from pathlib import Path

import pytest

from asterisk import provision
from core.errors import PartUnavailable


def test_a_ready_root_file_system_is_left_as_it_is(asterisk_rootfs: Path) -> None:
    before = (asterisk_rootfs / ".ready").stat().st_mtime_ns
    said: list[str] = []
    provision.provision(asterisk_rootfs, said.append)
    assert (asterisk_rootfs / ".ready").stat().st_mtime_ns == before
    assert len(said) == 1
    assert "Asterisk 22" in (asterisk_rootfs / ".ready").read_text()


def test_missing_debootstrap_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartUnavailable) as refused:
        provision.provision(tmp_path / "rootfs", lambda _: None)
    assert "apt-get install debootstrap" in refused.value.remedy
    assert not (tmp_path / "rootfs").exists()


def test_an_unreachable_mirror_is_told_and_leaves_nothing_in_place(
    asterisk_rootfs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(PartUnavailable) as refused:
        provision.provision(tmp_path / "rootfs", lambda _: None)
    assert "软件源" in refused.value.problem
    assert "http_proxy" in refused.value.remedy
    assert not (tmp_path / "rootfs").exists()


def test_of_two_runs_at_once_the_second_waits_and_uses_what_the_first_made(
    asterisk_rootfs: Path, tmp_path: Path
) -> None:
    rootfs = tmp_path / "rootfs"
    said: list[str] = []
    waiting = threading.Event()

    def report(line: str) -> None:
        said.append(line)
        waiting.set()

    with (tmp_path / "rootfs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=provision.provision, args=(rootfs, report))
        second.start()
        assert waiting.wait(10)
        rootfs.mkdir()
        (rootfs / ".ready").write_text((asterisk_rootfs / ".ready").read_text())
    second.join(10)
    assert not second.is_alive()
    assert "等待" in said[0]
    assert sorted(path.name for path in rootfs.iterdir()) == [".ready"]
