"""Accountability of units and their staff: proposed by one, decided by another."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.sanctions import Sanction, SanctionDecision, SanctionOf
from core.actors import Actor
from tickets.sanctions.service import Proposal

router = APIRouter(prefix="/sanctions", tags=["assessment"])


@router.post("", status_code=201, **operation("提出问责", "Propose accountability"))
async def propose_sanction(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.SANCTIONS_PROPOSE)], given: SanctionOf
) -> Sanction:
    """Propose a form of accountability of the regulation; somebody else decides it."""
    proposal = Proposal(given.unit_id, given.kind, given.facts, given.person, given.ticket_id)
    return Sanction.model_validate(await services.tickets.propose_sanction(actor, proposal))


@router.post("/{record_id}/decision", **operation("问责决定", "Decide accountability", 404, 409))
async def decide_sanction(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.SANCTIONS_DECIDE)],
    record_id: Identifier,
    given: SanctionDecision,
) -> Sanction:
    """Impose, tolerate (容错) or dismiss a proposal, never one's own."""
    decided = await services.tickets.decide_sanction(actor, record_id, given.result, given.decision, given.points)
    return Sanction.model_validate(decided)


@router.get("", **operation("问责记录", "Records of accountability"))
async def list_sanctions(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.SANCTIONS_READ)],
    unit_id: Annotated[str | None, Query(max_length=36)] = None,
) -> list[Sanction]:
    """Return the newest records; people of a unit see those imposed on them."""
    return [Sanction.model_validate(one) for one in await services.tickets.sanctions(actor, unit_id)]
