"""One running Asterisk: start, stop, health, reload.

The process is the root file system's own Asterisk under its own user; it outlives the Python that started it, because
callers must reach agents with all Python dead. A later `start` adopts it.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from asterisk import config, directories, identity, partners, ports, process, provision
from asterisk.identity import Identity
from asterisk.phones import Phone
from core.errors import PartUnavailable
from core.secrets import Secrets
from core.settings import Settings

log = structlog.get_logger(__name__)

_PART = "asterisk"
_POLL_SECONDS = 0.05
_LOG_LIMIT_BYTES = 20_000_000
_LOGS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of the switch at this moment; `problem` and `remedy` are for people."""

    alive: bool
    problem: str = ""
    remedy: str = ""


class AsteriskInstance:
    """One Asterisk of the name `settings.instance` on the ports of `settings.asterisk`."""

    def __init__(self, settings: Settings, secrets: Secrets, phones: Iterable[Phone]) -> None:
        self.settings = settings
        self.secrets = secrets
        self.phones = list(phones)
        self.root = settings.instance_root
        self._inner = config.inner_root(settings)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running Asterisk of this instance; None when none runs (a stale pid file is no proof)."""
        return process.find(self.root / "run" / "asterisk.pid", f"{self._inner}/etc/asterisk.conf")

    async def start(self, *, deadline_seconds: float = 30.0) -> None:
        """Start the switch and wait until it has fully booted; one that already runs is adopted and reloaded.

        Raises:
            PartUnavailable: a port is taken, a directory cannot be written, the root file system is missing, or it did
                not boot within `deadline_seconds`; says which and what to do.
            InvalidInput: a setting cannot stand in a configuration file.
        """
        self._refuse_external("启动")
        await asyncio.to_thread(provision.require, self.settings.asterisk.rootfs)
        if self.pid is not None:
            await self._wait_until_booted(deadline_seconds)
            await self._reconfigure()
            return
        ports.require_free(self.settings.asterisk)
        await asyncio.to_thread(self._prepare)
        console = self.root / "log" / "console.log"
        self._child = await asyncio.to_thread(process.launch, self._command("-f"), console)
        try:
            await self._wait_until_booted(deadline_seconds)
        except BaseException:
            await self.kill()
            raise

    async def stop(self, *, deadline_seconds: float = 10.0) -> None:
        """End the switch and all its calls; recordings are closed. Nothing happens when it does not run."""
        self._refuse_external("停止")
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        if not await process.gone(pid, deadline_seconds):
            await self.kill()

    async def kill(self) -> None:
        """End the process at once, as a crash would; for tests, and for a switch that does not stop."""
        self._refuse_external("终止")
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            await process.gone(pid, 5.0)

    async def health(self) -> Health:
        """Tell whether the switch answers (console in mode `rootfs`, AMI greeting in mode `external`)."""
        try:
            if self.settings.asterisk.mode == "external":
                await ports.read_ami_greeting(self.settings.asterisk)
            elif self.pid is None:
                return Health(alive=False, problem="Asterisk 未运行", remedy="运行 hotline serve")
            else:
                await self.cli("core show uptime seconds")
                await self._rotate_log()
        except PartUnavailable as error:
            return Health(alive=False, problem=error.problem, remedy=error.remedy)
        return Health(alive=True)

    def write_configuration(self) -> list[str]:
        """Make the instance's directories and write its configuration, in either mode; nothing is started or reloaded.

        Returns:
            The names of the files that changed.

        Raises:
            PartUnavailable: a directory cannot be written, or the disk is full.
            InvalidInput: a setting cannot stand in a configuration file.
        """
        return self._write_all(self._identity())

    async def reload_phones(self, phones: Iterable[Phone]) -> None:
        """Make `phones` the phones of the switch; calls that run are not touched.

        Raises:
            InvalidInput: two phones have one number.
            PartUnavailable: the switch does not run.
        """
        self._refuse_external("重新加载")
        self.phones = list(phones)
        await self._reconfigure()

    async def cli(self, command: str, *, timeout_seconds: float = 10.0) -> str:
        """Run a console command and return what it printed.

        Raises:
            PartUnavailable: the switch does not answer.
        """
        self._refuse_external("执行控制台命令")
        console = await asyncio.create_subprocess_exec(
            *self._command("-rx", command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            async with asyncio.timeout(timeout_seconds):
                output, _ = await console.communicate()
        except TimeoutError as error:
            console.kill()
            await console.wait()
            raise PartUnavailable(_PART, "控制台无响应", remedy=f"查看日志 {self._log}") from error
        text = output.decode(errors="replace")
        if "Unable to connect to remote asterisk" in text:
            raise PartUnavailable(_PART, "Asterisk 未运行", remedy=f"运行 hotline serve;日志 {self._log}")
        return text

    @property
    def _log(self) -> Path:
        return self.root / "log" / "full.log"

    def _command(self, *arguments: str) -> list[str]:
        # as the switch's own user from the first instruction: chroot drops root before it starts the program
        rootfs = self.settings.asterisk.rootfs
        user = f"--userspec={identity.USER}:{identity.USER}"
        program = ["/usr/sbin/asterisk", "-C", f"{self._inner}/etc/asterisk.conf"]
        return ["chroot", user, str(rootfs), *program, *arguments]

    def _refuse_external(self, act: str) -> None:
        if self.settings.asterisk.mode == "external":
            raise PartUnavailable(
                _PART,
                f"该 Asterisk 由外部管理,不能在此{act}",
                remedy="在运行它的容器或主机上操作,或设 asterisk.mode=rootfs",
            )

    def _prepare(self) -> None:
        self._write_all(self._identity())
        directories.clear_run(self.root)

    def _identity(self) -> Identity:
        rootfs = self.settings.asterisk.rootfs
        if self.settings.asterisk.mode == "external":
            return identity.ensure_on_host(rootfs)
        return provision.unify_identity(rootfs, lambda line: log.warning("switch_identity", told=line))

    def _write_all(self, owner: Identity) -> list[str]:
        directories.prepare(self.root, owner, self.settings.home / "sounds")
        try:
            return config.write(self.root / "etc", self._render(), group=owner.gid)
        except OSError as error:
            raise directories.unwritable(self.root, error) from error

    def _render(self) -> dict[str, str]:
        return config.render(self.settings, self.secrets, self.phones, partners.load(self.settings.home))

    async def _wait_until_booted(self, deadline_seconds: float) -> None:
        until = time.monotonic() + deadline_seconds
        while time.monotonic() < until:
            try:
                answer = await self.cli("core waitfullybooted", timeout_seconds=until - time.monotonic())
            except PartUnavailable:
                answer = ""
            if "fully booted" in answer:
                return
            if self._child is not None and self._child.poll() is not None:
                break
            await asyncio.sleep(_POLL_SECONDS)
        raise PartUnavailable(
            _PART,
            f"Asterisk 未能在 {deadline_seconds:.0f} 秒内启动{self._last_words()}",
            remedy=f"查看日志 {self._log}",
        )

    def _last_words(self) -> str:
        try:
            lines = (self.root / "log" / "console.log").read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return f"({lines[-1]})" if lines else ""

    async def _reconfigure(self) -> None:
        gid = identity.inside(self.settings.asterisk.rootfs).gid
        changed = await asyncio.to_thread(config.write, self.root / "etc", self._render(), group=gid)
        for reload in config.reloads(changed):
            await self.cli(reload)

    async def _rotate_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT_BYTES:
            await self.cli("logger rotate")
            for old in self._log.parent.glob("full.log.*"):
                if int(old.suffix[1:]) >= _LOGS_KEPT:
                    old.unlink()
