"""Where a ticket may come from."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import InvalidInput
from core.personal import Personal

_LONGEST_EXTERNAL = 60


class Channel(StrEnum):
    """How a matter reached the platform; one ticket model for all (JS-11.1a, CZ-三(一), YC-14, YZ-10, FJ-2)."""

    CALL = "call"
    WEB = "web"
    WECHAT = "wechat"
    APP = "app"
    SMS = "sms"
    MAIL = "mail"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Opening:
    """From what a ticket is opened. The same channel and `external_id` again is the same ticket.

    Attributes:
        external_id: call id, message id, or the number on the other platform; None: nothing to be told apart by.
        platform: which platform, for `Channel.PLATFORM`.
    """

    channel: Channel = Channel.CALL
    external_id: str | None = None
    caller: Personal | None = None
    dialled: str | None = None
    platform: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept.

        Raises:
            InvalidInput: the id is too long.
        """
        if self.external_id is not None and not 0 < len(self.external_id) <= _LONGEST_EXTERNAL:
            raise InvalidInput("external_id", f"1至{_LONGEST_EXTERNAL}字")

    @property
    def origin(self) -> str | None:
        """Key that is the same for the same origin."""
        if self.external_id is None:
            return None
        return f"{self.platform or self.channel.value}:{self.external_id}"

    @property
    def call_id(self) -> str | None:
        """The call it was opened for."""
        return self.external_id if self.channel is Channel.CALL else None
