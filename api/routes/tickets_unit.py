"""Tickets at the unit: sign, answer, ask for a return or an extension."""

from typing import Annotated

from fastapi import APIRouter

from api.idempotency import OnceOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation
from api.permissions import Act
from api.schemas.tickets import Answer, ExtensionRequest, ReturnRequest, Ticket, Verdict

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])


@router.post("/sign", **operation("签收", "Sign for the ticket", *ERRORS))
async def sign_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)]) -> Ticket:
    """The unit signs for the ticket."""
    await on.tickets.sign(on.ticket_id, on.actor, on.version)
    return await on.shown()


@router.post("/answer", **operation("答复", "Report the result", *ERRORS))
async def answer_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: Answer) -> Ticket:
    """The unit reports the result with the answer given to the caller; this stops the clock."""
    await on.tickets.answer(on.ticket_id, on.actor, given.answer, on.version)
    return await on.shown()


@router.post("/return", **operation("申请退回", "Ask to send the ticket back", *ERRORS))
async def return_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], given: ReturnRequest) -> Verdict:
    """Ask to send the ticket back, with a basis or a proposal where else it belongs."""
    verdict = await on.tickets.return_(
        on.ticket_id,
        on.actor,
        basis=given.basis,
        suggestion=given.suggestion,
        reason=given.reason,
        expected_version=on.version,
    )
    return Verdict.model_validate(verdict)


@router.post("/extension", status_code=201, **operation("申请延期", "Ask for more working days", *ERRORS))
async def ask_ticket_extension(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)], once: OnceOf, given: ExtensionRequest
) -> Verdict:
    """Ask for an extension before the deadline."""

    async def make() -> Verdict:
        asked = await on.tickets.ask_extension(on.ticket_id, on.actor, given.days, given.reason, on.version)
        return Verdict.model_validate(asked)

    return await once(Verdict, make)
