"""What people do together on a ticket, over the wire."""

from typing import Literal

from pydantic import Field

from api.schemas.base import Body
from tickets.fields import TicketFields


class Opening(Body):
    """A ticket opened from another channel than a call."""

    channel: Literal["web", "wechat", "app", "sms", "mail", "platform"]
    external_id: str | None = Field(None, min_length=1, max_length=60)
    caller_phone: str | None = Field(None, min_length=3, max_length=30)
    fields: TicketFields


class Contact(Body):
    """The unit has talked with the caller."""

    how: Literal["phone", "visit", "message", "on_site"]
    told: str = Field(min_length=1, max_length=4000)


class Told(Body):
    """A text for the ledger."""

    text: str = Field(min_length=1, max_length=4000)


class Coordination(Body):
    """A coordination meeting."""

    participants: list[str] = Field(min_length=1, max_length=50)
    result: str = Field(min_length=1, max_length=4000)


class Assisting(Body):
    """Units that assist the lead."""

    unit_ids: list[str] = Field(min_length=1, max_length=20)
    note: str | None = Field(None, max_length=4000)


class Forwarding(Body):
    """A unit one tier down."""

    unit_id: str = Field(min_length=1, max_length=36)
    note: str | None = Field(None, max_length=4000)


class ShareSentBack(Body):
    """A result of an assisting or lower unit is to be made good."""

    seq: int = Field(ge=1, le=10_000)
    note: str = Field(min_length=1, max_length=4000)


class Repeat(Body):
    """The earlier ticket of the same matter."""

    earlier_id: str = Field(min_length=1, max_length=36)


class Merging(Body):
    """The ticket a duplicate is merged into."""

    into_id: str = Field(min_length=1, max_length=36)
    note: str = Field(min_length=1, max_length=4000)
