"""Use cases: a leader's instruction on a bundle of tickets (批示督办, CZ-三(四)4), followed to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets.base import TicketServiceBase, require_text, visible
from tickets.directives import repository
from tickets.directives.model import Directive, DirectiveReport, DirectiveTicket
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import Ticket
from tickets.supervision.ledgering import enter_ledger

_MOST = 200
_OVER = (TicketState.CLOSED, TicketState.ARCHIVED, TicketState.REJECTED, TicketState.MERGED)


@dataclass(frozen=True, slots=True)
class ReportView:
    """One follow-up."""

    at: datetime
    by: str
    text: Personal
    ends: bool


@dataclass(frozen=True, slots=True)
class UnderDirective:
    """A ticket under an instruction."""

    id: str
    number: str
    state: str
    unit_id: str | None


@dataclass(frozen=True, slots=True)
class DirectiveView:
    """An instruction, its tickets as far as the asker may know of them, and what was reported."""

    id: str
    title: str
    leader: Personal
    instruction: Personal
    given_at: datetime
    due_at: datetime
    ended_at: datetime | None
    overdue: bool
    tickets: tuple[UnderDirective, ...]
    reports: tuple[ReportView, ...]


class Directing(TicketServiceBase):
    """A separate path of supervision, not a step after another (CZ-三(四)4)."""

    async def give_directive(
        self, actor: Actor, *, title: str, leader: str, instruction: str, given_at: datetime, due_at: datetime
    ) -> DirectiveView:
        """Enter a leader's instruction with the day by which it is to be carried out.

        Raises:
            InvalidInput: it is due before it was given, or a text is missing.
        """
        if due_at <= given_at:
            raise InvalidInput("due_at", "须晚于批示时间")
        row = Directive(
            id=new_id(), title=require_text("title", title, most=200),
            leader=Personal(require_text("leader", leader, most=60)),
            instruction=Personal(require_text("instruction", instruction)), given_at=given_at, due_at=due_at,
            created_by=actor.account_id, created_at=self._clock.now(),
        )  # fmt: skip
        async with self._database.transaction() as session:
            session.add(row)
        return self._directive(row, (), ())

    async def put_under_directive(
        self, ticket_id: str, actor: Actor, directive_id: str, expected_version: int | None = None
    ) -> int:
        """Put a ticket under an instruction: the ladder climbs and it enters the supervision ledger; twice is once.

        Raises:
            NotFound: no such instruction.
            Conflict: it has been carried out.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            row = await _existing(change.session, directive_id)
            if await repository.is_under(change.session, directive_id, ticket_id):
                return change.ticket.version
            ladder = {step.trigger for step in change.profile.supervision.ladder}
            data = {"fact": "instruction", "directive_id": directive_id}
            if "instruction" in ladder:
                change.record(TicketEvent.FACT_NOTED, row.title, data)
                await enter_ledger(change)
            else:
                change.record(TicketEvent.SUPERVISED, row.title, data)
            change.ticket.supervised_at = change.ticket.supervised_at or change.now
            under = DirectiveTicket(directive_id=directive_id, ticket_id=ticket_id, added_at=change.now)
            change.session.add(under)
        return change.ticket.version

    async def report_on_directive(self, directive_id: str, actor: Actor, text: str, *, ends: bool) -> DirectiveView:
        """Write down what has become of an instruction; `ends`: it is carried out.

        Raises:
            Conflict: it is over already, or a ticket under it is still open.
        """
        async with self._database.transaction() as session:
            row = await _existing(session, directive_id)
            under = await repository.tickets_under(session, directive_id)
            if ends and any(TicketState(ticket.state) not in _OVER for ticket in under):
                raise Conflict("批示事项下尚有未办结的工单", code="directive_tickets_open")
            now = self._clock.now()
            words = Personal(require_text("text", text))
            report = DirectiveReport(
                id=new_id(), directive_id=directive_id, at=now, by=actor.account_id, text=words, ends=ends
            )
            session.add(report)
            row.ended_at = now if ends else None
        return await self.directive(directive_id, actor)

    async def directive(self, directive_id: str, actor: Actor) -> DirectiveView:
        """Return an instruction."""
        async with self._database.reading() as session:
            row = await session.get(Directive, directive_id)
            if row is None:
                raise NotFound("批示", directive_id)
            found = await repository.tickets_under(session, directive_id)
            seen = [ticket for ticket in found if await visible(session, ticket, actor)]
            return self._directive(row, seen, await repository.reports(session, directive_id))

    async def directives(self) -> tuple[DirectiveView, ...]:
        """Return the newest instructions, without tickets and reports."""
        async with self._database.reading() as session:
            return tuple(self._directive(row, (), ()) for row in await repository.directives(session, _MOST))

    def _directive(
        self, row: Directive, tickets: Sequence[Ticket], reports: Sequence[DirectiveReport]
    ) -> DirectiveView:
        return DirectiveView(
            row.id, row.title, row.leader, row.instruction, row.given_at, row.due_at, row.ended_at,
            overdue=(row.ended_at or self._clock.now()) > row.due_at,
            tickets=tuple(UnderDirective(one.id, one.number, one.state, one.unit_id) for one in tickets),
            reports=tuple(ReportView(one.at, one.by, one.text, one.ends) for one in reports),
        )  # fmt: skip


async def _existing(session: AsyncSession, directive_id: str) -> Directive:
    """Return an instruction that is not over.

    Raises:
        NotFound: there is none.
        Conflict: it has been carried out.
    """
    row = await repository.directive(session, directive_id)
    if row is None:
        raise NotFound("批示", directive_id)
    if row.ended_at is not None:
        raise Conflict("批示事项已办结", code="directive_ended")
    return row
