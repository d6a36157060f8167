"""Callers by the hundred: one SIPp that starts exactly as many more as it is told."""

import asyncio
import socket
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from hotline.parts.process import free_port

_RAMP_STEP = 10
_RAMP_PAUSE = 0.15

_SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:13900[call_number]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:13900[call_number]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <!-- a caller who is through stays a "user" of SIPp, so that nobody takes his place unasked -->
  <pause milliseconds="3600000"/>
</scenario>
"""


class Callers:
    """SIPp that dials `number`; `async with` starts and ends it."""

    def __init__(self, server: tuple[str, int], number: str) -> None:
        self._server = server
        self._number = number
        self._directory = TemporaryDirectory(prefix="hotline-acd-sipp-")
        self._control = ("127.0.0.1", _free_udp_port())
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._process: subprocess.Popen[bytes] | None = None
        self.dialled = 0
        """Callers told to dial so far."""

    async def __aenter__(self) -> Self:
        """Start SIPp with one caller."""
        scenario = Path(self._directory.name) / "caller.xml"
        scenario.write_text(_SCENARIO, "utf-8")
        log = (Path(self._directory.name) / "sipp.log").open("ab")
        command = [
            "sipp", f"{self._server[0]}:{self._server[1]}", "-sf", str(scenario), "-s", self._number,
            "-i", "127.0.0.1", "-p", str(_free_udp_port()), "-mp", str(free_port()),
            "-cp", str(self._control[1]), "-users", "1", "-nostdin", "-f", "3600",
        ]  # fmt: skip
        with log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._directory.name
            )
        self.dialled = 1
        await asyncio.sleep(0.5)  # SIPp says nothing when its control port is open
        self.require_running()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End SIPp; its callers vanish without BYE."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._socket.close()
        self._directory.cleanup()

    def more(self, number: int = 1) -> None:
        """Let that many more dial now."""
        self.dialled += number
        self._socket.sendto(f"cset users {self.dialled}".encode(), self._control)

    async def ramp(self, number: int) -> None:
        """Let callers dial, not all at once, until that many have."""
        while self.dialled < number:
            self.more(min(_RAMP_STEP, number - self.dialled))
            await asyncio.sleep(_RAMP_PAUSE)

    def require_running(self) -> None:
        """Check that SIPp lives.

        Raises:
            RuntimeError: it ended; with its last words.
        """
        if self._process is None or self._process.poll() is not None:
            words = (Path(self._directory.name) / "sipp.log").read_text("utf-8", "replace")[-500:]
            raise RuntimeError(f"SIPp ended: {words}")


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
