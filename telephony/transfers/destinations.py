"""Where a call may be taken: an agent's phone, a hotline behind a partner's trunk, a number behind the carrier."""

import re
from dataclasses import dataclass

from core.errors import InvalidInput
from telephony.events import Party

_NUMBER = re.compile(r"[0-9]{2,20}")
_GATEWAY = re.compile(r"[A-Za-z0-9.-]{1,250}:[0-9]{1,5}")
_TRUNK = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class Destination:
    """Somebody who can be called into a talk.

    Attributes:
        number: digits; of an agent's phone, or dialled on the trunk.
        name: what people read, e.g. 宜春市人社局.
        trunk: partner's trunk (endpoint `partner-<trunk>`); empty: an agent's phone of ours.
        carrier: the carrier's gateway (host:port), for a number that no partner's trunk leads to.
        others: more phones of ours that serve as well (expert seats); the first that is free is called.
        emergency: an emergency or utility line: joined at once, never queued (YC-15).

    Raises:
        InvalidInput: number, trunk or gateway could not be dialled as it is.
    """

    number: str
    name: str = ""
    trunk: str = ""
    emergency: bool = False
    others: tuple[str, ...] = ()
    carrier: str = ""

    def __post_init__(self) -> None:
        """Refuse what would break out of the dial string."""
        if not _NUMBER.fullmatch(self.number):
            raise InvalidInput("number", "号码须为 2 至 20 位数字")
        if self.trunk and not _TRUNK.fullmatch(self.trunk):
            raise InvalidInput("trunk", "中继名称须为小写字母、数字或连字符")
        if self.carrier and not _GATEWAY.fullmatch(self.carrier):
            raise InvalidInput("carrier", "须为 主机:端口")

    @property
    def party(self) -> Party:
        """What its leg is in the call."""
        return Party.AGENT if self.is_agent else Party.HOTLINE

    @property
    def is_agent(self) -> bool:
        """True for an agent's phone."""
        return not self.trunk and not self.carrier

    @property
    def channel(self) -> str:
        """Channel to originate."""
        if self.trunk:
            return f"PJSIP/{self.number}@partner-{self.trunk}"
        return f"PJSIP/trunk/sip:{self.number}@{self.carrier}" if self.carrier else f"PJSIP/{self.number}"
