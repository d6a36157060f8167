"""A local Mosquitto (Debian package): the broker of live events; loopback, one user, no anonymous clients."""

import base64
import hashlib
import os
import pwd
import shutil
import socket
from pathlib import Path

from core.errors import PartUnavailable
from core.settings import ServerSettings
from hotline.parts.process import Child, check_port, user_for

USERNAME = "hotline"
_ITERATIONS = 101
"""Mosquitto's own default; the password is 32 random bytes, so stretching adds nothing."""


class Mosquitto:
    """Mosquitto on the loopback address with a password, as its own user.

    Args:
        settings: address and port.
        password: of the user `USERNAME`.
        home: instance directory; the log goes to `<home>/log/mosquitto.log`.
        keep: let it live on when we die.
    """

    def __init__(self, settings: ServerSettings, password: str, home: Path, *, keep: bool = False) -> None:
        self._settings = settings
        self._password = password
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise PartUnavailable(
                "mosquitto", "找不到 mosquitto 程序", remedy="运行 make setup(apt-get install mosquitto)"
            )
        self._user = user_for("mosquitto", "nobody")
        self.child = Child("mosquitto", [program, "-c"], home / "log", user=self._user, keep=keep)

    def start(self) -> None:
        """Start it; `wait_ready` tells when it serves.

        Raises:
            PartUnavailable: its port is taken or its program is missing.
        """
        check_port("mosquitto", self._settings.host, self._settings.port, "mqtt.port")
        passwords = _nameless_file(_password_line(self._password), self._user)
        configuration = _nameless_file(self._configuration(passwords), self._user)
        try:
            self.child.start([f"/proc/self/fd/{configuration}"], pass_fds=[configuration, passwords])
        finally:
            os.close(passwords)
            os.close(configuration)

    def wait_ready(self, seconds: float = 10.0) -> None:
        """Wait until it answers.

        Raises:
            PartUnavailable: it does not.
        """
        self.child.wait_ready(self.is_healthy, seconds)

    def is_healthy(self) -> bool:
        """Tell whether it accepts our password (MQTT 3.1.1 CONNECT answered by CONNACK 0)."""
        try:
            with socket.create_connection((self._settings.host, self._settings.port), timeout=1) as connection:
                connection.sendall(_connect_packet(USERNAME, self._password))
                connection.settimeout(1)
                return connection.recv(4) == b"\x20\x02\x00\x00"
        except OSError:
            return False

    def stop(self) -> None:
        """End it."""
        self.child.stop()

    def _configuration(self, passwords: int) -> str:
        lines = [
            "per_listener_settings false",
            "allow_anonymous false",
            f"password_file /proc/self/fd/{passwords}",
            f"listener {self._settings.port} {self._settings.host}",
            "persistence false",
            "set_tcp_nodelay true",
            "max_packet_size 1048576",
            "log_dest stdout",
            "log_type error",
            "log_type warning",
            "log_type notice",
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
            "connection_messages false",
        ]
        return "\n".join(lines) + "\n"


def _nameless_file(text: str, user: str | None) -> int:
    """Return a descriptor of a file in memory that only `user` can read, wherever the instance's directory is."""
    descriptor = os.memfd_create("mosquitto")
    os.write(descriptor, text.encode())
    os.fchmod(descriptor, 0o600)
    if user is not None:
        os.fchown(descriptor, pwd.getpwnam(user).pw_uid, -1)
    return descriptor


def _password_line(password: str) -> str:
    """Return the line of a Mosquitto 2 password file (`$7$`: PBKDF2-HMAC-SHA512)."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"{USERNAME}:$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


def _connect_packet(username: str, password: str) -> bytes:
    fields = b"".join(len(field).to_bytes(2, "big") + field for field in (b"", username.encode(), password.encode()))
    body = b"\x00\x04MQTT\x04\xc2\x00\x0a" + fields
    return b"\x10" + bytes([len(body)]) + body
