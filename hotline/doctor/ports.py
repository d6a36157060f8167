"""Checks of ports: free, or held by this very instance."""

import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from asterisk.ports import taken_rtp
from core import ports
from core.settings import Settings
from hotline.doctor.finding import Finding, note, well, wrong


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
    for part, name, server in (("MQTT", "mqtt", settings.mqtt), ("Valkey", "redis", settings.redis)):
        if server.local:
            ports.append(WantedPort(part, f"{name}.port", server.host, server.port))
    return ports


def port(settings: Settings, wanted: WantedPort) -> Finding:
    """The port can be had, or this instance has it already; else who holds it is named."""
    part = f"端口 {ports.protocol(wanted.kind)} {wanted.port}({wanted.part})"
    if ports.is_free(wanted.address, wanted.port, wanted.kind):
        return well(part, "空闲")
    holder = ports.holder(wanted.port, wanted.kind)
    if holder is not None and _is_ours(holder, settings):
        return well(part, f"由本实例使用(进程 {holder.pid})")
    section, key = wanted.setting.split(".")
    return wrong(
        part,
        f"已被 {ports.holder_name(wanted.port, wanted.kind)} 占用",
        f"停止该程序,或在 hotline.toml 的 [{section}] 中修改 {key}",
    )


def sound_ports(settings: Settings) -> list[Finding]:
    """Others hold none of the RTP ports; one that is taken is passed over by Asterisk."""
    asterisk = settings.asterisk
    if asterisk.mode != "rootfs":
        return []
    part = f"端口 UDP {asterisk.rtp_first}–{asterisk.rtp_last}(RTP)"
    for taken in taken_rtp(asterisk):
        holder = ports.holder(taken, socket.SOCK_DGRAM)
        if holder is not None and not _is_ours(holder, settings):
            seen = f"{taken} 已被 {ports.holder_name(taken, socket.SOCK_DGRAM)} 占用"
            return [note(part, seen, "停止该程序,或在 hotline.toml 的 [asterisk] 中修改 rtp_first、rtp_last")]
    return [well(part, "空闲或由本实例使用")]


def _is_ours(process: psutil.Process, settings: Settings) -> bool:
    """Every process of an instance keeps a file of that instance open: its log, its lock or its database."""
    places = (settings.home.resolve(), settings.instance_root.resolve())
    try:
        names = [file.path for file in process.open_files()]
    except psutil.Error:
        return False
    return any(Path(name).is_relative_to(place) for name in names for place in places)
