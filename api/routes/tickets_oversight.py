"""Notices to units and exports of lists."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from api.identity import ServicesOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_oversight import Export, ExportDecision, ExportOf, Notice, NoticeOf
from core.actors import Actor

router = APIRouter(tags=["tickets"])

_MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@router.post("/tickets/{ticket_id}/notices", status_code=201, **operation("下发督办文书", "Issue a notice", *ERRORS))
async def issue_ticket_notice(on: Annotated[OnTicket, on_ticket(Act.TICKETS_NOTICE)], given: NoticeOf) -> Notice:
    """Issue a notice with a limit in working days; the unit is told at once."""
    notice = await on.tickets.issue_notice(
        on.ticket_id, on.actor, kind=given.kind, demand=given.demand, days=given.days, expected_version=on.version
    )
    return Notice.model_validate(notice)


@router.get("/tickets/{ticket_id}/notices", **operation("查看督办文书", "Notices about a ticket", 404))
async def list_ticket_notices(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.TICKETS_READ)], ticket_id: Identifier
) -> list[Notice]:
    """Return the notices about a ticket, oldest first."""
    return [Notice.model_validate(notice) for notice in await services.tickets.notices(ticket_id, actor)]


@router.get(
    "/notices/{notice_id}/file",
    response_class=Response,
    **operation("下载督办文书", "A notice as a file", 404),
)
async def get_notice_file(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_READ)],
    notice_id: Identifier,
    form: Annotated[Literal["docx", "pdf"], Query()] = "pdf",
) -> Response:
    """Return a notice as Word document or PDF."""
    name, contents = await services.tickets.notice_file(notice_id, actor, form)
    return Response(
        contents,
        media_type=_MEDIA[form],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


@router.post("/exports", status_code=201, **operation("申请导出", "Ask for an export"))
async def ask_export(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.EXPORTS_ASK)], given: ExportOf
) -> Export:
    """Ask for a list as CSV or XLSX; somebody else must approve it."""
    return Export.model_validate(await services.tickets.ask_export(actor, given.wanted, given.form, given.reason))


@router.get("/exports", **operation("导出列表与进度", "Exports and how far they are"))
async def list_exports(services: ServicesOf, actor: Annotated[Actor, permitted(Act.EXPORTS_ASK)]) -> list[Export]:
    """Return one's own exports, or all for who decides, newest first."""
    return [Export.model_validate(one) for one in await services.tickets.exports(actor)]


@router.post("/exports/{export_id}/decision", **operation("审批导出", "Decide an export", 404, 409))
async def decide_export(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.EXPORTS_DECIDE)],
    export_id: Identifier,
    given: ExportDecision,
) -> Export:
    """Approve or refuse an export; never one's own."""
    return Export.model_validate(await services.tickets.decide_export(export_id, actor, approved=given.approved))


@router.get(
    "/exports/{export_id}/file", response_class=FileResponse, **operation("下载导出", "Fetch an export", 404, 409)
)
async def fetch_export(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.EXPORTS_ASK)], export_id: Identifier
) -> FileResponse:
    """Return a finished export to who asked for it."""
    name, path = await services.tickets.fetch_export(export_id, actor)
    return FileResponse(path, filename=name, media_type=_MEDIA[path.suffix[1:]])
