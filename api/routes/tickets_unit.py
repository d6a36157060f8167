"""Tickets at the unit: sign, answer, ask for a return or an extension."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.idempotency import OnceOf
from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.tickets import shown
from api.schemas.fields import Identifier
from api.schemas.tickets import Answer, ExtensionRequest, ReturnRequest, Ticket, Verdict
from api.versions import SeenVersion, judged
from core.actors import Actor

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_ERRORS = (404, 409, 412)


@router.post("/sign", **operation("签收", "Sign for the ticket", *_ERRORS))
async def sign_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
) -> Ticket:
    """The unit signs for the ticket."""
    with judged():
        await services.tickets.sign(ticket_id, actor, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/answer", **operation("答复", "Report the result", *_ERRORS))
async def answer_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    response: Response,
    given: Answer,
) -> Ticket:
    """The unit reports the result with the answer given to the caller; this stops the clock."""
    with judged():
        await services.tickets.answer(ticket_id, actor, given.answer, version)
    return await shown(services, ticket_id, actor, response)


@router.post("/return", **operation("申请退回", "Ask to send the ticket back", *_ERRORS))
async def return_ticket(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    given: ReturnRequest,
) -> Verdict:
    """Ask to send the ticket back, with a basis or a proposal where else it belongs."""
    with judged():
        verdict = await services.tickets.return_(
            ticket_id,
            actor,
            basis=given.basis,
            suggestion=given.suggestion,
            reason=given.reason,
            expected_version=version,
        )
    return Verdict.model_validate(verdict)


@router.post("/extension", status_code=201, **operation("申请延期", "Ask for more working days", *_ERRORS))
async def ask_ticket_extension(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    ticket_id: Identifier,
    version: SeenVersion,
    once: OnceOf,
    given: ExtensionRequest,
) -> Verdict:
    """Ask for an extension before the deadline."""

    async def make() -> Verdict:
        asked = await services.tickets.ask_extension(ticket_id, actor, given.days, given.reason, version)
        return Verdict.model_validate(asked)

    with judged():
        return await once(Verdict, make)
