"""Tickets in several hands: what the centre and the units do besides the main course."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.tickets import shown
from api.schemas.fields import Identifier
from api.schemas.tickets import NeededNote, Ticket
from api.schemas.tickets_team import Assisting, Coordination, Merging, Repeat
from api.versions import SeenVersion, judged
from core.actors import Actor

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_ERRORS = (404, 409, 412)


@router.post("/supplement", **operation("补充诉求", "Add what the caller tells later", *_ERRORS))
async def supplement_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_EDIT)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """Add what the caller tells later; the units see it."""
    with judged():
        await services.tickets.supplement(ticket_id, actor, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/urge", **operation("催办", "Urge the unit", *_ERRORS))
async def urge_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_URGE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: NeededNote,
) -> Ticket:
    """Urge the unit; it is told by message, and the times are counted."""
    with judged():
        await services.tickets.urge(ticket_id, actor, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/coordination", **operation("协调会商", "Record a coordination meeting", *_ERRORS))
async def coordinate_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DECIDE_RETURN)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Coordination,
) -> Ticket:
    """Record a meeting about who is responsible; its decision follows as acts."""
    with judged():
        await services.tickets.coordinate(
            ticket_id, actor, participants=given.participants, result=given.result, expected_version=version
        )
    return await shown(services, ticket_id, actor, response)


@router.post("/assisting-units", **operation("指定协办单位", "Name assisting units", *_ERRORS))
async def assist_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DECIDE_RETURN)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Assisting,
) -> Ticket:
    """Name units that assist the lead; each gets a share in its own inbox."""
    with judged():
        await services.tickets.assist(ticket_id, actor, given.unit_ids, given.note, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/repeat-of", **operation("计入重复反映", "Count as a repeat", *_ERRORS))
async def link_ticket_repeat(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_EDIT)],
    ticket_id: Identifier,
    response: Response,
    given: Repeat,
) -> Ticket:
    """Count the ticket as a repeat of an earlier one of the same caller."""
    with judged():
        await services.tickets.link_repeat(ticket_id, actor, given.earlier_id)
    return await shown(services, ticket_id, actor, response)


@router.post("/merge", **operation("合并重复工单", "Merge a duplicate", *_ERRORS))
async def merge_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_EDIT)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Merging,
) -> Ticket:
    """Merge a duplicate into the ticket that is on its way."""
    with judged():
        await services.tickets.merge(ticket_id, actor, given.into_id, given.note, version)
    return await shown(services, ticket_id, actor, response)
