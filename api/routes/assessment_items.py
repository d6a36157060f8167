"""Assessment beside the figures: scores by hand, evidence, red cards, figures of a day, exports."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from api.files import FILE_BODY, FileName, given_file, name_of, sent_file
from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.assessment import shown_figures
from api.schemas.assessment import DayOfArea, Evidence, Factor, FactorOf, ItemMade, Missed, Period
from api.schemas.fields import Identifier
from api.schemas.tickets_oversight import Month
from core.actors import Actor

router = APIRouter(prefix="/assessment", tags=["assessment"])

_Reader = Annotated[Actor, permitted(Act.ASSESSMENT_READ)]
_PeriodPath = Annotated[Period, Path()]


@router.post("/{period}/factors", status_code=201, **operation("录入人工评分", "Give a score by hand", 409))
async def enter_factor(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.ASSESSMENT_SCORE)],
    period: _PeriodPath,
    given: FactorOf,
) -> ItemMade:
    """Give a unit a score for a month or a year; a later one takes its place, both stay on record."""
    made = await services.tickets.enter_factor(actor, period, given.unit_id, given.dimension, given.score, given.reason)
    return ItemMade(id=made)


@router.get("/{period}/factors", **operation("人工评分", "Scores given by hand"))
async def list_factors(services: ServicesOf, actor: _Reader, period: _PeriodPath) -> list[Factor]:
    """Return the scores of a period; people of a unit see their own."""
    return [Factor.model_validate(one) for one in await services.tickets.factors(actor, period)]


@router.post(
    "/items/{item_id}/file",
    status_code=201,
    openapi_extra=FILE_BODY,
    **operation("上传证明材料", "Add evidence to an item", 404, 409, 413),
)
async def add_evidence(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.ASSESSMENT_PROVE)],
    item_id: Identifier,
    request: Request,
    name: FileName,
) -> Evidence:
    """Add a file (the body, at most 20 MB) to a request or a score: units to their own until it is decided."""
    contents = await sent_file(request)
    return Evidence.model_validate(await services.tickets.add_evidence(actor, item_id, name_of(name), contents))


@router.get("/items/{item_id}/evidence", **operation("证明材料", "Evidence of an item", 404))
async def list_evidence(services: ServicesOf, actor: _Reader, item_id: Identifier) -> list[Evidence]:
    """Return the files that prove an item."""
    return [Evidence.model_validate(one) for one in await services.tickets.evidence(actor, item_id)]


@router.get(
    "/evidence/{evidence_id}/file", response_class=Response, **operation("查看证明材料", "A file of evidence", 404, 409)
)
async def get_evidence(services: ServicesOf, actor: _Reader, evidence_id: Identifier) -> Response:
    """Return a file that proves an item."""
    seen, contents = await services.tickets.evidence_file(actor, evidence_id)
    return given_file(seen.name.reveal(), contents)


@router.get("/{month}/missed", **operation("红牌明细", "Limits missed in a month"))
async def list_missed_limits(services: ServicesOf, actor: _Reader, month: Annotated[Month, Path()]) -> list[Missed]:
    """Return each limit a unit missed; all of them count in its assessment."""
    return [Missed.model_validate(one) for one in await services.tickets.missed_limits(actor, month)]


@router.get("/days/{day}", **operation("日常监督指标", "Figures of a day by area"))
async def day_of_areas(services: ServicesOf, actor: _Reader, day: date) -> list[DayOfArea]:
    """Return the figures of a day for each city, county or department with all that stand below it."""
    return [
        DayOfArea(
            unit_id=one.unit_id, name=one.name, kind=one.kind, dispatched=one.dispatched, finished=one.finished,
            returned=one.returned, closed=one.closed, missed=one.missed, figures=shown_figures(one.figures),
        )
        for one in await services.tickets.day(actor, day)
    ]  # fmt: skip


@router.get("/{period}/file", response_class=Response, **operation("导出考核结果", "Export an assessment", 404))
async def export_assessment(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.ASSESSMENT_EXPORT)],
    period: _PeriodPath,
    form: Annotated[Literal["xlsx", "docx"], Query()] = "xlsx",
) -> Response:
    """Return the assessment of a month or a year with formulas, items, recommendations and tickets."""
    return given_file(*await services.tickets.assessment_file(actor, period, form))
