"""Use cases: figures of a day by area (FJ-9.3, FJ-9.5, YC-31.2a), and missed limits as red cards (YC-34.2d, YZ-S3c)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.clock import LOCAL
from tickets import repository as tickets
from tickets.assessment import repository
from tickets.assessment.facts import bounds, facts_between
from tickets.assessment.figures import TicketFact, figures_of
from tickets.base import TicketServiceBase
from tickets.rules.metrics import Figure

_OVERDUE = ("resolve",)
"""What counts where the profile knows no red card: a matter not finished in its limit (YZ-S3c)."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A limit a unit missed; each counts in its assessment."""

    ticket_id: str
    number: str
    unit_id: str
    duty: str
    due_at: datetime
    done_at: datetime | None
    clause: str


@dataclass(frozen=True, slots=True)
class DayOfArea:
    """A day of one area: a unit of the level below the centre with all that stand below it."""

    unit_id: str
    name: str
    kind: str
    dispatched: int
    finished: int
    returned: int
    closed: int
    missed: int
    figures: Mapping[str, Figure]


class Watching(TicketServiceBase):
    """Daily supervision."""

    async def missed_limits(self, actor: Actor, month: str) -> list[Missed]:
        """Return the red cards of a month by unit; people of a unit see their own."""
        async with self._database.reading() as session:
            found = await self._missed(session, *bounds(month))
        return [one for one in found if not actor.bound or one.unit_id == actor.unit_id]

    async def day(self, actor: Actor, day: date) -> list[DayOfArea]:
        """Return the figures of a day for each area, by code; people of a unit or a county see their own."""
        start = datetime.combine(day, time(0), LOCAL)
        async with self._database.reading() as session:
            units = {unit.id: unit for unit in await tickets.units(session)}
            facts = await facts_between(session, start, start + timedelta(days=1))
            missed = Counter(one.unit_id for one in await self._missed(session, start, start + timedelta(days=1)))
        area = {unit_id: _area(unit_id, {one.id: one.parent_id for one in units.values()}) for unit_id in units}
        by_area: dict[str, list[TicketFact]] = defaultdict(list)
        for fact in facts:
            by_area[area.get(fact.unit_id, fact.unit_id)].append(fact)
        late: Counter[str] = Counter()
        for unit_id, times in missed.items():
            late[area.get(unit_id, unit_id)] += times
        own = area.get(actor.unit_id or "") if actor.bound else None
        return [
            DayOfArea(
                unit.id, unit.name, unit.kind,
                dispatched=sum(fact.dispatched for fact in by_area[unit.id]),
                finished=sum(fact.finished for fact in by_area[unit.id]),
                returned=sum(fact.returned for fact in by_area[unit.id]),
                closed=sum(fact.closed for fact in by_area[unit.id]),
                missed=late[unit.id],
                figures=figures_of(self.profile, by_area[unit.id]),
            )
            for unit in units.values()
            if area[unit.id] == unit.id and unit.active and (not actor.bound or unit.id == own)
        ]  # fmt: skip

    async def _missed(self, session: AsyncSession, start: datetime, end: datetime) -> list[Missed]:
        cards = self.profile.cards
        kinds = cards.red_triggers if cards else _OVERDUE
        now = self._clock.now()
        rows = await repository.missed(session, start, min(end, now), kinds)
        return [
            Missed(row.ticket_id, row.number, row.unit_id, row.kind, row.due_at, row.done_at, row.clause)
            for row in rows
        ]


def _area(unit_id: str, parents: Mapping[str, str | None]) -> str:
    """Return the highest unit above `unit_id`; a circle ends where it began."""
    seen = {unit_id}
    while (parent := parents.get(unit_id)) and parent not in seen:
        unit_id = parent
        seen.add(unit_id)
    return unit_id
