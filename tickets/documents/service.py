"""Use cases: issue a notice, read it as a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.actors import Actor
from core.clock import LOCAL
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.assigning import current
from tickets.base import TicketServiceBase, require_text, visible
from tickets.deadlines import due_after
from tickets.documents import repository
from tickets.documents.letter import GENERAL, NoticeFacts, letter
from tickets.documents.model import TicketNotice
from tickets.lifecycle import TicketEvent
from tickets.model import NO_LIMIT
from tickets.profile_values import Basis, Limit, LimitUnit, StartEvent
from tickets.reminding import remind

_LONGEST_DAYS = 60


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as people see it."""

    id: str
    ticket_id: str
    unit_id: str
    kind: str
    number: str
    issued_by: str
    issued_at: datetime
    due_at: datetime
    clause: str
    counting: tuple[str, ...]


class Noticing(TicketServiceBase):
    """Official notices to units."""

    async def issue_notice(
        self, ticket_id: str, actor: Actor, *, kind: str, demand: str, days: int, expected_version: int | None = None
    ) -> NoticeView:
        """Issue a notice with a limit of `days` working days (YC-34.2c, YC-13.5b, CZ-三(四)2, FJ-24); the unit is told.

        Raises:
            InvalidInput: the profile has no such notice, or the limit is not 1 to 60 working days.
        """
        if not 1 <= days <= _LONGEST_DAYS:
            raise InvalidInput("days", f"应在1到{_LONGEST_DAYS}个工作日之间")
        async with self._change(ticket_id, actor, expected_version) as change:
            kinds = (*GENERAL, *change.profile.supervision.instruments)
            if kind not in kinds:
                raise InvalidInput("kind", "可选:" + "、".join(dict.fromkeys(kinds)))
            clause = next((step.clause for step in change.profile.supervision.ladder if step.title == kind), "PD-13")
            limit = Limit(
                amount=days, unit=LimitUnit.WORKING_DAYS, start=StartEvent.OCCURRED, clause=clause,
                basis=Basis.REGULATION,
            )  # fmt: skip
            due = due_after(limit, change.now, change.time_of)
            work = await current(change)
            year = f"{change.now.astimezone(LOCAL):%Y}"
            series = f"{kind[:6]}{year}"
            row = TicketNotice(
                id=new_id(), ticket_id=ticket_id, unit_id=work.unit_id, kind=kind,
                number=f"{kind}〔{year}〕{await tickets.next_number(change.session, series)}号",
                demand=Personal(require_text("demand", demand)), issued_by=actor.name, issued_at=change.now,
                due_at=due.at, handling_due_at=None if work.due_at == NO_LIMIT else work.due_at, clause=clause,
                counting=list(due.counting),
            )  # fmt: skip
            change.session.add(row)
            change.record(TicketEvent.NOTICE_ISSUED, demand, {"kind": kind, "number": row.number, "notice_id": row.id})
            await remind(change, work, "notice")
        return _view(row)

    async def notices(self, ticket_id: str, actor: Actor) -> tuple[NoticeView, ...]:
        """Return the notices about a ticket."""
        async with self._database.reading() as session:
            ticket = await tickets.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            return tuple(_view(row) for row in await repository.notices(session, ticket_id))

    async def notice_file(self, notice_id: str, actor: Actor, form: Literal["docx", "pdf"]) -> tuple[str, bytes]:
        """Return file name and contents of a notice."""
        async with self._database.reading() as session:
            row = await repository.notice(session, notice_id)
            ticket = await tickets.ticket(session, row.ticket_id) if row else None
            if row is None or ticket is None or not await visible(session, ticket, actor):
                raise NotFound("文书", notice_id)
            profile = await self._profile_of(session, ticket.profile_version)
            unit = await tickets.unit(session, row.unit_id)
            category = profile.categories.get(ticket.category or "")
            words = letter(
                NoticeFacts(
                    kind=row.kind, number=row.number, platform=profile.hotline, unit=unit.name if unit else "",
                    ticket_number=ticket.number, title=ticket.title or "", category=category.title if category else "",
                    dispatched_at=ticket.dispatched_at, handling_due_at=row.handling_due_at,
                    demand=row.demand.reveal(), due_at=row.due_at, counting=tuple(row.counting), clause=row.clause,
                    issued_by=row.issued_by, issued_at=row.issued_at,
                )
            )  # fmt: skip
        from tickets.documents import typeset  # heavy: not at the start of every role and command

        return f"{row.number}.{form}", typeset.docx(words) if form == "docx" else typeset.pdf(words)


def _view(row: TicketNotice) -> NoticeView:
    same = {name: getattr(row, name) for name in NoticeView.__slots__ if name != "counting"}
    return NoticeView(**same, counting=tuple(row.counting))
