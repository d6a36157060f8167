"""A throw-away PostgreSQL for tests and measurements, from Debian's package; operation uses a server of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from core.errors import PartUnavailable
from hotline.parts.process import Child, free_port, user_for

_DATABASE = "postgres"


class PostgreSql:
    """PostgreSQL on a free loopback port, with data that are deleted when it stops (so: no fsync).

    Args:
        options: settings of `postgresql.conf` beside the usual ones.
    """

    def __init__(self, **options: str) -> None:
        self._given = options
        self._programs = _programs()
        self._user = user_for("postgres")
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
        self.child = Child(
            "postgresql", self._command(), self.directory / "log", user=self._user, stop_signal=signal.SIGINT
        )

    @property
    def url(self) -> str:
        """SQLAlchemy URL of its maintenance database."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{_DATABASE}"

    def start(self) -> None:
        """Make the cluster and start the server.

        Raises:
            PartUnavailable: the programs fail.
        """
        if self._user is not None:
            shutil.chown(self.directory, self._user, self._user)
        switch = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"] if self._user else []
        made = subprocess.run(
            [
                *switch,
                str(self._programs / "initdb"),
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                str(self.directory / "data"),
            ],
            capture_output=True,
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            check=False,
        )
        if made.returncode:
            words = made.stderr.decode(errors="replace").strip()[-300:]
            raise PartUnavailable("postgresql", f"initdb 失败:{words}", remedy="运行 make setup")
        self.child.start()

    def wait_ready(self, seconds: float = 30.0) -> None:
        """Wait until it accepts connections.

        Raises:
            PartUnavailable: it does not.
        """
        self.child.wait_ready(self.is_healthy, seconds)

    def is_healthy(self) -> bool:
        """Tell whether it accepts connections (`pg_isready`)."""
        probe = subprocess.run(
            [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        )
        return probe.returncode == 0

    def stop(self) -> None:
        """End it and delete its data."""
        self.child.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.directory,
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": "32MB",
            "max_connections": 100,
            **self._given,
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self.directory / "data"), *words]


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise PartUnavailable(
            "postgresql", "找不到 PostgreSQL 程序", remedy="运行 make setup(apt-get install postgresql)"
        )
    return found[-1].parent
