"""Tickets at the centre after dispatch: review, decide, close, rework, supervise, archive."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.tickets import shown
from api.schemas.fields import Identifier
from api.schemas.tickets import (
    Closing,
    ExtensionDecision,
    NeededNote,
    PhoneEnquiry,
    RepeatCall,
    ReturnDecision,
    Rework,
    Ticket,
)
from api.versions import SeenVersion, judged
from core.actors import Actor

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_ERRORS = (404, 409, 412)


@router.post("/send-back", **operation("审核退回补充", "Review failed: make the answer good", *_ERRORS))
async def send_ticket_back(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_CLOSE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """The unit must make its answer good within the same limit."""
    with judged():
        await services.tickets.send_back(ticket_id, actor, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/return/decision", **operation("退回审批", "Decide a return", *_ERRORS))
async def decide_ticket_return(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DECIDE_RETURN)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: ReturnDecision,
) -> Ticket:
    """Decide what a unit asked: approved, refused, or out of scope."""
    with judged():
        await services.tickets.decide_return(ticket_id, actor, given.result, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/extension/decision", **operation("延期审批", "Decide an extension", *_ERRORS))
async def decide_ticket_extension(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DECIDE_EXTENSION)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: ExtensionDecision,
) -> Ticket:
    """Approve or refuse the waiting extension."""
    with judged():
        await services.tickets.decide_extension(
            ticket_id, actor, approved=given.approved, note=given.note, expected_version=version
        )
    return await shown(services, ticket_id, actor, response)


@router.post("/hard", **operation("认定疑难复杂", "Mark as hard and complex", *_ERRORS))
async def mark_ticket_hard(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DECIDE_EXTENSION)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """Mark the matter as hard; with enough calls the longer limit applies."""
    with judged():
        await services.tickets.mark_hard(ticket_id, actor, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/repeat-call", **operation("登记重复来电", "Link another call", *_ERRORS))
async def add_ticket_repeat_call(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_EDIT)],
    ticket_id: Identifier,
    response: Response,
    given: RepeatCall,
) -> Ticket:
    """Link another call of the same caller on the same matter; the same call twice counts once."""
    with judged():
        await services.tickets.add_repeat_call(ticket_id, actor, given.call_id)
    return await shown(services, ticket_id, actor, response)


@router.post("/phone-enquiry", **operation("电话督办登记", "Record the phone enquiry of a red card", *_ERRORS))
async def record_ticket_phone_enquiry(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_CLOSE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: PhoneEnquiry,
) -> Ticket:
    """Record the phone enquiry of a red card."""
    with judged():
        await services.tickets.record_phone_enquiry(
            ticket_id, actor, resolved=given.resolved, note=given.note, expected_version=version
        )
    return await shown(services, ticket_id, actor, response)


@router.post("/close", **operation("办结", "Close the ticket", *_ERRORS))
async def close_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_CLOSE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Closing,
) -> Ticket:
    """The answer passes review; the survey follows."""
    with judged():
        await services.tickets.close(ticket_id, actor, given.ground, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/rework", **operation("重新办理", "Have it handled again", *_ERRORS))
async def rework_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_REWORK)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Rework,
) -> Ticket:
    """A new dispatch of the closed matter with full limits."""
    with judged():
        await services.tickets.rework(ticket_id, actor, given.reason, given.unit_id, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/supervise", **operation("列入督办台账", "Enter in the supervision ledger", *_ERRORS))
async def supervise_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_CLOSE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """Enter the ticket in the supervision ledger."""
    with judged():
        await services.tickets.supervise(ticket_id, actor, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/archive", **operation("归档", "Archive the ticket", *_ERRORS))
async def archive_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_CLOSE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
) -> Ticket:
    """Archive a ticket whose callback has ended."""
    with judged():
        await services.tickets.archive(ticket_id, actor, version)
    return await shown(services, ticket_id, actor, response)
