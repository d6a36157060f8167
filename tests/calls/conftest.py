"""A real Asterisk for every test that drives calls: one a session, on free ports, in an instance of its own."""

import asyncio
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from asterisk import provision
from asterisk.instance import AsteriskInstance
from asterisk.phones import Phone
from core.secrets import Secrets
from core.settings import AsteriskSettings, QueueSettings, Settings

_RTP_PORTS = 400


@dataclass(frozen=True)
class Switch:
    """The running switch of this session."""

    settings: Settings
    secrets: Secrets
    phones: list[Phone]
    instance: AsteriskInstance

    @property
    def sip(self) -> tuple[str, int]:
        """Where phones send SIP."""
        return self.settings.asterisk.bind, self.settings.asterisk.sip_port

    def phone(self, number: str) -> Phone:
        """Return the account of a phone (agents 8001 … 8006, citizens 9001, 9002)."""
        return next(phone for phone in self.phones if phone.number == number)

    async def channels(self) -> list[str]:
        """Return the names of all channels that exist now."""
        text = await self.instance.cli("core show channels concise")
        return [line.split("!")[0] for line in text.splitlines() if "!" in line]

    async def hang_up_all(self) -> None:
        """End every channel."""
        await self.instance.cli("channel request hangup all")

    async def wait_until_empty(self, *, deadline_seconds: float = 5.0) -> list[str]:
        """Wait until no channel is left; return those that are after the deadline."""
        until = time.monotonic() + deadline_seconds
        while True:
            left = await self.channels()
            if not left or time.monotonic() > until:
                return left
            await asyncio.sleep(0.05)


def free_port(kind: socket.SocketKind) -> int:
    """Return a port of the loopback address that is free now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_switch(home: Path, name: str) -> Switch:
    """Return a switch that does not run yet: own ports, own instance, own secrets."""
    first = 20000 + 2 * secrets.randbelow(5000)
    settings = Settings(
        home=home,
        instance=f"{name}-{secrets.token_hex(3)}",
        asterisk=AsteriskSettings(
            rootfs=Path(os.environ.get("HOTLINE_ASTERISK__ROOTFS", AsteriskSettings().rootfs)),
            sip_port=free_port(socket.SOCK_DGRAM),
            ami_port=free_port(socket.SOCK_STREAM),
            rtp_first=first,
            rtp_last=first + _RTP_PORTS - 1,
        ),
        queue=QueueSettings(wrap_up_seconds=0),
    )
    phones = [Phone(str(number), secrets.token_urlsafe(12), "agent", f"坐席{number}") for number in range(8001, 8007)]
    phones += [Phone(str(number), secrets.token_urlsafe(12), "citizen", f"市民{number}") for number in (9001, 9002)]
    keys = Secrets.load_or_create(home)
    return Switch(settings, keys, phones, AsteriskInstance(settings, keys, phones))


@pytest.fixture(scope="session")
def asterisk_rootfs() -> Path:
    """The root file system of Asterisk, made when missing (about a minute and a half)."""
    rootfs = Path(os.environ.get("HOTLINE_ASTERISK__ROOTFS", AsteriskSettings().rootfs))
    if os.geteuid() != 0:
        pytest.skip("starting Asterisk in its root file system needs root")
    if not provision.is_ready(rootfs):
        if shutil.which("debootstrap") is None:
            pytest.skip("no Asterisk root file system, and no debootstrap to make one (apt-get install debootstrap)")
        provision.provision(rootfs, print)
    return rootfs


@pytest.fixture(scope="session")
def switch(asterisk_rootfs: Path) -> Iterator[Switch]:
    """The running switch of this session. Its heart is not beating until a test makes it (`HOTLINE_BEAT`)."""
    home = Path(tempfile.mkdtemp(prefix="hotline-switch-"))
    running = make_switch(home, "test")
    asyncio.run(running.instance.start())
    yield running
    asyncio.run(running.instance.stop())
    shutil.rmtree(running.settings.instance_root, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
async def clean_switch(switch: Switch) -> AsyncIterator[Switch]:
    """The switch, with a check that the test left no channel behind (those left are ended, and the test fails)."""
    yield switch
    left = await switch.wait_until_empty()
    if left:
        await switch.hang_up_all()
        await switch.wait_until_empty()
    assert left == [], "channels were left behind"
