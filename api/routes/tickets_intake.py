"""Tickets up to dispatch: edit, accept, approve, refuse, answer at once, dispatch."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.tickets import shown
from api.schemas.fields import Identifier
from api.schemas.tickets import Answer, Approval, Dispatch, NeededNote, Note, Refusal, Ticket, Transfer
from api.versions import SeenVersion, VersionNeeded, judged
from core.actors import Actor
from tickets.fields import TicketFields

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_ERRORS = (404, 409, 412)


@router.patch("", **operation("编辑工单", "Edit a ticket", *_ERRORS, 428))
async def edit_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_EDIT)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    fields: TicketFields,
) -> Ticket:
    """Change fields before dispatch; needs If-Match, so that nobody overwrites what another has typed."""
    if version is None:
        raise VersionNeeded
    with judged():
        await services.tickets.edit_draft(ticket_id, actor, fields, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/accept", **operation("受理", "Accept the matter", *_ERRORS))
async def accept_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_ACCEPT)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Note,
) -> Ticket:
    """Accept the matter; where approval is ordered the ticket then waits for it."""
    with judged():
        await services.tickets.accept(ticket_id, actor, version, given.note)
    return await shown(services, ticket_id, actor, response)


@router.post("/reject", **operation("不予受理", "Refuse the matter", *_ERRORS))
async def reject_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_REJECT)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Refusal,
) -> Ticket:
    """Refuse the matter on a ground the regulation lists, with guidance for the caller."""
    with judged():
        await services.tickets.reject(ticket_id, actor, given.code, given.clause, given.guidance, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/answer-directly", **operation("即时答复办结", "Answer on the call and close", *_ERRORS))
async def answer_ticket_directly(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_ACCEPT)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Answer,
) -> Ticket:
    """Answer from the knowledge base; the ticket is closed at once."""
    with judged():
        await services.tickets.answer_directly(ticket_id, actor, given.answer, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/transfer", **operation("电话转办登记", "Record a transfer by telephone", *_ERRORS))
async def record_ticket_transfer(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DISPATCH)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Transfer,
) -> Ticket:
    """Record that a public emergency was transferred to a business line."""
    with judged():
        await services.tickets.record_transfer(ticket_id, actor, given.phone, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/approve", **operation("批准派发", "Approve the dispatch", *_ERRORS))
async def approve_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_APPROVE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Approval,
) -> Ticket:
    """Approve the dispatch of a ticket that waits for it."""
    with judged():
        await services.tickets.approve(ticket_id, actor, version, unit_id=given.unit_id, note=given.note)
    return await shown(services, ticket_id, actor, response)


@router.post("/disapprove", **operation("不批准", "Send back to the agent", *_ERRORS))
async def disapprove_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_APPROVE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """Send a ticket that waits for approval back to its agent."""
    with judged():
        await services.tickets.disapprove(ticket_id, actor, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/dispatch", **operation("派发", "Dispatch to a unit", *_ERRORS))
async def dispatch_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DISPATCH)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Dispatch,
) -> Ticket:
    """Send the ticket to a unit, or to another one after a return; all its deadlines begin."""
    with judged():
        await services.tickets.dispatch(ticket_id, actor, given.unit_id, version, note=given.note)
    return await shown(services, ticket_id, actor, response)
