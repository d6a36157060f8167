"""Tickets under supervision: the ladder, what people find, routing, hazards, publication."""

from typing import Annotated

from fastapi import APIRouter

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_supervision import (
    FactOf,
    HazardOf,
    Publication,
    PublicationOf,
    Routing,
    RoutingOf,
    ShirkingOf,
    TicketSupervision,
)
from api.versions import SeenVersion, judged
from core.actors import Actor

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_ERRORS = (404, 409, 412)
_Supervisor = Annotated[Actor, permitted(Act.TICKETS_SUPERVISE)]


@router.get("/supervision", **operation("查看督办情况", "How the ticket stands under supervision", 404))
async def get_ticket_supervision(services: ServicesOf, actor: _Supervisor, ticket_id: Identifier) -> TicketSupervision:
    """Return the steps of the ladder that apply now, full counters, and since when it stands in the ledger."""
    return TicketSupervision.model_validate(await services.tickets.supervision(ticket_id, actor))


@router.post("/supervision/facts", status_code=201, **operation("认定督办情形", "Record a finding", *_ERRORS))
async def note_supervision_fact(
    services: ServicesOf, actor: _Supervisor, ticket_id: Identifier, version: SeenVersion, given: FactOf
) -> TicketSupervision:
    """Record what was found about a unit; the ladder climbs, where ordered to the ledger (督办台账)."""
    with judged():
        await services.tickets.note_fact(ticket_id, actor, given.fact, given.note, version)
    return TicketSupervision.model_validate(await services.tickets.supervision(ticket_id, actor))


@router.post("/supervision/shirking", status_code=201, **operation("认定推诿", "Record shirking", *_ERRORS))
async def note_ticket_shirking(
    services: ServicesOf, actor: _Supervisor, ticket_id: Identifier, version: SeenVersion, given: ShirkingOf
) -> Routing:
    """Record that units pass the matter around; return what follows."""
    facts = tuple(name for name in ("long_term", "big_impact", "unresolved") if getattr(given, name))
    with judged():
        return Routing.model_validate(
            await services.tickets.note_shirking(ticket_id, actor, facts, given.note, version)
        )


@router.post("/routing", status_code=201, **operation("分办研判", "Judge where the matter goes", *_ERRORS))
async def route_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DISPATCH)],
    ticket_id: Identifier,
    version: SeenVersion,
    given: RoutingOf,
) -> Routing:
    """Return whether lead and assisting units, the fallback unit or another platform take the matter."""
    with judged():
        routed = await services.tickets.route(
            ticket_id, actor, units=given.units, authority_unclear=given.authority_unclear, level=given.level,
            expected_version=version,
        )  # fmt: skip
    return Routing.model_validate(routed)


@router.post("/hazard", status_code=201, **operation("报告安全隐患", "Report a safety hazard", *_ERRORS))
async def report_ticket_hazard(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_ATTACH)],
    ticket_id: Identifier,
    version: SeenVersion,
    given: HazardOf,
) -> Routing:
    """Record a hazard; until the unit has made it safe it cannot send the ticket back."""
    with judged():
        found = await services.tickets.report_hazard(
            ticket_id, actor, given.note, emergency_scope=given.emergency_scope, expected_version=version
        )
    return Routing.model_validate(found)


@router.post("/publication", status_code=201, **operation("公开审核", "Decide on publication", *_ERRORS))
async def decide_ticket_publication(
    services: ServicesOf, actor: _Supervisor, ticket_id: Identifier, version: SeenVersion, given: PublicationOf
) -> Publication:
    """Decide whether the result may be published; never against the caller's will."""
    with judged():
        decided = await services.tickets.decide_publication(
            ticket_id, actor, unsuitable=given.unsuitable, note=given.note, expected_version=version
        )
    return Publication.model_validate(decided)
