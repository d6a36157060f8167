"""Checks of ports: free, or held by this very instance."""

import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.settings import Settings
from hotline.doctor.finding import Finding, well, wrong


@dataclass(frozen=True, slots=True)
class WantedPort:
    """A port that a part of this instance listens on; `setting` is its name in `hotline.toml`."""

    part: str
    setting: str
    address: str
    port: int
    kind: socket.SocketKind = socket.SOCK_STREAM


def wanted_ports(settings: Settings) -> list[WantedPort]:
    """Return the ports of what this machine runs itself; parts that run elsewhere need none here."""
    asterisk, speech = settings.asterisk, settings.speech
    ports = [WantedPort("API", "api.port", settings.api.host, settings.api.port)]
    if speech.engine != "none":
        ports.append(WantedPort("语音分路", "speech.tap_port", speech.tap_host, speech.tap_port))
    if asterisk.mode == "rootfs":
        ports.append(WantedPort("SIP", "asterisk.sip_port", asterisk.bind, asterisk.sip_port, socket.SOCK_DGRAM))
        ports.append(WantedPort("AMI", "asterisk.ami_port", asterisk.bind, asterisk.ami_port))
    for name, server in (("mqtt", settings.mqtt), ("redis", settings.redis)):
        if server.local:
            ports.append(WantedPort(name.upper(), f"{name}.port", server.host, server.port))
    return ports


def port(settings: Settings, wanted: WantedPort) -> Finding:
    """The port can be had, or this instance has it already; else who holds it is named."""
    protocol = "UDP" if wanted.kind == socket.SOCK_DGRAM else "TCP"
    part = f"端口 {protocol} {wanted.port}({wanted.part})"
    if _can_bind(wanted):
        return well(part, "空闲")
    holder = _holder(wanted)
    if holder is not None and _is_ours(holder, settings):
        return well(part, f"由本实例使用(进程 {holder.pid})")
    name = f"{holder.name()}(进程 {holder.pid})" if holder else "其他程序或其他地址"
    section, key = wanted.setting.split(".")
    return wrong(part, f"已被 {name} 占用", f"停止该程序,或在 hotline.toml 的 [{section}] 中修改 {key}")


def _can_bind(wanted: WantedPort) -> bool:
    family = socket.AF_INET6 if ":" in wanted.address else socket.AF_INET
    with socket.socket(family, wanted.kind) as probe:
        if wanted.kind == socket.SOCK_STREAM:
            # connections of an earlier run in TIME_WAIT are no obstacle to a listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((wanted.address, wanted.port))
        except OSError:
            return False
    return True


def _holder(wanted: WantedPort) -> psutil.Process | None:
    try:
        for connection in psutil.net_connections("inet"):
            listens = connection.laddr and connection.laddr.port == wanted.port and not connection.raddr
            if listens and connection.type == wanted.kind and connection.pid:
                return psutil.Process(connection.pid)
    except psutil.Error:
        return None
    return None


def _is_ours(process: psutil.Process, settings: Settings) -> bool:
    """Every process of an instance keeps a file of that instance open: its log, its lock or its database."""
    places = (settings.home.resolve(), settings.instance_root.resolve())
    try:
        names = [file.path for file in process.open_files()]
    except psutil.Error:
        return False
    return any(Path(name).is_relative_to(place) for name in names for place in places)
