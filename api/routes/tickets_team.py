"""Tickets in several hands: what the centre and the units do besides the main course."""

from typing import Annotated

from fastapi import APIRouter

from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation
from api.permissions import Act
from api.schemas.tickets import NeededNote, Ticket
from api.schemas.tickets_team import Assisting, Coordination, Merging, Repeat

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])


@router.post("/supplement", **operation("补充诉求", "Add what the caller tells later", *ERRORS))
async def supplement_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_EDIT)], given: NeededNote) -> Ticket:
    """Add what the caller tells later; the units see it."""
    await on.tickets.supplement(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/urge", **operation("催办", "Urge the unit", *ERRORS))
async def urge_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_URGE)], given: NeededNote) -> Ticket:
    """Urge the unit; it is told by message, and the times are counted."""
    await on.tickets.urge(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/coordination", **operation("协调会商", "Record a coordination meeting", *ERRORS))
async def coordinate_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_COORDINATE)], given: Coordination) -> Ticket:
    """Record a meeting about who is responsible; its decision follows as acts."""
    await on.tickets.coordinate(
        on.ticket_id, on.actor, participants=given.participants, result=given.result, expected_version=on.version
    )
    return await on.shown()


@router.post("/assisting-units", **operation("指定协办单位", "Name assisting units", *ERRORS))
async def assist_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_COORDINATE)], given: Assisting) -> Ticket:
    """Name units that assist the lead; each gets a share in its own inbox."""
    await on.tickets.assist(on.ticket_id, on.actor, given.unit_ids, given.note, on.version)
    return await on.shown()


@router.post("/repeat-of", **operation("计入重复反映", "Count as a repeat", *ERRORS))
async def link_ticket_repeat(on: Annotated[OnTicket, on_ticket(Act.TICKETS_EDIT)], given: Repeat) -> Ticket:
    """Count the ticket as a repeat of an earlier one of the same caller."""
    await on.tickets.link_repeat(on.ticket_id, on.actor, given.earlier_id)
    return await on.shown()


@router.post("/merge", **operation("合并重复工单", "Merge a duplicate", *ERRORS))
async def merge_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_EDIT)], given: Merging) -> Ticket:
    """Merge a duplicate into the ticket that is on its way."""
    await on.tickets.merge(on.ticket_id, on.actor, given.into_id, given.note, on.version)
    return await on.shown()
