"""Ports of this machine: which are free, and who holds one."""

import socket
from collections.abc import Iterable, Iterator

import psutil


def is_free(address: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> bool:
    """Tell whether a server could listen on a port now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # connections of an earlier run in TIME_WAIT are no obstacle to a listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            if kind == socket.SOCK_STREAM:
                probe.listen()
        except OSError:
            return False
    return True


def taken_among(address: str, ports: Iterable[int], kind: socket.SocketKind) -> list[int]:
    """Return those of the ports that somebody holds (asked of the kernel, not tried)."""
    held = {port for at, port, _ in _unconnected(kind) if _meets(at, address)}
    return [port for port in ports if port in held]


def holder(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> psutil.Process | None:
    """Return the process that listens on a port; None when there is none or it cannot be seen (another user's)."""
    try:
        for _, held, pid in _unconnected(kind):
            if held == port and pid:
                return psutil.Process(pid)
    except psutil.Error:
        return None
    return None


def holder_name(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> str:
    """Return who listens on a port, in words for the operator."""
    found = holder(port, kind)
    try:
        return f"{found.name()}(进程 {found.pid})" if found else "其他程序"
    except psutil.Error:
        return "刚结束的程序"


def protocol(kind: socket.SocketKind) -> str:
    """Return the name of the protocol of a kind of socket."""
    return "UDP" if kind == socket.SOCK_DGRAM else "TCP"


def _unconnected(kind: socket.SocketKind) -> Iterator[tuple[str, int, int | None]]:
    """Yield address, port and process of every socket that waits for anybody."""
    for item in psutil.net_connections("inet"):
        if item.type == kind and item.laddr and not item.raddr:
            yield item.laddr.ip, item.laddr.port, item.pid


def _meets(held: str, wanted: str) -> bool:
    everything = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    return held == wanted or held in everything or wanted in everything
