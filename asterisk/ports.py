"""Ports of the switch: free before it starts, and who answers on them."""

import asyncio
import socket

from core import ports
from core.errors import PartUnavailable
from core.settings import AsteriskSettings

_GREETING_SECONDS = 3.0
_RTP_NEEDED = 0.75
"""Share of the RTP ports that must be free. Asterisk passes over one that is taken, as any program may have for a
moment; many are a second switch or a wrong range."""


def require_free(settings: AsteriskSettings) -> None:
    """Check that nobody holds the SIP and AMI ports, nor many of the RTP ports.

    Raises:
        PartUnavailable: some are taken; names the port, the program that holds it, and the setting to change.
    """
    for name, port, kind in (
        ("sip_port", settings.sip_port, socket.SOCK_DGRAM),
        ("ami_port", settings.ami_port, socket.SOCK_STREAM),
    ):
        if not ports.is_free(settings.bind, port, kind):
            raise _taken(f"{ports.protocol(kind)} 端口 {port}(asterisk.{name})", port, kind, name)
    taken = taken_rtp(settings)
    count = settings.rtp_last - settings.rtp_first + 1
    if count - len(taken) < count * _RTP_NEEDED:
        shown = f"RTP 端口 {settings.rtp_first}–{settings.rtp_last} 中有 {len(taken)} 个(如 {taken[0]})"
        raise _taken(shown, taken[0], socket.SOCK_DGRAM, "rtp_first、rtp_last")


def taken_rtp(settings: AsteriskSettings) -> list[int]:
    """Return the RTP ports that somebody holds now."""
    return ports.taken_among(settings.bind, range(settings.rtp_first, settings.rtp_last + 1), socket.SOCK_DGRAM)


def _taken(shown: str, port: int, kind: socket.SocketKind, setting: str) -> PartUnavailable:
    return PartUnavailable(
        "asterisk",
        f"{shown}已被 {ports.holder_name(port, kind)} 占用",
        remedy=f"停止该程序,或在 hotline.toml 的 [asterisk] 中改 {setting}",
    )


async def read_ami_greeting(settings: AsteriskSettings) -> str:
    """Return the line an AMI greets with, e.g. `Asterisk Call Manager/11.0.0`.

    Raises:
        PartUnavailable: nobody answers, or somebody else does.
    """
    address = f"{settings.host}:{settings.ami_port}"
    remedy = "检查 Asterisk 是否运行,以及 asterisk.host、asterisk.ami_port"
    try:
        async with asyncio.timeout(_GREETING_SECONDS):
            reader, writer = await asyncio.open_connection(settings.host, settings.ami_port)
            line = (await reader.readline()).decode(errors="replace").strip()
            writer.close()
    except (OSError, TimeoutError) as error:
        raise PartUnavailable("asterisk", f"AMI {address} 无响应", remedy=remedy) from error
    if not line.startswith("Asterisk Call Manager/"):
        raise PartUnavailable("asterisk", f"{address} 上不是 Asterisk 的 AMI", remedy=remedy)
    return line
