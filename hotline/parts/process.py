"""One supervised child process: its own session, its own user, gone when its parent is killed."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from core import ports
from core.errors import PartUnavailable

_POLL_SECONDS = 0.02


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def check_port(part: str, host: str, port: int, setting: str) -> None:
    """Make sure that a server can listen on a TCP port.

    Raises:
        PartUnavailable: it is taken; the message says by whom and which setting moves the part elsewhere.
    """
    if not ports.is_free(host, port):
        raise PartUnavailable(
            part,
            f"端口 {host}:{port} 已被 {ports.holder_name(port)} 占用",
            remedy=f"停止该程序,或修改设置 {setting}",
        )


def user_for(*names: str) -> str | None:
    """Return the first of the system users that exists when we are root; None: run as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in names:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


def can_reach(user: str | None, path: Path) -> bool:
    """Tell whether every directory above `path` can be entered by `user` (by the bits for others)."""
    return user is None or all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


class Child:
    """A server process.

    It is started in its own session, so that Ctrl-C reaches only us and we stop things in order; the kernel ends it
    when our main thread is killed (start it from a thread that lives as long as it should).

    Args:
        part: name in messages and of the log file.
        command: program and arguments.
        log_dir: its output is appended to `<log_dir>/<part>.log`.
        user: system user it runs as; None: ours.
        environment: added to ours.
        stop_signal: asks it to end cleanly.
        keep: let it live on when we die.
    """

    def __init__(
        self,
        part: str,
        command: Sequence[str],
        log_dir: Path,
        *,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        keep: bool = False,
    ) -> None:
        self.part = part
        self.log = log_dir / f"{part}.log"
        self._command = [*_drop_to(user, keep=keep), *command]
        self._environment = {**os.environ, **(environment or {})}
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def is_running(self) -> bool:
        """True while the process lives."""
        return self.pid is not None

    def start(self, arguments: Sequence[str] = (), *, stdin: bytes | None = None, pass_fds: Sequence[int] = ()) -> None:
        """Start it with further arguments and inherited descriptors; `stdin` is written to its standard input.

        Raises:
            PartUnavailable: the program is missing or the log cannot be written.
        """
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                self._process = self._spawn([*self._command, *arguments], log, stdin, pass_fds)
        except OSError as error:
            raise PartUnavailable(
                self.part, f"无法启动 {self._command[0]}({error.strerror})", remedy="运行 make setup 安装缺少的程序"
            ) from error

    def wait_ready(self, probe: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until `probe` says that it serves.

        Raises:
            PartUnavailable: it ended, or was not ready in time; the message quotes the end of its log.
        """
        deadline = time.monotonic() + seconds
        while not probe():
            if not self.is_running:
                raise PartUnavailable(self.part, f"启动后立即退出:{self.last_words()}", remedy=f"查看 {self.log}")
            if time.monotonic() > deadline:
                self.stop()
                raise PartUnavailable(
                    self.part, f"{seconds:g} 秒内未就绪:{self.last_words()}", remedy=f"查看 {self.log}"
                )
            time.sleep(_POLL_SECONDS)

    def stop(self, seconds: float = 5.0) -> None:
        """Ask it to end, and kill it when it does not within `seconds`."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL), with everything it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def last_words(self) -> str:
        """Return the last line of its log."""
        try:
            lines = self.log.read_text("utf-8", errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1] if lines else ""

    def _spawn(
        self, command: Sequence[str], log: IO[bytes], stdin: bytes | None, pass_fds: Sequence[int]
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=self._environment,
            cwd="/",
            start_new_session=True,
            pass_fds=pass_fds,
        )
        if stdin is not None and process.stdin is not None:
            try:
                process.stdin.write(stdin)
                process.stdin.close()
            except BrokenPipeError:
                # it ended before it read: `wait_ready` reports that with its last words
                process.stdin = None
        return process


def _drop_to(user: str | None, *, keep: bool) -> list[str]:
    """Return the `setpriv` (util-linux) words that change the user and tie the child to its parent's life."""
    words = [] if keep else ["--pdeathsig", "TERM"]
    if user is not None:
        entry = pwd.getpwnam(user)
        words += ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups", "--no-new-privs"]
    return ["setpriv", *words, "--"] if words else []
