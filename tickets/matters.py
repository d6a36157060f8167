"""Use cases about one matter in several tickets: finding it, linking a repeat (the ≥ 3 rule), merging a duplicate."""

from dataclasses import dataclass

from core.actors import Actor
from core.errors import Conflict, InvalidInput, NotFound
from tickets import repository
from tickets.assigning import current
from tickets.base import Change, TicketServiceBase, require_text, visible
from tickets.duties import DutyKind
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import Ticket
from tickets.planning import drop_duties, plan
from tickets.search.words import words_of

_MOST = 20
_ALIKE = 0.35
"""Share of common words from which two texts are shown as probably the same matter."""


@dataclass(frozen=True, slots=True)
class SameMatter:
    """Another ticket of the same caller, and how alike its text is (0 to 1)."""

    ticket_id: str
    number: str
    state: str
    title: str | None
    likeness: float
    probably: bool


class Matters(TicketServiceBase):
    """Repeats and duplicates."""

    async def same_matter(self, ticket_id: str, actor: Actor) -> tuple[SameMatter, ...]:
        """Return other tickets of the same caller, most alike first (FJ-13.4, YC-11.4, YC-14g)."""
        async with self._database.reading() as session:
            ticket = await repository.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            if ticket.caller_phone is None:
                return ()
            rows = await repository.page(session, caller=ticket.caller_phone, limit=_MOST)
            others = [row for row in rows if row.id != ticket_id and await visible(session, row, actor)]
        own = _words(ticket)
        found = [_alike(own, row) for row in others]
        return tuple(sorted(found, key=lambda one: one.likeness, reverse=True))

    async def link_repeat(self, ticket_id: str, actor: Actor, earlier_id: str) -> int:
        """Count a ticket as a repeat of an earlier one of the same caller; both keep their own course.

        The earlier one's count grows, and with it the limit where the profile says so (YC-14g, AMB-11).
        """
        number = await self._point(ticket_id, actor, earlier_id)
        await self._count(earlier_id, actor, f"repeat:{ticket_id}", {"repeat": number})
        async with self._database.reading() as session:
            return (await repository.ticket(session, ticket_id) or _gone(ticket_id)).version

    async def merge(
        self, ticket_id: str, actor: Actor, into_id: str, note: str, expected_version: int | None = None
    ) -> int:
        """Merge a duplicate into the ticket that is already on its way; the duplicate ends, its caller is counted."""
        if ticket_id == into_id:
            raise InvalidInput("into_id", "不能并入自身")
        async with self._change(into_id, actor) as target:
            if target.state in (TicketState.MERGED, TicketState.REJECTED, TicketState.ARCHIVED):
                raise Conflict("目标工单已结束,不能并入", code="merge_target_ended")
            root = target.ticket
            duplicate = await repository.locked(target.session, ticket_id)
            if duplicate is None or not await visible(target.session, duplicate, actor):
                raise NotFound("工单", ticket_id)
            if expected_version is not None and duplicate.version != expected_version:
                raise Conflict("工单已被他人更改,请刷新后重试", code="ticket_changed")
            own = Change(target.session, duplicate, actor, target.now, target.profile, target.time_of)
            own.record(TicketEvent.MERGED, require_text("note", note), {"into": root.number, "into_id": root.id})
            duplicate.merged_into_id, duplicate.matter_id = root.id, root.matter_id or root.id
            await drop_duties(own, tuple(DutyKind))
            same = duplicate.caller_phone is not None and duplicate.caller_phone == root.caller_phone
            root.repeat_calls += same
            target.record(TicketEvent.LINKED, None, {"merged": duplicate.number, "same_caller": same})
            await _replan(target)
        return duplicate.version

    async def _point(self, ticket_id: str, actor: Actor, earlier_id: str) -> str:
        if ticket_id == earlier_id:
            raise InvalidInput("earlier_id", "不能关联自身")
        async with self._change(ticket_id, actor) as change:
            earlier = await repository.ticket(change.session, earlier_id)
            if earlier is None or not await visible(change.session, earlier, actor):
                raise NotFound("工单", earlier_id)
            if earlier.caller_phone is None or earlier.caller_phone != change.ticket.caller_phone:
                raise Conflict("不是同一诉求人,不能计入重复反映", code="repeat_other_caller")
            once = f"repeat-of:{earlier_id}"
            if not await repository.happened(change.session, ticket_id, once):
                change.ticket.matter_id = earlier.matter_id or earlier.id
                change.record(TicketEvent.LINKED, data={"repeat_of": earlier.number}, once=once)
            return change.ticket.number

    async def _count(self, ticket_id: str, actor: Actor, once: str, data: dict[str, object]) -> None:
        async with self._change(ticket_id, actor) as change:
            if await repository.happened(change.session, ticket_id, once):
                return
            if change.state in (TicketState.CLOSED, TicketState.ARCHIVED, TicketState.REJECTED, TicketState.MERGED):
                return
            change.ticket.repeat_calls += 1
            change.record(TicketEvent.REPEATED, data=data, once=once)
            await _replan(change)


async def _replan(change: Change) -> None:
    if change.ticket.assignment_id and change.state is not TicketState.ANSWERED:
        await plan(change, await current(change), keep_told=True)


def _words(ticket: Ticket) -> set[str]:
    text = " ".join([ticket.title or "", ticket.summary.reveal() if ticket.summary else ""])
    return words_of(text)


def _alike(own: set[str], row: Ticket) -> SameMatter:
    theirs = _words(row)
    likeness = len(own & theirs) / len(own | theirs) if own | theirs else 0.0
    return SameMatter(row.id, row.number, row.state, row.title, round(likeness, 3), likeness >= _ALIKE)


def _gone(ticket_id: str) -> Ticket:
    raise NotFound("工单", ticket_id)
