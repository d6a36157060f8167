"""Use cases that show tickets; looking at personal data is an act and stands in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import SYSTEM, Actor
from core.errors import InvalidInput, NotFound
from core.personal import Personal, keys
from tickets import repository
from tickets.base import TicketServiceBase, require_text, visible
from tickets.confidentiality import reads_confidential
from tickets.exchange.codes import query_code
from tickets.fields import PERSONAL_FIELDS
from tickets.ledger import LedgerEntry, first_fault
from tickets.lifecycle import TicketEvent
from tickets.model import Ticket
from tickets.states import TicketState
from tickets.views import (
    DutyView,
    LedgerView,
    TicketContact,
    TicketPage,
    TicketView,
    duty_view,
    ledger_view,
    ticket_view,
)

LARGEST_PAGE = 200
_PENDING = ("pending_approval", "needs_override")


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list shows; empty means all."""

    states: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    unit_id: str | None = None
    call_id: str | None = None
    caller_phone: Personal | None = None


class Reading(TicketServiceBase):
    """Use cases that read."""

    async def get(self, ticket_id: str, actor: Actor = SYSTEM) -> TicketView:
        """Return a ticket.

        Raises:
            NotFound: there is none, or it is not the actor's unit's.
        """
        async with self._database.reading() as session:
            ticket = await self._seen(session, ticket_id, actor)
            return (await self._views(session, [ticket], actor))[0]

    async def get_by_number(self, number: str, actor: Actor = SYSTEM) -> TicketView:
        """Return the ticket with this 工单编号."""
        async with self._database.reading() as session:
            ticket = await repository.ticket_numbered(session, number)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", number)
            return (await self._views(session, [ticket], actor))[0]

    async def list(
        self, actor: Actor = SYSTEM, only: TicketFilter | None = None, *, after: str | None = None, limit: int = 50
    ) -> TicketPage:
        """Return a page of tickets, newest first; people of a unit see their unit's.

        Args:
            actor: who asks.
            only: filter.
            after: `next` of the page before.
            limit: 1 to 200.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidInput("limit", f"应在1到{LARGEST_PAGE}之间")
        wanted = only or TicketFilter()
        if actor.bound and actor.unit_id is None:
            return TicketPage((), None)
        seen_by = actor.unit_id if actor.bound else None
        async with self._database.reading() as session:
            rows = await repository.page(
                session, states=wanted.states, categories=wanted.categories, unit_id=wanted.unit_id,
                seen_by=seen_by, confidential=reads_confidential(actor.role), call_id=wanted.call_id,
                caller=wanted.caller_phone, before_id=after, limit=limit + 1,
            )  # fmt: skip
            items = await self._views(session, rows[:limit], actor)
        return TicketPage(tuple(items), rows[limit - 1].id if len(rows) > limit else None)

    async def ledger(self, ticket_id: str, actor: Actor = SYSTEM) -> tuple[LedgerView, ...]:
        """Return the whole ledger of a ticket in order."""
        async with self._database.reading() as session:
            await self._seen(session, ticket_id, actor)
            return tuple(ledger_view(row) for row in await repository.events(session, ticket_id))

    async def verify_ledger(self, ticket_id: str) -> str | None:
        """Return what is wrong with the ledger of a ticket, in Chinese; None: it is whole."""
        async with self._database.reading() as session:
            ticket = await self._seen(session, ticket_id, SYSTEM)
            rows = await repository.events(session, ticket_id)
        for row in rows:
            if row.note and keys().search_hash(row.note.reveal()) != row.note_digest:
                return f"第{row.seq}条备注被改动"
        entries = [LedgerEntry(**{name: getattr(row, name) for name in LedgerEntry.__slots__}) for row in rows]
        return first_fault(entries, ticket.ledger_head)

    async def duties(self, ticket_id: str, actor: Actor = SYSTEM) -> tuple[DutyView, ...]:
        """Return all duties of a ticket, past assignments included, by due instant."""
        async with self._database.reading() as session:
            ticket = await self._seen(session, ticket_id, actor)
            waits = ticket.id in await _waiting(session, [ticket])
            rows = await repository.duties(session, [ticket_id])
        return tuple(duty_view(row, self._clock.now(), waits=waits) for row in rows)

    async def contact(self, ticket_id: str) -> TicketContact:
        """Return how the citizen is reached; for machines that call or text (`surveys`)."""
        async with self._database.reading() as session:
            ticket = await self._seen(session, ticket_id, SYSTEM)
            phone = ticket.contact_phone or ticket.caller_phone
            return TicketContact(
                phone, ticket.caller_name, ticket.category, ticket.answered_directly, query_code(ticket.id)
            )

    async def open_of_call(self, call_id: str) -> bool:
        """Tell whether a ticket of this call still needs its recording: open, or under supervision (AMB-31)."""
        async with self._database.reading() as session:
            return await repository.needs_recording(session, call_id)

    async def open_of_caller(self, number: Personal) -> Sequence[str]:
        """Return the ids of the newest tickets of a caller's number that still need work, by its keyed hash."""
        over = {TicketState.CLOSED, TicketState.REJECTED, TicketState.MERGED, TicketState.ARCHIVED}
        async with self._database.reading() as session:
            found = await repository.page(session, caller=number, limit=LARGEST_PAGE)
        return tuple(ticket.id for ticket in found if TicketState(ticket.state) not in over)

    async def reveal(self, ticket_id: str, field: str, actor: Actor, reason: str) -> Personal | None:
        """Return a personal field for a person to read; who, when and why stands in the ledger (YC-35.3)."""
        if field not in PERSONAL_FIELDS:
            raise InvalidInput("field", "可选:" + "、".join(PERSONAL_FIELDS))
        async with self._change(ticket_id, actor) as change:
            change.record(TicketEvent.REVEALED, require_text("reason", reason), {"field": field})
            value: Personal | None = getattr(change.ticket, field)
        return value

    async def _seen(self, session: AsyncSession, ticket_id: str, actor: Actor) -> Ticket:
        ticket = await repository.ticket(session, ticket_id)
        if ticket is None or not await visible(session, ticket, actor):
            raise NotFound("工单", ticket_id)
        return ticket

    async def _views(self, session: AsyncSession, tickets: Sequence[Ticket], actor: Actor) -> Sequence[TicketView]:
        duties = await repository.duties(session, [ticket.id for ticket in tickets])
        units = {unit.id: unit for unit in await repository.units(session)}
        waiting = await _waiting(session, tickets)
        failed = await repository.failed_enquiries(session, [t.assignment_id for t in tickets if t.assignment_id])
        now = self._clock.now()
        return [
            ticket_view(
                ticket,
                await self._profile_of(session, ticket.profile_version),
                [row for row in duties if row.ticket_id == ticket.id],
                units.get(ticket.unit_id or ""),
                actor.role,
                now,
                extension_pending=ticket.id in waiting,
                enquiry_failed=ticket.assignment_id in failed,
            )
            for ticket in tickets
        ]


async def _waiting(session: AsyncSession, tickets: Sequence[Ticket]) -> set[str]:
    """Return the ids of tickets whose running assignment has an undecided extension request."""
    running = [ticket.assignment_id for ticket in tickets if ticket.assignment_id]
    return {asked.ticket_id for asked in await repository.extensions(session, running) if asked.state in _PENDING}
