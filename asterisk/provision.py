"""The switch's root file system: Asterisk 22 from Debian sid by debootstrap, put in place when whole."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from asterisk import identity
from asterisk.identity import Identity
from core.errors import PartUnavailable

_PART = "asterisk"
_SUITE = "sid"
_STAMP = ".ready"
_PACKAGES = Path(__file__).with_name("packages.txt")
_STEPS = (("Retrieving", "下载"), ("Extracting", "解包"), ("Unpacking", "安装"), ("Configuring", "配置"))
_REPORT_SECONDS = 2.0
_FULL_BYTES = 10_000_000

Report = Callable[[str], None]


def packages() -> list[str]:
    """Return the Debian packages of the switch."""
    lines = (line.split("#")[0].strip() for line in _PACKAGES.read_text().splitlines())
    return [line for line in lines if line]


def is_ready(rootfs: Path) -> bool:
    """Tell whether `rootfs` was completed from the present package list."""
    try:
        return (rootfs / _STAMP).read_text().startswith(_list_hash())
    except OSError:
        return False


def require(rootfs: Path) -> None:
    """Check that the root file system is there.

    Raises:
        PartUnavailable: it is missing or was made from another package list.
    """
    if not is_ready(rootfs):
        raise PartUnavailable(_PART, f"{rootfs} 中没有可用的 Asterisk 根文件系统", remedy="运行 make setup(约 1 分钟)")
    if os.geteuid() != 0:
        raise PartUnavailable(_PART, "启动 Asterisk 需要 root(仅用于 chroot,随后即降权)", remedy="以 root 运行")


def unify_identity(rootfs: Path, report: Report) -> Identity:
    """Make the switch's user the same inside `rootfs` and on the host, one process at a time; see `identity.unify`."""
    if identity.on_host() == identity.inside(rootfs):
        return identity.inside(rootfs)
    with _lock(rootfs, report):
        return identity.unify(rootfs, report)


def provision(rootfs: Path, report: Report) -> None:
    """Make `rootfs` if it is not there yet; two runs at once make it once.

    Args:
        rootfs: where it shall be; instances of an older one (`srv/`) are kept.
        report: told one line per step, at most one every two seconds.

    Raises:
        PartUnavailable: debootstrap is missing, not root, the mirror cannot be reached, the disk is full.
    """
    if is_ready(rootfs):
        unify_identity(rootfs, report)
        report(f"Asterisk 已就绪:{rootfs}")
        return
    _require_tools()
    rootfs.parent.mkdir(parents=True, exist_ok=True)
    with _lock(rootfs, report):
        if is_ready(rootfs):
            return
        beside = rootfs.with_name(f"{rootfs.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        _bootstrap(beside, report)
        identity.unify(beside, report)
        _finish(beside)
        _put_in_place(beside, rootfs)
    report(f"Asterisk 已就绪:{rootfs}")


def _list_hash() -> str:
    return hashlib.sha256("\n".join(packages()).encode()).hexdigest()


def _require_tools() -> None:
    if os.geteuid() != 0:
        raise PartUnavailable(_PART, "建立 Asterisk 根文件系统需要 root", remedy="以 root 运行,或用 docker compose up")
    if shutil.which("debootstrap") is None:
        raise PartUnavailable(_PART, "没有 debootstrap", remedy="运行 apt-get install debootstrap")


@contextmanager
def _lock(rootfs: Path, report: Report) -> Iterator[None]:
    with rootfs.with_name(f"{rootfs.name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("另一进程正在建立 Asterisk 根文件系统,等待其完成")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _bootstrap(target: Path, report: Report) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages())}", _SUITE, str(target)]
    report("建立 Asterisk 22 根文件系统(Debian sid,约 1 分钟)")
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "LC_ALL": "C"}
    ) as process:
        assert process.stdout is not None
        _follow(process.stdout, lines, report)
    if process.returncode != 0:
        raise _explain(lines, target)


def _follow(output: Iterator[str], lines: list[str], report: Report) -> None:
    counts: dict[str, int] = {}
    last = time.monotonic()
    for line in output:
        lines.append(line.rstrip())
        for english, chinese in _STEPS:
            if english in line:
                counts[chinese] = counts.get(chinese, 0) + 1
        if time.monotonic() - last >= _REPORT_SECONDS and counts:
            last = time.monotonic()
            report("  " + ",".join(f"{step} {count}" for step, count in counts.items()))


def _explain(lines: list[str], target: Path) -> PartUnavailable:
    text = "\n".join(lines)
    tail = next((line for line in reversed(lines) if line.startswith("E:")), lines[-1] if lines else "")
    if shutil.disk_usage(target.parent).free < _FULL_BYTES or "No space left" in text:
        return PartUnavailable(_PART, f"磁盘已满:{target.parent}", remedy="留出 1 GB 空间后重试")
    if re.search(r"Failed getting release file|Couldn't download|Unable to connect|Could not resolve", text):
        return PartUnavailable(
            _PART, f"无法访问 Debian 软件源({tail})", remedy="检查网络与代理(http_proxy),然后重新运行 make setup"
        )
    return PartUnavailable(_PART, f"debootstrap 失败({tail})", remedy=f"查看 {target}/debootstrap/debootstrap.log")


def _finish(target: Path) -> None:
    shutil.rmtree(target / "var/cache/apt/archives", ignore_errors=True)
    (target / "srv").chmod(0o755)
    version = subprocess.run(
        ["chroot", str(target), "/usr/sbin/asterisk", "-V"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not version:
        raise PartUnavailable(_PART, "新建的 Asterisk 无法运行", remedy=f"运行 chroot {target} asterisk -V 查看原因")
    (target / _STAMP).write_text(f"{_list_hash()}\n{version}\n")


def _put_in_place(beside: Path, rootfs: Path) -> None:
    if rootfs.exists():
        _require_idle(rootfs)
        old_instances = rootfs / "srv"
        if old_instances.is_dir():
            (beside / "srv").rmdir()
            old_instances.rename(beside / "srv")
        shutil.rmtree(rootfs)
    beside.rename(rootfs)


def _require_idle(rootfs: Path) -> None:
    running = [path.parent.parent.name for path in rootfs.glob("srv/*/run/asterisk.ctl")]
    if running:
        raise PartUnavailable(
            _PART, f"实例 {'、'.join(running)} 正在使用旧的根文件系统", remedy="先停止这些实例,再运行 make setup"
        )
