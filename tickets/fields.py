"""What an agent may write on a ticket."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from core.errors import InvalidInput
from core.personal import Personal
from tickets.rules.identity import RealName

_LONGEST_PERSONAL = 8000


def _personal(value: object) -> object:
    text = value.reveal() if isinstance(value, Personal) else value
    if not isinstance(text, str):
        return value
    if len(text) > _LONGEST_PERSONAL:
        raise ValueError(f"不超过{_LONGEST_PERSONAL}字")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("含有不完整的字符") from None
    return Personal.of(text.strip())


PersonalText = Annotated[Personal | None, BeforeValidator(_personal), WithJsonSchema({"type": "string"})]
"""Text that is personal data: given as a string, held as `Personal`; empty means none."""

PERSONAL_FIELDS = (
    "caller_name",
    "caller_phone",
    "contact_phone",
    "place",
    "summary",
    "answer",
    "complained_party",
    "identity_document",
)
"""Fields of a ticket whose text is shown only by `reveal`."""


class TicketFields(BaseModel):
    """Fields to change; what is not given stays. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    category: str | None = None
    title: str | None = Field(default=None, max_length=200)
    subject: str | None = Field(default=None, max_length=120)
    """What it is about, in the levels of the centre's taxonomy: 一级/二级/三级."""
    summary: PersonalText = None
    place: PersonalText = None
    caller_name: PersonalText = None
    contact_phone: PersonalText = None
    identity_document: PersonalText = None
    """Number of an identity card or another document (JS-11.1b)."""
    real_name: RealName = RealName.NONE
    urgency: Literal["normal", "important", "urgent", "critical"] = "normal"
    caller_kind: Literal["citizen", "enterprise", "organisation"] = "citizen"
    public_emergency: str | None = None
    unit_id: str | None = None
    """The unit the agent proposes; it is fixed by `dispatch`."""
    marks: list[Literal["urgent", "simple", "convenience_list"]] = Field(default=[], max_length=3)
    source: str | None = Field(default=None, max_length=24)
    """Key of the profile's `sources`: who handed the matter over (JS-8.3 … 8.6)."""
    complained_unit_id: str | None = Field(default=None, max_length=36)
    """The unit that is complained about; it will not see the ticket."""
    complained_party: PersonalText = None
    written_opinion: bool = False
    confidential: bool = False
    publication_allowed: bool = False


def checked_fields(fields: TicketFields | Mapping[str, object]) -> TicketFields:
    """Return `fields` validated.

    Raises:
        InvalidInput: names the first field that is refused.
    """
    if isinstance(fields, TicketFields):
        return fields
    try:
        return TicketFields.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise InvalidInput(".".join(str(part) for part in first["loc"]), first["msg"]) from None
