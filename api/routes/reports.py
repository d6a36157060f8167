"""Periodic reports and bulletins: what is due, drafts with figures, hand-in, release; public emergencies."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.files import FILE_BODY, given_file, sent_file
from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.reports import EmergencyBegun, EmergencyOf, Report, ReportDecision, ReportEvent
from core.actors import Actor

router = APIRouter(prefix="/reports", tags=["reports"])

_Reader = Annotated[Actor, permitted(Act.REPORTS_READ)]
_Writer = Annotated[Actor, permitted(Act.REPORTS_WRITE)]


@router.get("", **operation("报告与通报", "Reports that fall due"))
async def list_reports(
    services: ServicesOf,
    actor: _Reader,
    state: Annotated[Literal["open", "handed_in", "released"] | None, Query()] = None,
) -> list[Report]:
    """Return the newest reports; people of a unit see their own and those released to members."""
    return [Report.model_validate(one) for one in await services.tickets.reports(actor, state)]


@router.get("/{report_id}/draft", response_class=Response, **operation("报告草稿", "A draft with figures", 404))
async def draft_report(services: ServicesOf, actor: _Writer, report_id: Identifier) -> Response:
    """Return a Word document with the figures of the period; people add their words and hand it in."""
    return given_file(*await services.tickets.report_draft(report_id, actor))


@router.put("/{report_id}/file", openapi_extra=FILE_BODY, **operation("报送报告", "Hand a report in", 404, 409, 413))
async def hand_in_report(
    services: ServicesOf,
    actor: _Writer,
    report_id: Identifier,
    request: Request,
    to: Annotated[list[str] | None, Query(max_length=50, description="报送对象;不给时按规定 / else the rule's")] = None,
) -> Report:
    """Hand in the file (the body: DOCX, PDF or XLSX, at most 20 MB), again as long as it is not released."""
    contents = await sent_file(request)
    return Report.model_validate(await services.tickets.hand_in_report(report_id, actor, contents, to=tuple(to or ())))


@router.get("/{report_id}/file", response_class=Response, **operation("查看报告", "A report as a file", 404, 409))
async def get_report_file(services: ServicesOf, actor: _Reader, report_id: Identifier) -> Response:
    """Return what was handed in; who fetched it is on record."""
    return given_file(*await services.tickets.report_file(report_id, actor))


@router.get("/{report_id}/events", **operation("报告办理记录", "What happened to a report", 404))
async def list_report_events(services: ServicesOf, actor: _Reader, report_id: Identifier) -> list[ReportEvent]:
    """Return what happened to a report, in order."""
    return [ReportEvent.model_validate(one) for one in await services.tickets.report_events(report_id, actor)]


@router.post("/{report_id}/decision", **operation("审定报告", "Release a report", 404, 409))
async def decide_report(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.REPORTS_DECIDE)],
    report_id: Identifier,
    given: ReportDecision,
) -> Report:
    """Release a report to its list or have it written again; never one's own."""
    decided = await services.tickets.decide_report(report_id, actor, released=given.released, note=given.note)
    return Report.model_validate(decided)


@router.post("/emergency", status_code=201, **operation("启动突发事件日报", "Begin a public emergency", 409))
async def begin_emergency(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.REPORTS_EMERGENCY)], given: EmergencyOf
) -> EmergencyBegun:
    """Begin a public emergency: where the regulation orders it, reports are daily until it ends."""
    return EmergencyBegun(id=await services.tickets.begin_emergency(actor, given.title))


@router.delete("/emergency", status_code=204, **operation("结束突发事件日报", "End the public emergency", 404))
async def end_emergency(services: ServicesOf, actor: Annotated[Actor, permitted(Act.REPORTS_EMERGENCY)]) -> Response:
    """End the public emergency; the usual cadence returns."""
    await services.tickets.end_emergency(actor)
    return Response(status_code=204)
