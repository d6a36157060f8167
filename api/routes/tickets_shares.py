"""Tickets at the units: contact, forwarding one tier down, shares of assisting and lower units."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.tickets import shown
from api.schemas.fields import Identifier
from api.schemas.tickets import NeededNote, Ticket
from api.schemas.tickets_team import Contact, Forwarding, ShareSentBack, Told
from api.versions import SeenVersion, judged
from core.actors import Actor

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_ERRORS = (404, 409, 412)


@router.post("/contact", **operation("登记联系诉求人", "Record the contact with the caller", *_ERRORS))
async def record_ticket_contact(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Contact,
) -> Ticket:
    """Record that the unit told the caller procedure and limit."""
    with judged():
        await services.tickets.record_contact(
            ticket_id, actor, how=given.how, told=given.told, expected_version=version
        )
    return await shown(services, ticket_id, actor, response)


@router.post("/preliminary", **operation("初步处置意见", "Report the preliminary opinion", *_ERRORS))
async def report_ticket_preliminary(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Told,
) -> Ticket:
    """Report the preliminary opinion where the regulation asks for one."""
    with judged():
        await services.tickets.preliminary(ticket_id, actor, given.text, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/make-safe", **operation("登记简易处理", "Record that a hazard is made safe", *_ERRORS))
async def make_ticket_safe(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """Record that a hazard was made safe; only then may the ticket be returned."""
    with judged():
        await services.tickets.make_safe(ticket_id, actor, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/forward", **operation("转派下级单位", "Forward one tier down", *_ERRORS))
async def forward_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Forwarding,
) -> Ticket:
    """Forward to a unit one tier down; the deadline stays."""
    with judged():
        await services.tickets.forward(ticket_id, actor, given.unit_id, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/share/sign", **operation("协办(下级)签收", "Sign for a share", *_ERRORS))
async def sign_ticket_share(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    response: Response,
) -> Ticket:
    """An assisting or lower unit signs for its share."""
    with judged():
        await services.tickets.sign_share(ticket_id, actor)
    return await shown(services, ticket_id, actor, response)


@router.post("/share/answer", **operation("协办(下级)反馈", "Report a share's result", *_ERRORS))
async def answer_ticket_share(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    response: Response,
    given: Told,
) -> Ticket:
    """An assisting or lower unit reports to the lead."""
    with judged():
        await services.tickets.answer_share(ticket_id, actor, given.text)
    return await shown(services, ticket_id, actor, response)


@router.post("/share/return", **operation("协办(下级)退回", "Give a share back", *_ERRORS))
async def return_ticket_share(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """An assisting or lower unit gives its share back, with the reason."""
    with judged():
        await services.tickets.return_share(ticket_id, actor, given.note)
    return await shown(services, ticket_id, actor, response)


@router.post("/share/send-back", **operation("退回协办(下级)反馈", "Send a share's result back", *_ERRORS))
async def send_ticket_share_back(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    response: Response,
    given: ShareSentBack,
) -> Ticket:
    """The lead asks an assisting or lower unit to make its result good."""
    with judged():
        await services.tickets.send_share_back(ticket_id, actor, given.seq, given.note)
    return await shown(services, ticket_id, actor, response)
