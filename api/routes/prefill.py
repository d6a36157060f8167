"""Prefill: how its proposals fare, alarms of urgent calls, and the knowledge base."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.calls import seen_call
from api.schemas.fields import Identifier
from api.schemas.prefill import Acceptance, Alarm, Article, Articles, FoundArticle, Taken
from api.services import Services
from asr.acceptance import AcceptanceLog
from asr.alarms import AlarmDesk
from asr.knowledge.reading import read_articles
from asr.knowledge.service import KnowledgeService
from core.actors import Actor
from core.errors import PartUnavailable

router = APIRouter(tags=["prefill"])

_ALARMS_BACK = timedelta(hours=12)


def acceptance_of(services: Services) -> AcceptanceLog:
    """Return the log of proposals' fate; 503 where the application was made without it."""
    if services.acceptance is None:
        raise PartUnavailable("prefill", "预填统计未启用", remedy="用 hotline serve 启动接口")
    return services.acceptance


def knowledge_of(services: Services) -> KnowledgeService:
    """Return the knowledge base; 503 where the application was made without it."""
    if services.knowledge is None:
        raise PartUnavailable("knowledge", "知识库未启用", remedy="用 hotline serve 启动接口")
    return services.knowledge


@router.get("/prefill/acceptance", **operation("预填采纳率", "What became of proposals, by field"))
async def get_acceptance(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.PREFILL_READ)],
    since: Annotated[AwareDatetime | None, Query()] = None,
    until: Annotated[AwareDatetime | None, Query()] = None,
) -> list[Acceptance]:
    """Return how many proposals were kept, edited, replaced or left out; judged when a ticket is sent out or closed."""
    del actor
    return [Acceptance.model_validate(one) for one in await acceptance_of(services).rates(since, until)]


@router.get("/prefill/alarms", **operation("紧急告警", "Alarms of urgent calls"))
async def list_alarms(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.PREFILL_READ)],
    since: Annotated[AwareDatetime | None, Query(description="默认最近 12 小时 / default: last 12 hours")] = None,
) -> list[Alarm]:
    """Return alarms raised by what callers said, newest first; at once they come by `/live` as `calls/<id>/alarm`."""
    del actor
    found = await AlarmDesk(services.database, services.clock).since(since or services.clock.now() - _ALARMS_BACK)
    return [Alarm.model_validate(one) for one in found]


@router.post("/prefill/alarms/{alarm_id}/take", **operation("认领告警", "Take an alarm", 404, 409))
async def take_alarm(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_SUGGESTIONS)], alarm_id: Identifier
) -> Alarm:
    """Say that you take care of an alarm, an agent of those in their own calls; it is told no more."""
    desk = AlarmDesk(services.database, services.clock)
    await seen_call(services, actor, (await desk.get(alarm_id)).call_id)
    taken = await desk.take(alarm_id, actor)
    await services.bus.publish(
        f"hotline/calls/{taken.call_id}/alarm",
        {"id": taken.id, "level": taken.level, "topic": taken.topic, "taken_by": taken.taken_by, "at": taken.at},
    )
    return Alarm.model_validate(taken)


@router.get("/knowledge", **operation("检索知识库", "Search the knowledge base"))
async def search_knowledge(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.KNOWLEDGE_READ)],
    q: Annotated[str, Query(min_length=1, max_length=500, description="问题或关键词 / question")],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> list[FoundArticle]:
    """Return the articles that fit best, those past their last day left out."""
    del actor
    found = await knowledge_of(services).search(q, limit)
    return [FoundArticle(score=round(one.score, 3), article=Article.model_validate(one.article)) for one in found]


@router.get("/knowledge/{code}", **operation("查看知识条目", "Get an article", 404))
async def get_article(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.KNOWLEDGE_READ)], code: Identifier
) -> Article:
    """Return one article."""
    del actor
    return Article.model_validate(await knowledge_of(services).get(code))


@router.post("/knowledge/import", **operation("导入知识条目", "Import articles"))
async def import_knowledge(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.KNOWLEDGE_CHANGE)], given: Articles
) -> Taken:
    """Take a CSV or Markdown text in; known codes are replaced, one refused article refuses all."""
    del actor
    articles = read_articles(given.name, given.text)
    return Taken(taken=len(articles), new=await knowledge_of(services).take(articles))


@router.delete("/knowledge/{code}", status_code=204, **operation("删除知识条目", "Delete an article", 404))
async def drop_article(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.KNOWLEDGE_CHANGE)], code: Identifier
) -> None:
    """Delete an article."""
    del actor
    await knowledge_of(services).drop(code)
