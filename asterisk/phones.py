"""Phones that register at the switch."""

import re
from dataclasses import dataclass
from typing import Literal

from core.errors import InvalidInput

_NUMBER = re.compile(r"[0-9]{2,15}")
_SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{8,128}")
_NAME_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f;\"\\<>\[\]]")
_NAME_MAX = 40


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone: an account of the switch, named by its number.

    Attributes:
        number: digits; name of the endpoint, user name of its registration, and what it shows as its number.
        secret: password of the account.
        kind: `agent` (answers callers; member of the fallback queue), `citizen` (calls the hotline) or `probe` (calls
            it and its partners to see whether they answer).
        name: what other phones display.

    Raises:
        InvalidInput: a value could not stand in a configuration file as it is.
    """

    number: str
    secret: str
    kind: Literal["agent", "citizen", "probe"]
    name: str

    def __post_init__(self) -> None:
        """Refuse what would break out of its line in the switch's configuration."""
        if not _NUMBER.fullmatch(self.number):
            raise InvalidInput("number", "话机号码须为 2 至 15 位数字")
        if not _SECRET.fullmatch(self.secret):
            raise InvalidInput("secret", "话机密码须为 8 至 128 位字母、数字或 ._~+/=-")
        if len(self.name) > _NAME_MAX or _NAME_FORBIDDEN.search(self.name):
            raise InvalidInput("name", "话机名称不得超过 40 字,不得含控制字符、引号、分号、尖括号、方括号")

    def __repr__(self) -> str:
        """Show everything but the password."""
        return f"Phone(number={self.number!r}, kind={self.kind!r}, name={self.name!r})"

    @property
    def context(self) -> str:
        """Dialplan context of what this phone dials."""
        return f"from-{self.kind}"
