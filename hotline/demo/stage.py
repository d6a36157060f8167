"""The stage: an instance of its own on free ports, started and stopped with the product's own commands."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.accounts import passwords
from core.secrets import Secrets
from core.settings import Settings, load_settings
from hotline.demo.steps import NotObserved
from hotline.parts.process import free_port

_RTP_PORTS = 100
_READY_SECONDS = 90.0
_USUAL_SIP, _USUAL_API = 5060, 8080


@dataclass(slots=True)
class Stage:
    """One instance for one demo.

    Attributes:
        root: working directory: `hotline.toml`, the instance's home and the log of `hotline serve`.
    """

    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hotline-demo-")))
    usual_ports: bool = False
    """Use the product's default ports where they are free: easier to type into a softphone."""
    password: str = field(default_factory=passwords.made_up)
    """Password of every account of the demo, made for this run."""
    _serve: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        """The instance's `hotline.toml`."""
        return self.root / "hotline.toml"

    @property
    def log(self) -> Path:
        """What `hotline serve` logs."""
        return self.root / "serve.log"

    def settings(self) -> Settings:
        """Return the settings of the stage."""
        with _configured_by(self.config):
            return load_settings()

    def secrets(self) -> Secrets:
        """Return the secrets of the stage (the demo plays the operator too)."""
        return Secrets.load(self.root / "home")

    def prepare(self) -> None:
        """Write `hotline.toml` with free ports, then `hotline init`."""
        # the instance's servers run as users of their own and must get to their directories
        self.root.chmod(0o755)
        self.config.write_text(_configuration(self.root, usual=self.usual_ports), "utf-8")
        self.hotline("init", HOTLINE_ADMIN_PASSWORD=self.password)

    def hotline(self, *arguments: str, **environment: str) -> str:
        """Run a `hotline` command in the stage and return what it printed.

        Raises:
            NotObserved: it failed; with its last words.
        """
        done = subprocess.run(
            [sys.executable, "-m", "hotline", *arguments],
            env=self._environment(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NotObserved(f"hotline {arguments[0]}:{(done.stderr or done.stdout).strip()[-600:]}")
        return done.stdout

    async def serve(self) -> dict[str, Any]:
        """Start `hotline serve` and return what `/readyz` says once every part is ready.

        Raises:
            NotObserved: it ended, or was not ready in time.
        """
        with self.log.open("ab") as log:
            self._serve = subprocess.Popen(  # noqa: ASYNC220 - returns at once; stopped outside any event loop
                [sys.executable, "-m", "hotline", "serve"], env=self._environment({}), stdout=log, stderr=log
            )
        url = f"{self.api}/readyz"
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        state: dict[str, Any] = {}
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while asyncio.get_running_loop().time() < deadline:
                if self._serve.poll() is not None:
                    raise NotObserved(f"hotline serve 已退出:{self.last_words()}")
                try:
                    state = (await client.get(url)).json()
                    if state.get("status") == "ready":
                        return state
                except (httpx.HTTPError, ValueError):
                    pass
                await asyncio.sleep(0.2)
        raise NotObserved(f"{_READY_SECONDS:g} 秒内未就绪:{_not_ready(state) or self.last_words()}")

    @property
    def api(self) -> str:
        """Base address of the API."""
        api = self.settings().api
        return f"http://{api.host}:{api.port}"

    @property
    def serve_pid(self) -> int | None:
        """Process id of `hotline serve`."""
        return self._serve.pid if self._serve else None

    def last_words(self) -> str:
        """Return the end of the log."""
        try:
            return self.log.read_text("utf-8", errors="replace").strip()[-800:]
        except OSError:
            return ""

    def stop(self) -> None:
        """Stop everything that was started."""
        if self._serve is not None and self._serve.poll() is None:
            self._serve.send_signal(signal.SIGTERM)
            try:
                self._serve.wait(30)
            except subprocess.TimeoutExpired:
                self._serve.kill()
                self._serve.wait()
        if self.config.exists():
            self.hotline("asterisk", "stop")
            shutil.rmtree(self.settings().instance_root, ignore_errors=True)

    def remove(self) -> None:
        """Delete the stage's files."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _environment(self, added: dict[str, str]) -> dict[str, str]:
        return {**os.environ, "HOTLINE_CONFIG": str(self.config), **added}


def _not_ready(state: dict[str, Any]) -> str:
    parts = state.get("parts", {})
    return ";".join(f"{name} {part['state']}({part['remedy']})" for name, part in parts.items() if not part["ok"])


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _configured_by(config: Path) -> Iterator[None]:
    """Let this process read the settings of `config`; afterwards those it read before."""
    before = os.environ.get("HOTLINE_CONFIG")
    os.environ["HOTLINE_CONFIG"] = str(config)
    try:
        yield
    finally:
        del os.environ["HOTLINE_CONFIG"]
        if before is not None:
            os.environ["HOTLINE_CONFIG"] = before


def _usual_or(port: int, kind: socket.SocketKind, other: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return other
    return port


def _configuration(root: Path, *, usual: bool) -> str:
    home, name = root / "home", root.name.replace("_", "-")[-30:]
    first = _free_udp_port() // 2 * 2 % 20000 + 30000
    sip, api = _free_udp_port(), free_port()
    if usual:
        sip = _usual_or(_USUAL_SIP, socket.SOCK_DGRAM, sip)
        api = _usual_or(_USUAL_API, socket.SOCK_STREAM, api)
    return "\n".join(
        [
            f'home = "{home}"',
            f'instance = "{name}"',
            'log_format = "json"',
            "[asterisk]",
            f"sip_port = {sip}",
            f"ami_port = {free_port()}",
            f"rtp_first = {first}",
            f"rtp_last = {first + _RTP_PORTS - 1}",
            "[mqtt]",
            f"port = {free_port()}",
            "[redis]",
            f"port = {free_port()}",
            "[speech]",
            f"tap_port = {free_port()}",
            "[api]",
            f"port = {api}",
            "",
        ]
    )
