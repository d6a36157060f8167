"""Sealed case files: asked for, approved by another, fetched by who asked."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import FileResponse

from api.identity import ServicesOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_case import CaseFile, CaseFileOf
from api.schemas.tickets_oversight import ExportDecision
from core.actors import Actor

router = APIRouter(tags=["tickets"])

_OnCase = Annotated[OnTicket, on_ticket(Act.CASES_ASK)]


@router.post(
    "/tickets/{ticket_id}/case-files", status_code=201, **operation("申请封存案卷", "Ask for a case file", *ERRORS)
)
async def ask_case_file(on: _OnCase, given: CaseFileOf) -> CaseFile:
    """Ask for everything about a ticket in one sealed ZIP; somebody else must approve it."""
    made = await on.tickets.ask_case_file(on.ticket_id, on.actor, reason=given.reason, recipient=given.recipient)
    return CaseFile.model_validate(made)


@router.get("/tickets/{ticket_id}/case-files", **operation("工单的封存案卷", "Case files of a ticket", *ERRORS))
async def list_case_files(on: _OnCase) -> list[CaseFile]:
    """Return the case files of a ticket, oldest first."""
    return [CaseFile.model_validate(one) for one in await on.tickets.case_files(on.ticket_id, on.actor)]


@router.post("/case-files/{case_id}/decision", **operation("审批封存案卷", "Decide a case file", 404, 409))
async def decide_case_file(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.EXPORTS_DECIDE)],
    case_id: Identifier,
    given: ExportDecision,
) -> CaseFile:
    """Approve or refuse a case file; never one's own."""
    decided = await services.tickets.decide_case_file(case_id, actor, approved=given.approved)
    return CaseFile.model_validate(decided)


@router.get(
    "/case-files/{case_id}/file",
    response_class=FileResponse,
    **operation("领取封存案卷", "Fetch a case file", 404, 409),
)
async def fetch_case_file(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CASES_ASK)], case_id: Identifier
) -> FileResponse:
    """Return the ZIP to who asked for it; each fetch stands in the ticket's ledger."""
    name, path = await services.tickets.fetch_case_file(case_id, actor)
    return FileResponse(path, filename=name, media_type="application/zip")
