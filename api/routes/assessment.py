"""Assessment of units: live ranking, what a figure is made of, settlement, objections, the year."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_oversight import (
    DeductionOf,
    Figure,
    FigureReason,
    Month,
    ReviewAsked,
    ReviewDecision,
    ReviewOf,
    ScoredItem,
    SettledMonth,
    UnitFigures,
    YearScore,
)
from core.actors import Actor
from tickets.assessment.figures import UnitFigures as Ranked
from tickets.rules.metrics import Figure as Measured

router = APIRouter(prefix="/assessment", tags=["assessment"])

Reader = Annotated[Actor, permitted(Act.ASSESSMENT_READ)]
Settler = Annotated[Actor, permitted(Act.ASSESSMENT_SETTLE)]
MonthPath = Annotated[Month, Path()]
YearPath = Annotated[str, Path(pattern=r"^20\d\d$", examples=["2026"])]


def shown_figures(figures: Mapping[str, Measured]) -> dict[str, Figure]:
    """Return figures with what they were made of."""
    return {
        name: Figure(
            value=figure.shown, counted=str(figure.counted), out_of=str(figure.out_of), meets_target=figure.meets_target
        )
        for name, figure in figures.items()
    }


def _shown(one: Ranked) -> UnitFigures:
    score = None if one.score is None else str(one.score)
    return UnitFigures(unit_id=one.unit_id, place=one.place, score=score, figures=shown_figures(one.figures))


@router.get("/{month}", **operation("月度实时排名", "Live ranking of a month"))
async def rank_units(services: ServicesOf, actor: Reader, month: MonthPath) -> list[UnitFigures]:
    """Return the units' figures of a month, best first; people of a unit see their own."""
    return [_shown(one) for one in await services.tickets.ranking(actor, month)]


@router.get("/{month}/units/{unit_id}/{metric}", **operation("指标明细", "The tickets behind a figure"))
async def explain_figure(
    services: ServicesOf, actor: Reader, month: MonthPath, unit_id: Identifier, metric: Identifier
) -> list[FigureReason]:
    """Return each ticket of the denominator: counted, not counted, or left out and why."""
    found = await services.tickets.explain_figure(actor, month, unit_id, metric)
    return [FigureReason.model_validate(one) for one in found]


@router.post("/{month}/draft", status_code=201, **operation("月度核算", "Settle a month as a draft", 409))
async def draft_month(services: ServicesOf, actor: Settler, month: MonthPath) -> SettledMonth:
    """Settle a month that has ended; units may object until `objection_until`."""
    return SettledMonth.model_validate(await services.tickets.draft_month(actor, month))


@router.post("/{month}/reviews", status_code=201, **operation("复核或加分申请", "Object, or ask for a bonus", 409))
async def ask_review(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_HANDLE)],
    month: MonthPath,
    given: ReviewOf,
) -> ReviewAsked:
    """Object to a figure or ask for a bonus inside the window; silence is agreement."""
    made = await services.tickets.ask_review(
        actor, month, given.kind, given.text, ticket_id=given.ticket_id, item=given.item
    )
    return ReviewAsked(id=made)


@router.post("/{month}/deductions", status_code=201, **operation("提出扣分", "Propose a minus item", 409))
async def propose_deduction(services: ServicesOf, actor: Settler, month: MonthPath, given: DeductionOf) -> ReviewAsked:
    """Propose a minus item of the regulation for a unit; another supervisor decides it."""
    made = await services.tickets.propose_deduction(
        actor, month, given.unit_id, given.item, given.text, ticket_id=given.ticket_id
    )
    return ReviewAsked(id=made)


@router.get("/years/{year}/units/{unit_id}/items", **operation("加减分明细", "Plus and minus items of a unit"))
async def list_score_items(
    services: ServicesOf, actor: Reader, year: YearPath, unit_id: Identifier
) -> list[ScoredItem]:
    """Return a unit's plus and minus items and objections of a year, down to the tickets they rest on."""
    return [ScoredItem.model_validate(one) for one in await services.tickets.score_items(actor, year, unit_id)]


@router.post("/reviews/{request_id}/decision", **operation("复核审定", "Decide a request", 404, 409))
async def decide_review(
    services: ServicesOf, actor: Settler, request_id: Identifier, given: ReviewDecision
) -> ReviewAsked:
    """Accept or refuse a request; an accepted objection takes its ticket out of the figures."""
    await services.tickets.decide_review(
        actor, request_id, accepted=given.accepted, points=given.points, decision=given.decision
    )
    return ReviewAsked(id=request_id)


@router.post("/{month}/publish", **operation("发布月度考核", "Publish a month", 404, 409))
async def publish_month(services: ServicesOf, actor: Settler, month: MonthPath) -> SettledMonth:
    """Publish a settled month; after that it does not change."""
    return SettledMonth.model_validate(await services.tickets.publish_month(actor, month))


@router.get("/years/{year}", **operation("年度考核", "Yearly scores"))
async def score_year(services: ServicesOf, actor: Reader, year: YearPath) -> list[YearScore]:
    """Return the yearly scores: the mean of the published months, plus and minus items beside it."""
    return [
        YearScore(
            unit_id=one.unit_id, score=None if one.score is None else str(one.score), months=one.months, plus=one.plus,
            minus=one.minus,
        )
        for one in await services.tickets.year(actor, year)
    ]  # fmt: skip
