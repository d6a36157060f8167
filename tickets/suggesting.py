"""What prefill asks of tickets: what people decided before, earlier matters of a caller, what became of a proposal."""

from dataclasses import dataclass, field

from core.errors import NotFound
from core.personal import Personal
from tickets import repository
from tickets.base import TicketServiceBase
from tickets.search.words import words_of
from tickets.states import TicketState

_EARLIER = 20
_MOST_DECIDED = 50_000
_DECIDED = (TicketState.CLOSED, TicketState.ARCHIVED)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class DecidedMatter:
    """A closed ticket: what was reported, and what people made of it."""

    summary: Personal
    category: str
    unit: str | None
    """Name of the unit that handled it; None: answered at once."""


@dataclass(frozen=True, slots=True)
class EarlierMatter:
    """An earlier ticket of a caller, and how much of what it tells is told again (0 to 1)."""

    ticket_id: str
    number: str
    state: str
    title: str
    likeness: float


@dataclass(frozen=True, slots=True)
class WrittenFields:
    """What stands on a ticket, by the names prefill uses; empty ones are left out."""

    call_id: str | None
    values: dict[str, str] = field(repr=False)


class Suggesting(TicketServiceBase):
    """Use cases of prefill."""

    async def decided(self, limit: int = _MOST_DECIDED) -> list[DecidedMatter]:
        """Return closed tickets with their category's title and unit, newest first."""
        found: list[DecidedMatter] = []
        before: str | None = None
        while len(found) < limit:
            async with self._database.reading() as session:
                rows = await repository.page(
                    session, states=_DECIDED, confidential=False, before_id=before, limit=min(_PAGE, limit)
                )
                names = await repository.unit_names(session, {row.unit_id for row in rows if row.unit_id})
            found += [
                DecidedMatter(row.summary, self._title(row.category), names.get(row.unit_id or ""))
                for row in rows
                if row.summary and row.category
            ]
            if len(rows) < min(_PAGE, limit):
                break
            before = rows[-1].id
        return found[:limit]

    async def earlier(self, caller: Personal, text: Personal, call_id: str) -> list[EarlierMatter]:
        """Return earlier tickets of a caller's number, most alike first; those of `call_id` itself are left out."""
        async with self._database.reading() as session:
            rows = await repository.page(session, caller=caller, limit=_EARLIER)
        told = words_of(text.reveal())
        found = []
        for row in rows:
            if row.call_id == call_id or row.state == TicketState.MERGED or row.confidential:
                continue
            theirs = words_of(" ".join([row.title or "", row.summary.reveal() if row.summary else ""]))
            likeness = len(told & theirs) / min(len(told), len(theirs)) if told and theirs else 0.0
            found.append(EarlierMatter(row.id, row.number, row.state, row.title or "", round(likeness, 3)))
        return sorted(found, key=lambda one: one.likeness, reverse=True)

    async def written_fields(self, ticket_id: str) -> WrittenFields:
        """Return what people put on a ticket; for machines that measure proposals."""
        async with self._database.reading() as session:
            row = await repository.ticket(session, ticket_id)
            if row is None:
                raise NotFound("工单", ticket_id)
            unit_id = row.unit_id or row.proposed_unit_id
            names = await repository.unit_names(session, {unit_id} if unit_id else set())
        values = {
            "category": self._title(row.category) if row.category else "",
            "title": row.title or "",
            "subject": row.subject or "",
            "summary": row.summary.reveal() if row.summary else "",
            "place": row.place.reveal() if row.place else "",
            "caller_name": row.caller_name.reveal() if row.caller_name else "",
            "contact_phone": row.contact_phone.reveal() if row.contact_phone else "",
            "urgency": row.urgency if row.urgency != "normal" else "",
            "unit": names.get(unit_id or "", ""),
            "refusal": row.refusal_code or "",
        }
        return WrittenFields(row.call_id, {name: value for name, value in values.items() if value})

    def _title(self, category: str) -> str:
        known = self.profile.categories.get(category)
        return known.title if known else category
