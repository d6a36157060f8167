"""Ports of the switch: free before it starts, and who answers on them."""

import asyncio
import socket

import psutil

from core.errors import PartUnavailable
from core.settings import AsteriskSettings

_GREETING_SECONDS = 3.0


def require_free(settings: AsteriskSettings) -> None:
    """Check that nobody listens on the SIP and AMI ports.

    Raises:
        PartUnavailable: one is taken; names the port, the program that holds it, and the setting to change.
    """
    for name, port, kind in (
        ("sip_port", settings.sip_port, socket.SOCK_DGRAM),
        ("ami_port", settings.ami_port, socket.SOCK_STREAM),
    ):
        if _is_free(settings.bind, port, kind):
            continue
        protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
        raise PartUnavailable(
            "asterisk",
            f"{protocol} 端口 {port}(asterisk.{name})已被{_holder(port, kind)}占用",
            remedy=f"停止该程序,或在 hotline.toml 的 [asterisk] 中改 {name}",
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


def _is_free(address: str, port: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # a connection of an earlier run in TIME_WAIT is no obstacle
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _holder(port: int, kind: socket.SocketKind) -> str:
    try:
        for connection in psutil.net_connections("inet"):
            local = connection.laddr
            if connection.type == kind and local and local.port == port and connection.pid and not connection.raddr:
                return f" {psutil.Process(connection.pid).name()}(进程 {connection.pid})"
    except psutil.Error:
        pass
    return "其他程序"
