"""Tickets under supervision: the ladder, what people find, routing, hazards, publication."""

from typing import Annotated

from fastapi import APIRouter

from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation
from api.permissions import Act
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

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_Supervised = Annotated[OnTicket, on_ticket(Act.TICKETS_SUPERVISE)]


@router.get("/supervision", **operation("查看督办情况", "How the ticket stands under supervision", *ERRORS))
async def get_ticket_supervision(on: _Supervised) -> TicketSupervision:
    """Return the steps of the ladder that apply now, full counters, and since when it stands in the ledger."""
    return TicketSupervision.model_validate(await on.tickets.supervision(on.ticket_id, on.actor))


@router.post("/supervision/facts", status_code=201, **operation("认定督办情形", "Record a finding", *ERRORS))
async def note_supervision_fact(on: _Supervised, given: FactOf) -> TicketSupervision:
    """Record what was found about a unit; the ladder climbs, where ordered to the ledger (督办台账)."""
    await on.tickets.note_fact(on.ticket_id, on.actor, given.fact, given.note, on.version)
    return TicketSupervision.model_validate(await on.tickets.supervision(on.ticket_id, on.actor))


@router.post("/supervision/shirking", status_code=201, **operation("认定推诿", "Record shirking", *ERRORS))
async def note_ticket_shirking(on: _Supervised, given: ShirkingOf) -> Routing:
    """Record that units pass the matter around; return what follows."""
    facts = tuple(name for name in ("long_term", "big_impact", "unresolved") if getattr(given, name))
    return Routing.model_validate(await on.tickets.note_shirking(on.ticket_id, on.actor, facts, given.note, on.version))


@router.post("/routing", status_code=201, **operation("分办研判", "Judge where the matter goes", *ERRORS))
async def route_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_DISPATCH)], given: RoutingOf) -> Routing:
    """Return whether lead and assisting units, the fallback unit or another platform take the matter."""
    routed = await on.tickets.route(
        on.ticket_id, on.actor, units=given.units, authority_unclear=given.authority_unclear, level=given.level,
        expected_version=on.version,
    )  # fmt: skip
    return Routing.model_validate(routed)


@router.post("/hazard", status_code=201, **operation("报告安全隐患", "Report a safety hazard", *ERRORS))
async def report_ticket_hazard(on: Annotated[OnTicket, on_ticket(Act.TICKETS_ATTACH)], given: HazardOf) -> Routing:
    """Record a hazard; until the unit has made it safe it cannot send the ticket back."""
    found = await on.tickets.report_hazard(
        on.ticket_id, on.actor, given.note, emergency_scope=given.emergency_scope, expected_version=on.version
    )
    return Routing.model_validate(found)


@router.post("/publication", status_code=201, **operation("公开审核", "Decide on publication", *ERRORS))
async def decide_ticket_publication(on: _Supervised, given: PublicationOf) -> Publication:
    """Decide whether the result may be published; never against the caller's will."""
    decided = await on.tickets.decide_publication(
        on.ticket_id, on.actor, unsuitable=given.unsuitable, note=given.note, expected_version=on.version
    )
    return Publication.model_validate(decided)
