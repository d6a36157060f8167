"""Use cases: the people of units, the whole directory at once, and what was changed about a unit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.base import require_text
from tickets.deadlines import WorkingTime
from tickets.directory import UnitDirectory, UnitFields, UnitView, place_unit
from tickets.model import Unit
from tickets.people import repository
from tickets.people.records import PersonFields, note_change, on_record, write_people
from tickets.rules.people import Post, faults, posts_told

_MOBILE = re.compile(r"1[3-9]\d{9}")
_MOST_CHANGES = 200
MOST_UNITS = 1000
"""How many units one import may hold."""


@dataclass(frozen=True, slots=True)
class UnitChangeView:
    """One change to a unit."""

    at: datetime
    act: str
    actor_name: str
    actor_role: str
    before: Mapping[str, object]
    after: Mapping[str, object]


class ImportedUnit(UnitFields):
    """A unit in a file of units: the superior by its code, people and all."""

    code: str
    parent_code: str | None = None
    people: list[PersonFields] = Field(default_factory=list)


class UnitPeople(UnitDirectory):
    """What an administrator keeps about the people of units."""

    async def set_people(self, unit_id: str, actor: Actor, people: Sequence[PersonFields]) -> UnitView:
        """Name the people of a unit, all at once.

        Raises:
            InvalidInput: the profile asks for somebody who is not named, or for fewer (code `unit_people`).
            NotFound: no such unit.
        """
        async with self._database.transaction() as session:
            row = await tickets.unit(session, unit_id)
            if row is None:
                raise NotFound("单位", unit_id)
            old = (await repository.of_units(session, [unit_id])).get(unit_id, [])
            before = on_record(row, old)
            self._refuse_faults(row, people, "people")
            fresh = await write_people(session, unit_id, people)
            note_change(
                session, actor, self._clock.now(), "people", unit_id, before=before, after=on_record(row, fresh)
            )
        return self._unit_view(row, fresh)

    async def import_units(self, actor: Actor, units: Sequence[ImportedUnit]) -> tuple[int, int]:
        """Add or change many units with their people; all of them, or none. Return how many were added and changed.

        Raises:
            InvalidInput: one does not fit; the field names its place in the list (`units.3.people`).
        """
        if not 0 < len(units) <= MOST_UNITS:
            raise InvalidInput("units", f"一次导入 1 至 {MOST_UNITS} 个单位")
        added = 0
        try:
            async with self._database.transaction() as session:
                known = {unit.code: unit for unit in await tickets.units(session)}
                people = await repository.of_units(session)
                # superiors first, wherever they stand in the list
                for place, given in sorted(enumerate(units), key=lambda one: one[1].level):
                    fresh = given.code not in known
                    row = known.get(given.code) or Unit(id=new_id(), code=given.code)
                    before = {} if fresh else on_record(row, people.get(row.id, []))
                    self._import(row, given, known, f"units.{place}")
                    if fresh:
                        session.add(row)
                        added += 1
                    named = await write_people(session, row.id, given.people)
                    after = on_record(row, named)
                    note_change(session, actor, self._clock.now(), "imported", row.id, before=before, after=after)
        except IntegrityError:
            raise Conflict("单位代码已被使用", code="unit_exists") from None
        return added, len(units) - added

    def _import(self, row: Unit, given: ImportedUnit, known: dict[str, Unit], place: str) -> None:
        values = {name: getattr(given, name) for name in UnitFields.model_fields}
        if given.parent_code is not None:
            if given.parent_code not in known:
                raise InvalidInput(f"{place}.parent_code", "没有此代码的上级单位")
            values["parent_id"] = known[given.parent_code].id
        if given.name is None:
            raise InvalidInput(f"{place}.name", "不能为空")
        known[given.code] = row
        try:
            place_unit(row, values, {unit.id: unit for unit in known.values()})
        except InvalidInput as error:
            raise InvalidInput(f"{place}.{error.field}", error.reason) from None
        self._refuse_faults(row, given.people, f"{place}.people")

    def _refuse_faults(self, row: Unit, people: Sequence[PersonFields], field: str) -> None:
        found = faults(self.profile.people, row.kind, row.department, [one.post for one in people])
        if found:
            words = ";".join(f"{fault.words}(依据{fault.clause})" for fault in found)
            raise InvalidInput(field, words, code="unit_people")

    async def reveal_person(
        self, unit_id: str, person_id: str, actor: Actor, reason: str
    ) -> tuple[Personal, Personal | None]:
        """Return name and number of a person of a unit for somebody to call; who looked is written down."""
        async with self._database.transaction() as session:
            row = await repository.person(session, unit_id, person_id)
            if row is None:
                raise NotFound("人员", person_id)
            looked = {"reason": require_text("reason", reason, most=200), "post": row.post}
            note_change(session, actor, self._clock.now(), "revealed", unit_id, before={}, after=looked)
        return row.name, row.phone

    async def unit_changes(self, unit_id: str) -> tuple[UnitChangeView, ...]:
        """Return the newest changes to a unit, newest first: who, when, what before and after."""
        async with self._database.reading() as session:
            rows = await repository.changes(session, unit_id, _MOST_CHANGES)
        return tuple(
            UnitChangeView(row.at, row.act, row.actor_name, row.actor_role, row.before, row.after) for row in rows
        )

    async def phones_told(self, unit_id: str, why: str) -> tuple[Personal, ...]:
        """Return the numbers of a unit that get a text message now, by why it is reminded; for the machine that texts.

        An overdue duty reaches the leaders too (CZ-四(一)), what is sudden the duty contact at any hour (JS-13b).
        """
        async with self._database.reading() as session:
            row = await tickets.unit(session, unit_id)
            people = await _people(session, unit_id)
        if row is None:
            return ()
        hours = self.profile.business_hours.of_unit(row.code)
        working = WorkingTime(self._calendar, hours).works_at(self._clock.now())
        posts = posts_told(self.profile.people, why, working=working)
        numbers = (phone for post, phone in people if phone is not None and post in posts)
        return tuple(dict.fromkeys(number for number in numbers if _MOBILE.fullmatch(number.reveal())))


async def _people(session: AsyncSession, unit_id: str) -> list[tuple[Post, Personal | None]]:
    rows = (await repository.of_units(session, [unit_id])).get(unit_id, [])
    return [(Post(row.post), row.phone) for row in rows]
