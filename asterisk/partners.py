"""Partners: switches of merged hotlines, emergency and utility lines, and the carrier by which units are reached."""

import re
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Literal

from core.errors import InvalidInput

FILE = "partners.toml"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")
_SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{8,128}")
_USER = re.compile(r"[A-Za-z0-9._+-]{1,64}")
_WEBHOOK = re.compile(r"(https://|http://(127\.0\.0\.1|localhost)[:/])[\x21-\x7e]{1,500}")
_MOST_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class Partner:
    """One trunk to a partner.

    Attributes:
        name: lower-case name; its endpoint is `partner-<name>`.
        host: address the partner listens on; `port`: its SIP port.
        transport: `tls` needs the switch's certificate (`<home>/tls/switch.pem`, key and chain in one file).
        srtp: media encrypted by SDES (RFC 4568); refused without TLS, because the keys would travel in the clear.
        addresses: where its calls come from (CIDR, or address:port); empty: `host`, when that is an address. Whoever
            comes from there is the partner: no phone of ours may stand there.
        username, password: our account at the partner, for a partner that asks for one; empty: none.
        max_calls: how many legs at once, both directions.
        options_seconds: how often its health is asked by SIP OPTIONS (RFC 3261 section 11); 0: never.
        webhook: where the hand-over note is posted (https, or http on this machine); empty: nowhere.
        webhook_secret: signs the note (HMAC-SHA256).

    Raises:
        InvalidInput: a value cannot stand in the switch's configuration.
    """

    name: str
    host: str
    port: int = 5060
    transport: Literal["udp", "tls"] = "udp"
    srtp: bool = False
    addresses: tuple[str, ...] = ()
    username: str = ""
    password: str = ""
    max_calls: int = 30
    options_seconds: int = 60
    webhook: str = ""
    webhook_secret: str = ""

    def __post_init__(self) -> None:
        """Refuse what would break out of its line."""
        checks = (
            ("name", bool(_NAME.fullmatch(self.name)), "须为小写字母开头的字母、数字或连字符"),
            ("host", bool(_HOST.fullmatch(self.host)), "须为主机名或 IP 地址"),
            ("port", 1 <= self.port <= 65535, "须在 1 至 65535 之间"),  # noqa: PLR2004 - ports
            ("transport", self.transport in ("udp", "tls"), "须为 udp 或 tls"),
            ("srtp", self.transport == "tls" or not self.srtp, "SRTP 的密钥在信令中传送,须同时使用 tls"),
            ("username", not self.username or bool(_USER.fullmatch(self.username)), "含有不允许的字符"),
            ("password", not self.password or bool(_SECRET.fullmatch(self.password)), "须为 8 至 128 位字母、数字"),
            ("webhook", not self.webhook or bool(_WEBHOOK.fullmatch(self.webhook)), "须为 https 地址"),
            ("webhook_secret", not self.webhook or bool(_SECRET.fullmatch(self.webhook_secret)), "须为 8 至 128 位"),
            ("max_calls", 1 <= self.max_calls <= _MOST_CALLS, "须在 1 至 10000 之间"),
            ("options_seconds", 0 <= self.options_seconds <= 3600, "须在 0 至 3600 之间"),  # noqa: PLR2004 - an hour
        )
        for field, good, reason in checks:
            if not good:
                raise InvalidInput(f"partners.{self.name}.{field}", reason)
        for address in self.addresses:
            _check_address(self.name, address)

    @property
    def endpoint(self) -> str:
        """Its endpoint in the switch."""
        return f"partner-{self.name}"

    @property
    def watch(self) -> str:
        """Endpoint that is up while it would let our calls in."""
        return f"watch-{self.name}"

    @property
    def matches(self) -> tuple[str, ...]:
        """Where its calls come from."""
        return self.addresses or ((self.host,) if _is_address(self.host) else ())

    def __repr__(self) -> str:
        """Show everything but the password."""
        return f"Partner(name={self.name!r}, host={self.host!r}, port={self.port})"


def load(home: Path) -> list[Partner]:
    """Read `<home>/partners.toml`; no file: no partners.

    Raises:
        InvalidInput: it is no TOML, or a partner in it is wrong; says which and why.
    """
    try:
        text = (home / FILE).read_text("utf-8")
    except FileNotFoundError:
        return []
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(FILE, f"不是有效的 TOML:{error}") from error
    return [_partner(name, values) for name, values in tables.items()]


def _partner(name: str, values: Any) -> Partner:
    if not isinstance(values, dict):
        raise InvalidInput(f"partners.{name}", "须为一个表,如 [rsj]")
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return Partner(name=name, **given)
    except TypeError as error:
        raise InvalidInput(f"partners.{name}", f"字段不认识或类型不对:{error}") from error


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _check_address(name: str, text: str) -> None:
    host, _, port = text.partition(":")
    try:
        ip_network(host)
    except ValueError as error:
        raise InvalidInput(f"partners.{name}.addresses", f"{text} 不是地址或地址段") from error
    if port and not port.isdigit():
        raise InvalidInput(f"partners.{name}.addresses", f"{text} 的端口不是数字")
