"""Queues: how they stand, their history, who waits, and moving who waits."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.queues import HalfHour, Move, Queue, SpanOfQueue, WaitingCall, Window
from core.actors import Actor
from routing.figures.counts import Counts, FigureRules, figures_of
from telephony.supervision.service import Act as Entry

router = APIRouter(tags=["queues"])

FIGURES = "hotline/rpc/engine/figures"
WAITING = "hotline/rpc/engine/waiting"
MOVE_CALL = "hotline/rpc/engine/move-call"


@router.get("/queues", **operation("队列实时指标", "Queues as they stand"))
async def list_queues(services: ServicesOf, actor: Annotated[Actor, permitted(Act.QUEUES_READ)]) -> list[Queue]:
    """Return every queue as it stands now, all together (`*`) first; told once a second by the WebSocket too."""
    del actor
    answer = await services.bus.request(FIGURES, {})
    return [Queue.model_validate(one) for one in answer["queues"]]


@router.get("/queues/history", **operation("队列半小时历史", "History of a queue, a half hour a row"))
async def queue_history(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.QUEUES_READ)],
    wanted: Annotated[SpanOfQueue, Query()],
) -> list[HalfHour]:
    """Return the half hours of a queue that begin in the span."""
    del actor
    queue = services.settings.queue
    rules = FigureRules(connect_rate_target=queue.connect_rate_target)
    kept = await services.figures.intervals(wanted.queue, wanted.since, wanted.until)
    return [
        HalfHour(
            starts_at=one.interval.starts_at,
            complete=one.complete,
            figures=Window.model_validate(figures_of(Counts(one.interval.counts), rules)),
        )
        for one in kept
    ]


@router.get("/queues/waiting", **operation("等候中的来电", "Calls that wait"))
async def list_waiting(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.QUEUES_WAITING)],
    queue: Annotated[str, Query(max_length=60, description="队列,空为全部 / empty: every queue")] = "",
) -> list[WaitingCall]:
    """Return calls and callbacks in line, the first of each queue first."""
    del actor
    answer = await services.bus.request(WAITING, {"queue": queue})
    return [WaitingCall.model_validate(one) for one in answer["calls"]]


@router.post("/calls/{call_id}/move", **operation("转移等候来电", "Move a waiting call", 404, 409))
async def move_call(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_MOVE)], call_id: Identifier, wanted: Move
) -> dict[str, Any]:
    """Put a waiting call into another queue, or give it to an agent; on record with its reason."""
    entry = Entry("move", wanted.reason, call_id=call_id, agent_id=wanted.agent_id, queue=wanted.queue)
    async with services.supervision.entry(actor, entry):
        await services.bus.request(
            MOVE_CALL,
            {"call_id": call_id, "queue": wanted.queue, "agent_id": wanted.agent_id, "by": actor.account_id},
        )
    return {}
