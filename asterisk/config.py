"""The switch's configuration: templates filled from settings, secrets and phones.

Pure but for `write`; every value is checked before it stands in a file, because a newline or a semicolon in one value
would become configuration of its own.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asterisk.modules import MODULES
from asterisk.partners import Partner
from asterisk.phones import Phone
from core.errors import InvalidInput
from core.secrets import AmiUser, Secrets
from core.settings import Settings

_ROOM = Path(__file__).parent
_GENERATED = "Written by `hotline` at each start; edit asterisk/templates instead."
_PLAIN = re.compile(r"[A-Za-z0-9._~+/=-]{8,128}")

CERTIFICATE = "switch.pem"
"""Key and certificate chain of the switch for partners with TLS; read from `<home>/tls/`."""
AUTHORITIES = "partners-ca.pem"
"""Authorities whose certificates partners show; without it theirs are not checked."""

RTP_TIMEOUT_SECONDS = 120
"""Silence on the wire after which a leg is taken for dead."""

READ_EVENTS = (
    "UserEvent",
    "Newchannel",
    "Newstate",
    "HangupRequest",
    "Hangup",
    "OriginateResponse",
    "ContactStatus",
    "Shutdown",
)
"""AMI events that somebody reads (telephony/facts.py); no other is sent. A call makes three times as many,
and each would stand before the hang-up that frees an agent."""

UNREAD_EVENTS = (
    "Newexten",
    "VarSet",
    "NewCallerid",
    "NewConnectedLine",
    "DialBegin",
    "DialState",
    "DialEnd",
    "BridgeCreate",
    "BridgeEnter",
    "BridgeLeave",
    "BridgeDestroy",
    "ConfbridgeStart",
    "ConfbridgeJoin",
    "ConfbridgeLeave",
    "ConfbridgeEnd",
    "MixMonitorStart",
    "MixMonitorStop",
    "HangupHandlerPush",
    "HangupHandlerRun",
    "SoftHangupRequest",
    "MusicOnHoldStart",
    "MusicOnHoldStop",
    "DeviceStateChange",
)
"""AMI events that nobody reads and every call makes by the dozen: the switch offers them to no user."""

AMI_RIGHTS: Mapping[AmiUser, tuple[str, str]] = {
    "engine": ("call,user,system", "call,originate,reporting"),
    "recorder": ("call,user,system", "call,reporting"),
    "speech": ("call,user,system", "call,originate,reporting"),
    "doctor": ("system", "reporting"),
}
"""AMI user: classes of events it is sent, classes of actions it may use. Nobody has the system or command class."""

JOURNAL_FIELDS = (
    ("call", "${HOTLINE_CALL}", "text"),
    ("leg", "${HOTLINE_LEG}", "text"),
    ("party", "${HOTLINE_PARTY}", "text"),
    ("endpoint", "${HOTLINE_ENDPOINT}", "text"),
    ("channel", "${UNIQUEID}", "text"),
    ("caller", "${HOTLINE_CALLER}", "text"),
    ("dialled", "${HOTLINE_DIALLED}", "text"),
    ("queue", "${HOTLINE_QUEUE}", "text"),
    ("callback", "${HOTLINE_CALLBACK}", "text"),
    ("entered_at", "${HOTLINE_ENTERED_AT}", "number"),
    ("recorded_at", "${HOTLINE_RECORDED_AT}", "number"),
    ("joined_at", "${HOTLINE_JOINED_AT}", "number"),
    ("ended_at", "${ended}", "number"),
    ("mode", "${HOTLINE_MODE}", "text"),
    ("cause", "${HANGUPCAUSE}", "number"),
    ("file", "${file}", "text"),
)
"""One line of `journal/legs.jsonl`: name, dialplan expression, kind. Instants are epoch milliseconds; empty is null;
`file` is relative to the spool directory."""

ROOM_USERS = ("caller", "agent", "hotline", "supervisor")
"""Who sits in a talk's rooms (confbridge.conf). No music in there: a channel that hears it alone is not recorded."""


@dataclass(frozen=True, slots=True)
class _AmiUser:
    name: str
    secret: str
    read: str
    write: str


def _ami_users(secrets: Secrets) -> list[_AmiUser]:
    users = [_AmiUser(name, secrets.ami_password(name), read, write) for name, (read, write) in AMI_RIGHTS.items()]
    for user in users:
        if not _PLAIN.fullmatch(user.secret):
            raise InvalidInput(f"ami.{user.name}", "密码须为 8 至 128 位字母、数字或 ._~+/=-")
    return users


def _check_settings(settings: Settings) -> None:
    asterisk = settings.asterisk
    try:
        ip_address(asterisk.bind)
    except ValueError as error:
        raise InvalidInput("asterisk.bind", "须为 IP 地址") from error
    for trunk in asterisk.trunks:
        try:
            ip_network(trunk)
        except ValueError as error:
            raise InvalidInput("asterisk.trunks", f"{trunk} 不是 CIDR 地址段") from error
    for name in ("sip_port", "ami_port", "rtp_first", "rtp_last"):
        if not 1024 <= getattr(asterisk, name) <= 65535:  # noqa: PLR2004 - ports open to users
            raise InvalidInput(f"asterisk.{name}", "端口须在 1024 至 65535 之间")
    if asterisk.rtp_last - asterisk.rtp_first < 3:  # noqa: PLR2004 - two legs, RTP and RTCP each
        raise InvalidInput("asterisk.rtp_last", "RTP 端口范围至少 4 个")


def _check_phones(phones: Iterable[Phone]) -> list[Phone]:
    seen: dict[str, Phone] = {}
    for phone in phones:
        if phone.number in seen:
            raise InvalidInput("number", f"话机号码 {phone.number} 重复")
        seen[phone.number] = phone
    return sorted(seen.values(), key=lambda phone: phone.number)


def inner_root(settings: Settings) -> str:
    """Return the directory of the instance as Asterisk itself sees it."""
    return f"/srv/{settings.instance}"


def _check_partners(partners: Iterable[Partner]) -> list[Partner]:
    seen: dict[str, Partner] = {}
    for partner in partners:
        if partner.name in seen:
            raise InvalidInput(f"partners.{partner.name}", "名称重复")
        seen[partner.name] = partner
    return list(seen.values())


def _certificate(settings: Settings, partners: Iterable[Partner]) -> dict[str, str]:
    """Return the file with the switch's key and certificates, when a partner needs TLS."""
    if not any(partner.transport == "tls" for partner in partners):
        return {}
    path = settings.home / "tls" / CERTIFICATE
    try:
        files = {CERTIFICATE: path.read_text("ascii")}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("partners.transport", f"tls 需要证书文件 {path}(私钥与证书链,PEM)") from error
    authorities = settings.home / "tls" / AUTHORITIES
    return files | ({AUTHORITIES: authorities.read_text("ascii")} if authorities.exists() else {})


def _values(
    settings: Settings, secrets: Secrets, phones: Iterable[Phone], partners: Iterable[Partner]
) -> dict[str, Any]:
    known = _check_phones(phones)
    trunks = _check_partners(partners)
    return {
        "partners": trunks,
        "tls": any(partner.transport == "tls" for partner in trunks),
        "certificate": CERTIFICATE,
        "authorities": AUTHORITIES if (settings.home / "tls" / AUTHORITIES).exists() else "",
        "generated": _GENERATED,
        "root": inner_root(settings),
        "instance": settings.instance,
        "asterisk": settings.asterisk,
        "queue": settings.queue,
        "loopback": ip_address(settings.asterisk.bind).is_loopback,
        "trunk_addresses": settings.asterisk.trunks,
        "dialled_lengths": range(2, 21),
        "modules": MODULES,
        "ami_users": _ami_users(secrets),
        "read_events": READ_EVENTS,
        "unread_events": UNREAD_EVENTS,
        "rtp_timeout_seconds": RTP_TIMEOUT_SECONDS,
        "phones": known,
        "agents": [phone for phone in known if phone.kind == "agent"],
        "journal_fields": JOURNAL_FIELDS,
        "room_users": ROOM_USERS,
    }


def render(
    settings: Settings, secrets: Secrets, phones: Iterable[Phone], partners: Iterable[Partner] = ()
) -> dict[str, str]:
    """Return every configuration file of the switch by its name.

    Raises:
        InvalidInput: a value cannot stand in a configuration file; names the setting.
    """
    _check_settings(settings)
    # autoescape is for HTML; here every value that comes from outside is checked against a pattern instead
    environment = Environment(  # noqa: S701 - see above
        loader=FileSystemLoader(_ROOM / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    trunks = list(partners)
    values = _values(settings, secrets, phones, trunks)
    names = environment.list_templates(filter_func=lambda name: name.endswith(".conf.j2"))
    files = {name.removesuffix(".j2"): environment.get_template(name).render(values) for name in names}
    return files | _certificate(settings, trunks)


def write(directory: Path, files: Mapping[str, str], *, group: int | None = None) -> list[str]:
    """Write the files into `directory`, each at once or not at all; return the names of those that changed.

    Args:
        directory: the `etc` directory of the instance.
        files: what `render` returned.
        group: numeric group that may read them (the switch's own); None: leave as created. Mode is 0640.
    """
    directory.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in files.items():
        target = directory / name
        if target.is_file() and target.read_text() == text:
            continue
        beside = directory / f".{name}.new"
        beside.touch(mode=0o640)
        beside.write_text(text)
        if group is not None:
            os.chown(beside, -1, group)
        beside.replace(target)
        changed.append(name)
    return changed


_RELOADS = {
    "pjsip.conf": "module reload res_pjsip.so",
    "pjsip-phones.conf": "module reload res_pjsip.so",
    "pjsip-partners.conf": "module reload res_pjsip.so",
    "queues.conf": "module reload app_queue.so",
    "manager.conf": "manager reload",
    "musiconhold.conf": "module reload res_musiconhold.so",
    "logger.conf": "logger reload",
    "confbridge.conf": "module reload app_confbridge.so",
}


def reloads(changed: Iterable[str]) -> list[str]:
    """Return the console commands that make a running switch read the changed files (ports need a restart)."""
    names = list(changed)
    commands = {_RELOADS[name] for name in names if name in _RELOADS}
    if any(name.startswith("extensions") for name in names):
        commands.add("dialplan reload")
    return sorted(commands)


def sounds() -> list[Path]:
    """Return the sounds that the switch plays: announcements (`zh/`, A-law) and tones (wav), 8 kHz mono."""
    directory = _ROOM / "sounds"
    return sorted([*directory.glob("*.wav"), *directory.glob("zh/*.alaw")])
