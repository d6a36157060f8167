"""Tickets at the centre after dispatch: review, decide, close, rework, supervise, archive."""

from typing import Annotated

from fastapi import APIRouter

from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation
from api.permissions import Act
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

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])


@router.post("/send-back", **operation("审核退回补充", "Review failed: make the answer good", *ERRORS))
async def send_ticket_back(on: Annotated[OnTicket, on_ticket(Act.TICKETS_CLOSE)], given: NeededNote) -> Ticket:
    """The unit must make its answer good within the same limit."""
    await on.tickets.send_back(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/return/decision", **operation("退回审批", "Decide a return", *ERRORS))
async def decide_ticket_return(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_DECIDE_RETURN)], given: ReturnDecision
) -> Ticket:
    """Decide what a unit asked: approved, refused, or out of scope."""
    await on.tickets.decide_return(on.ticket_id, on.actor, given.result, given.note, on.version)
    return await on.shown()


@router.post("/extension/decision", **operation("延期审批", "Decide an extension", *ERRORS))
async def decide_ticket_extension(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_DECIDE_EXTENSION)], given: ExtensionDecision
) -> Ticket:
    """Approve or refuse the waiting extension."""
    await on.tickets.decide_extension(
        on.ticket_id, on.actor, approved=given.approved, note=given.note, expected_version=on.version
    )
    return await on.shown()


@router.post("/hard", **operation("认定疑难复杂", "Mark as hard and complex", *ERRORS))
async def mark_ticket_hard(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_DECIDE_EXTENSION)], given: NeededNote
) -> Ticket:
    """Mark the matter as hard; with enough calls the longer limit applies."""
    await on.tickets.mark_hard(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/repeat-call", **operation("登记重复来电", "Link another call", *ERRORS))
async def add_ticket_repeat_call(on: Annotated[OnTicket, on_ticket(Act.TICKETS_EDIT)], given: RepeatCall) -> Ticket:
    """Link another call of the same caller on the same matter; the same call twice counts once."""
    await on.tickets.add_repeat_call(on.ticket_id, on.actor, given.call_id)
    return await on.shown()


@router.post("/phone-enquiry", **operation("电话督办登记", "Record the phone enquiry of a red card", *ERRORS))
async def record_ticket_phone_enquiry(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_CLOSE)], given: PhoneEnquiry
) -> Ticket:
    """Record the phone enquiry of a red card."""
    await on.tickets.record_phone_enquiry(
        on.ticket_id, on.actor, resolved=given.resolved, note=given.note, expected_version=on.version
    )
    return await on.shown()


@router.post("/close", **operation("办结", "Close the ticket", *ERRORS))
async def close_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_CLOSE)], given: Closing) -> Ticket:
    """The answer passes review; the survey follows."""
    await on.tickets.close(on.ticket_id, on.actor, given.ground, given.note, on.version)
    return await on.shown()


@router.post("/rework", **operation("重新办理", "Have it handled again", *ERRORS))
async def rework_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_REWORK)], given: Rework) -> Ticket:
    """A new dispatch of the closed matter with full limits."""
    await on.tickets.rework(on.ticket_id, on.actor, given.reason, given.unit_id, on.version)
    return await on.shown()


@router.post("/supervise", **operation("列入督办台账", "Enter in the supervision ledger", *ERRORS))
async def supervise_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_CLOSE)], given: NeededNote) -> Ticket:
    """Enter the ticket in the supervision ledger."""
    await on.tickets.supervise(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/archive", **operation("归档", "Archive the ticket", *ERRORS))
async def archive_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_CLOSE)]) -> Ticket:
    """Archive a ticket whose callback has ended."""
    await on.tickets.archive(on.ticket_id, on.actor, on.version)
    return await on.shown()
