"""Keeps what lists and searches stand on in step with a ticket, in the transaction that changes it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tickets import repository
from tickets.duties import DutyKind
from tickets.lifecycle import TicketState
from tickets.model import NO_LIMIT, Ticket, TicketAssignment, TicketDuty
from tickets.search import repository as search
from tickets.search import words
from tickets.shares import ShareState, share_of


async def keep_inbox(session: AsyncSession, ticket: Ticket) -> None:
    """Set state and deadline of every unit's share: the lead's follows the ticket, the others share its deadline."""
    if ticket.assignment_id is None:
        return
    works = await repository.assignments(session, ticket.id)
    due_at = _due(ticket, await repository.duties(session, [ticket.id]))
    lead = share_of(TicketState(ticket.state))
    for work in works:
        if work.id == ticket.assignment_id:
            _set(work, lead)
            work.due_at = due_at
        elif work.round != ticket.round or lead is ShareState.ENDED or _is_past_lead(work):
            _set(work, ShareState.ENDED)
        elif work.state != ShareState.ENDED:
            work.due_at = due_at


async def keep_words(session: AsyncSession, ticket: Ticket) -> None:
    """Index the masked texts of a ticket, the units that may find it, and when it was opened."""
    names = [name.reveal() for name in (ticket.caller_name, ticket.complained_party) if name]
    found = set(words.day_words(ticket.created_at))
    for text in (ticket.title, *(text.reveal() for text in (ticket.summary, ticket.answer) if text)):
        found |= words.words_of(text or "", names)
    parties = await repository.parties(session, ticket.id)
    found |= {words.unit_word(unit_id) for unit_id in parties if unit_id != ticket.complained_unit_id}
    if ticket.confidential:
        found.add(words.CONFIDENTIAL)
    await search.keep_words(session, ticket.id, found)


def _due(ticket: Ticket, duties: Sequence[TicketDuty]) -> datetime:
    mine = [duty for duty in duties if duty.assignment_id == ticket.assignment_id and duty.kind == DutyKind.RESOLVE]
    return mine[-1].due_at if mine else NO_LIMIT


def _is_past_lead(work: TicketAssignment) -> bool:
    return work.kind == "lead"


def _set(work: TicketAssignment, state: ShareState) -> None:
    if work.state != state:
        work.state = state.value
