"""Tickets at the units: contact, forwarding one tier down, shares of assisting and lower units."""

from typing import Annotated

from fastapi import APIRouter

from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation
from api.permissions import Act
from api.schemas.tickets import NeededNote, Ticket
from api.schemas.tickets_team import Contact, Forwarding, ShareSentBack, Told

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])


@router.post("/contact", **operation("登记联系诉求人", "Record the contact with the caller", *ERRORS))
async def record_ticket_contact(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: Contact) -> Ticket:
    """Record that the unit told the caller procedure and limit."""
    await on.tickets.record_contact(on.ticket_id, on.actor, how=given.how, told=given.told, expected_version=on.version)
    return await on.shown()


@router.post("/preliminary", **operation("初步处置意见", "Report the preliminary opinion", *ERRORS))
async def report_ticket_preliminary(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: Told) -> Ticket:
    """Report the preliminary opinion where the regulation asks for one."""
    await on.tickets.preliminary(on.ticket_id, on.actor, given.text, on.version)
    return await on.shown()


@router.post("/make-safe", **operation("登记简易处理", "Record that a hazard is made safe", *ERRORS))
async def make_ticket_safe(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: NeededNote) -> Ticket:
    """Record that a hazard was made safe; only then may the ticket be returned."""
    await on.tickets.make_safe(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post("/forward", **operation("转派下级单位", "Forward one tier down", *ERRORS))
async def forward_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_FORWARD)], given: Forwarding) -> Ticket:
    """Forward to a unit one tier down; the deadline stays."""
    await on.tickets.forward(on.ticket_id, on.actor, given.unit_id, given.note, on.version)
    return await on.shown()


@router.post("/share/sign", **operation("协办(下级)签收", "Sign for a share", *ERRORS))
async def sign_ticket_share(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)]) -> Ticket:
    """An assisting or lower unit signs for its share."""
    await on.tickets.sign_share(on.ticket_id, on.actor)
    return await on.shown()


@router.post("/share/answer", **operation("协办(下级)反馈", "Report a share's result", *ERRORS))
async def answer_ticket_share(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: Told) -> Ticket:
    """An assisting or lower unit reports to the lead."""
    await on.tickets.answer_share(on.ticket_id, on.actor, given.text)
    return await on.shown()


@router.post("/share/return", **operation("协办(下级)退回", "Give a share back", *ERRORS))
async def return_ticket_share(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: NeededNote) -> Ticket:
    """An assisting or lower unit gives its share back, with the reason."""
    await on.tickets.return_share(on.ticket_id, on.actor, given.note)
    return await on.shown()


@router.post("/share/send-back", **operation("退回协办(下级)反馈", "Send a share's result back", *ERRORS))
async def send_ticket_share_back(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: ShareSentBack
) -> Ticket:
    """The lead asks an assisting or lower unit to make its result good."""
    await on.tickets.send_share_back(on.ticket_id, on.actor, given.seq, given.note)
    return await on.shown()
