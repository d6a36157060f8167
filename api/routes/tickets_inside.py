"""Tickets inside a unit: submitted to its leader, given to a person, the answer proposed and released (呈批)."""

from typing import Annotated

from fastapi import APIRouter

from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation
from api.permissions import Act
from api.schemas.tickets import NeededNote, Ticket
from api.schemas.tickets_verify import HandlerOf, Proposed, Released

router = APIRouter(prefix="/tickets/{ticket_id}/inside", tags=["tickets"])

_OfUnit = Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)]


@router.post("/submission", **operation("呈报单位领导", "Submit to the unit's leader", *ERRORS))
async def submit_ticket_to_leader(on: _OfUnit, given: NeededNote) -> Ticket:
    """Submit a signed ticket to the unit's leader, who is told by message."""
    await on.tickets.submit_to_leader(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/handler", **operation("明确承办科室和经办人", "Fix department and handler", *ERRORS))
async def fix_ticket_handler(on: _OfUnit, given: HandlerOf) -> Ticket:
    """An approver fixes the department and the person who handle the ticket."""
    await on.tickets.fix_handler(
        on.ticket_id, on.actor, department=given.department, handler=given.handler, expected_version=on.version
    )
    return await on.shown()


@router.post("/proposal", **operation("拟答复送审", "Propose an answer", *ERRORS))
async def propose_ticket_answer(on: _OfUnit, given: Proposed) -> Ticket:
    """Put the answer before the unit's leader; the clock runs on."""
    await on.tickets.propose_answer(on.ticket_id, on.actor, given.answer, on.version)
    return await on.shown()


@router.post("/release", **operation("审签答复", "Release the answer", *ERRORS))
async def release_ticket_answer(on: _OfUnit, given: Released) -> Ticket:
    """An approver who did not propose it releases the answer; this stops the clock."""
    await on.tickets.release_answer(on.ticket_id, on.actor, given.answer, on.version)
    return await on.shown()


@router.post("/refusal", **operation("退改拟答复", "Give the proposed answer back", *ERRORS))
async def decline_ticket_answer(on: _OfUnit, given: NeededNote) -> Ticket:
    """An approver gives the proposed answer back to be made better."""
    await on.tickets.decline_answer(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()
