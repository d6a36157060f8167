"""Tickets: looking at them, opening them for a call, revealing a personal field."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.idempotency import OnceOf
from api.identity import ServicesOf
from api.on_ticket import shown
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets import (
    DraftOf,
    Duty,
    LedgerEntry,
    RevealedField,
    RevealOf,
    Search,
    Ticket,
    TicketPage,
    TicketQuery,
)
from api.schemas.tickets_team import Opening as OpeningOf
from api.versions import tag
from core.actors import Actor
from core.personal import Personal
from tickets.channels import Channel, Opening
from tickets.reading import TicketFilter

router = APIRouter(tags=["tickets"])

Reader = Annotated[Actor, permitted(Act.TICKETS_READ)]


@router.get("/tickets", **operation("查询工单", "List tickets"))
async def list_tickets(services: ServicesOf, actor: Reader, wanted: Annotated[TicketQuery, Query()]) -> TicketPage:
    """Return a page of tickets, newest first; people of a unit see their unit's."""
    only = TicketFilter(tuple(wanted.state), tuple(wanted.category), wanted.unit_id, wanted.call_id)
    return TicketPage.model_validate(await services.tickets.list(actor, only, after=wanted.after, limit=wanted.limit))


@router.post("/tickets/search", **operation("按来电号码查工单", "Search tickets by the caller's number"))
async def search_tickets(services: ServicesOf, actor: Reader, wanted: Search) -> TicketPage:
    """Return the tickets of a caller, found by the exact number."""
    only = TicketFilter(caller_phone=Personal(wanted.caller_phone.strip()))
    return TicketPage.model_validate(await services.tickets.list(actor, only, after=wanted.after, limit=wanted.limit))


@router.post(
    "/tickets", status_code=201, **operation("为通话建立工单草稿", "Open the draft ticket of a call", 404, 409)
)
async def open_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DRAFT)],
    once: OnceOf,
    response: Response,
    wanted: DraftOf,
) -> Ticket:
    """Open a draft; the same call again gives the same ticket."""

    async def make() -> Ticket:
        call = await services.calls.call(wanted.call_id) if wanted.call_id else None
        caller, dialled = (call.caller, call.dialled) if call else (None, None)
        ticket_id = await services.tickets.open_draft(wanted.call_id, caller, dialled, actor)
        return await shown(services.tickets, ticket_id, actor, response)

    return await once(Ticket, make)


@router.post(
    "/tickets/from-channel", status_code=201, **operation("建立其他渠道工单", "Open a ticket from another channel")
)
async def open_ticket_from_channel(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_DRAFT)],
    response: Response,
    wanted: OpeningOf,
) -> Ticket:
    """Open a draft for a letter, a message or a form; the same channel and external id again give the same ticket."""
    caller = Personal(wanted.caller_phone.strip()) if wanted.caller_phone else None
    opening = Opening(Channel(wanted.channel), wanted.external_id, caller)
    ticket_id = await services.tickets.open(opening, actor, wanted.fields)
    return await shown(services.tickets, ticket_id, actor, response)


@router.get("/tickets/by-number/{number}", **operation("按工单编号查询", "Get a ticket by its number", 404))
async def get_ticket_by_number(services: ServicesOf, actor: Reader, number: Identifier, response: Response) -> Ticket:
    """Return the ticket with this 工单编号."""
    view = await services.tickets.get_by_number(number, actor)
    response.headers["ETag"] = tag(view.version)
    return Ticket.model_validate(view)


@router.get("/tickets/{ticket_id}", **operation("查看工单", "Get a ticket", 404))
async def get_ticket(services: ServicesOf, actor: Reader, ticket_id: Identifier, response: Response) -> Ticket:
    """Return a ticket; its version is in the ETag."""
    return await shown(services.tickets, ticket_id, actor, response)


@router.get("/tickets/{ticket_id}/ledger", **operation("工单台账", "Ledger of a ticket", 404))
async def ticket_ledger(services: ServicesOf, actor: Reader, ticket_id: Identifier) -> list[LedgerEntry]:
    """Return every event of a ticket, in order."""
    return [LedgerEntry.model_validate(entry) for entry in await services.tickets.ledger(ticket_id, actor)]


@router.get("/tickets/{ticket_id}/duties", **operation("工单时限", "Duties and deadlines of a ticket", 404))
async def ticket_duties(services: ServicesOf, actor: Reader, ticket_id: Identifier) -> list[Duty]:
    """Return every duty with its deadline, clause and counting."""
    return [Duty.model_validate(duty) for duty in await services.tickets.duties(ticket_id, actor)]


@router.post("/tickets/{ticket_id}/reveal", **operation("查看个人信息", "Reveal a personal field", 404, 409))
async def reveal_ticket_field(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_REVEAL)],
    ticket_id: Identifier,
    wanted: RevealOf,
) -> RevealedField:
    """Return a personal field as it is; who, when and why stands in the ledger."""
    value = await services.tickets.reveal(ticket_id, wanted.field, actor, wanted.reason)
    return RevealedField(field=wanted.field, value=value.reveal() if value else None)
