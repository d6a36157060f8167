"""How far a caller's identity is known, and whether the number of an identity card can be one. Pure."""

import re
from datetime import date
from enum import StrEnum

_CARD = re.compile(r"\d{17}[\dX]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


class RealName(StrEnum):
    """Level of verification of the real-name record (实名信息, JS-11.1b); the value is stored."""

    NONE = "none"
    STATED = "stated"
    """The caller said the name."""
    DOCUMENT = "document"
    """Name and number of a document were taken down, and the number can be one."""
    PLATFORM = "platform"
    """The national or provincial platform vouches for the caller (统一身份认证)."""

    @property
    def label(self) -> str:
        """The level in Chinese."""
        return _LABELS[self]


_LABELS = {
    RealName.NONE: "未登记",
    RealName.STATED: "自述",
    RealName.DOCUMENT: "已登记证件",
    RealName.PLATFORM: "平台认证",
}


def is_identity_number(text: str) -> bool:
    """Tell whether `text` can be the number of an identity card: date of birth and check digit fit (GB 11643-1999)."""
    number = text.strip().upper()
    if not _CARD.fullmatch(number):
        return False
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[17]


def missing(level: RealName, *, name: bool, document: bool) -> str | None:
    """Return the field that a level needs and that is not there; None: it is borne out."""
    if level is not RealName.NONE and not name:
        return "caller_name"
    return "identity_document" if level is RealName.DOCUMENT and not document else None
