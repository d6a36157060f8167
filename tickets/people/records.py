"""A unit's record on paper: its fields and people as they are written down when somebody changes them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import InvalidInput
from core.ids import new_id
from core.personal import Personal
from tickets.fields import PersonalText
from tickets.model import Unit
from tickets.people import repository
from tickets.people.model import UnitChange, UnitPerson
from tickets.rules.people import Post

_FIELDS = (
    "code",
    "name",
    "level",
    "parent_id",
    "kind",
    "managing_unit_id",
    "phone",
    "duty_phone",
    "department",
    "active",
)
_PHONE = re.compile(r"[0-9+][0-9 -]{2,28}")
_NAME_LENGTH = 60


class PersonFields(BaseModel):
    """A person as an administrator names one."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    post: Post
    name: Annotated[PersonalText, Field(description="姓名")]
    phone: PersonalText = None

    def checked(self) -> tuple[Personal, Personal | None]:
        """Return name and number.

        Raises:
            InvalidInput: there is no name, or the number is none.
        """
        if self.name is None or len(self.name.reveal()) > _NAME_LENGTH:
            raise InvalidInput("people.name", f"姓名不能为空,不超过{_NAME_LENGTH}字")
        if self.phone is not None and not _PHONE.fullmatch(self.phone.reveal()):
            raise InvalidInput("people.phone", "须为电话号码")
        return self.name, self.phone


async def write_people(session: AsyncSession, unit_id: str, people: Sequence[PersonFields]) -> list[UnitPerson]:
    """Put these people in the place of those a unit had."""
    rows = []
    for given in people:
        name, phone = given.checked()
        rows.append(UnitPerson(id=new_id(), unit_id=unit_id, post=given.post.value, name=name, phone=phone))
    await repository.forget(session, unit_id)
    session.add_all(rows)
    return rows


def on_record(unit: Unit, people: Sequence[UnitPerson]) -> dict[str, object]:
    """Return a unit as it is written down: fields, and people masked."""
    named = [
        {"post": one.post, "name": one.name.masked, "phone": one.phone.masked if one.phone else None} for one in people
    ]
    return {name: getattr(unit, name) for name in _FIELDS} | {"people": named}


def note_change(
    session: AsyncSession,
    actor: Actor,
    at: datetime,
    act: str,
    unit_id: str,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    """Write down who changed a unit, and what: only what differs, before and after."""
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    session.add(
        UnitChange(
            id=new_id(), unit_id=unit_id, at=at, act=act, actor_id=actor.account_id, actor_name=actor.name,
            actor_role=actor.role.value, before={name: before.get(name) for name in names if name in before},
            after={name: after.get(name) for name in names if name in after},
        )
    )  # fmt: skip
