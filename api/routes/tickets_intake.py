"""Tickets up to dispatch: edit, accept, approve, refuse, answer at once, dispatch."""

from typing import Annotated

from fastapi import APIRouter

from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation
from api.permissions import Act
from api.schemas.tickets import Answer, Approval, Dispatch, NeededNote, Note, Refusal, Ticket, Transfer
from api.versions import VersionNeeded
from tickets.fields import TicketFields

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])


@router.patch("", **operation("编辑工单", "Edit a ticket", *ERRORS, 428))
async def edit_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_EDIT)], fields: TicketFields) -> Ticket:
    """Change fields before dispatch; needs If-Match, so that nobody overwrites what another has typed."""
    if on.version is None:
        raise VersionNeeded
    await on.tickets.edit_draft(on.ticket_id, on.actor, fields, on.version)
    return await on.shown()


@router.post("/accept", **operation("受理", "Accept the matter", *ERRORS))
async def accept_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_ACCEPT)], given: Note) -> Ticket:
    """Accept the matter; where approval is ordered the ticket then waits for it."""
    await on.tickets.accept(on.ticket_id, on.actor, on.version, given.note)
    return await on.shown()


@router.post("/reject", **operation("不予受理", "Refuse the matter", *ERRORS))
async def reject_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_REJECT)], given: Refusal) -> Ticket:
    """Refuse the matter on a ground the regulation lists, with guidance for the caller."""
    await on.tickets.reject(on.ticket_id, on.actor, given.code, given.clause, given.guidance, on.version)
    return await on.shown()


@router.post("/answer-directly", **operation("即时答复办结", "Answer on the call and close", *ERRORS))
async def answer_ticket_directly(on: Annotated[OnTicket, on_ticket(Act.TICKETS_ACCEPT)], given: Answer) -> Ticket:
    """Answer from the knowledge base; the ticket is closed at once."""
    await on.tickets.answer_directly(on.ticket_id, on.actor, given.answer, on.version)
    return await on.shown()


@router.post("/transfer", **operation("电话转办登记", "Record a transfer by telephone", *ERRORS))
async def record_ticket_transfer(on: Annotated[OnTicket, on_ticket(Act.TICKETS_DISPATCH)], given: Transfer) -> Ticket:
    """Record that a public emergency was transferred to a business line."""
    await on.tickets.record_transfer(on.ticket_id, on.actor, given.phone, given.note, on.version)
    return await on.shown()


@router.post("/approve", **operation("批准派发", "Approve the dispatch", *ERRORS))
async def approve_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_APPROVE)], given: Approval) -> Ticket:
    """Approve the dispatch of a ticket that waits for it."""
    await on.tickets.approve(on.ticket_id, on.actor, on.version, unit_id=given.unit_id, note=given.note)
    return await on.shown()


@router.post("/disapprove", **operation("不批准", "Send back to the agent", *ERRORS))
async def disapprove_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_APPROVE)], given: NeededNote) -> Ticket:
    """Send a ticket that waits for approval back to its agent."""
    await on.tickets.disapprove(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/dispatch", **operation("派发", "Dispatch to a unit", *ERRORS))
async def dispatch_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_DISPATCH)], given: Dispatch) -> Ticket:
    """Send the ticket to a unit, or to another one after a return; all its deadlines begin."""
    await on.tickets.dispatch(on.ticket_id, on.actor, given.unit_id, on.version, note=given.note)
    return await on.shown()
