"""Surveys of a ticket, and the tasks of the callback post."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from core.actors import Actor

router = APIRouter(tags=["surveys"])


class Survey(BaseModel):
    """The question to one citizen about one handling of one ticket."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    ticket_id: str
    number: str
    round: int
    state: str
    rating: str | None
    rated_at: datetime | None
    step: str | None
    excluded: bool
    opened_at: datetime
    answer_due_at: datetime | None


class CallbackTask(BaseModel):
    """Something a person of the callback post must do."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    survey_id: str
    ticket_id: str
    number: str
    round: int
    kind: str = Field(description="call 回访 / verify 核实")
    cause: str
    open: bool
    opened_at: datetime
    finished_at: datetime | None
    outcome: str | None
    tries: int


class CallbackResult(BaseModel):
    """What a callback or a verification brought."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["satisfied", "basically_satisfied", "dissatisfied", "unreachable", "at_fault", "not_at_fault"]
    reason: str | None = Field(None, max_length=40)
    explained: bool = False
    note: str | None = Field(None, max_length=2000)


@router.get("/tickets/{ticket_id}/surveys", **operation("工单回访", "Surveys of a ticket", 404))
async def ticket_surveys(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.SURVEYS_READ)], ticket_id: Identifier
) -> list[Survey]:
    """Return the surveys of a ticket, by round."""
    await services.tickets.get(ticket_id, actor)
    return [Survey.model_validate(survey) for survey in await services.surveys.surveys(ticket_id)]


@router.get("/callbacks", **operation("查询回访任务", "List callback tasks"))
async def list_callbacks(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.SURVEYS_READ)],
    only_open: bool = True,
    ticket_id: Annotated[str | None, Query(max_length=36)] = None,
    after: Annotated[str | None, Query(max_length=36, description="上一页最后一个任务 / last task seen")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[CallbackTask]:
    """Return the tasks of the callback post, oldest first."""
    del actor
    tasks = await services.surveys.callback_tasks(only_open=only_open, ticket_id=ticket_id, after=after, limit=limit)
    return [CallbackTask.model_validate(task) for task in tasks]


@router.post("/callbacks/{task_id}/finish", **operation("完成回访任务", "Finish a callback task", 404, 409))
async def finish_callback(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.CALLBACKS_WORK)],
    task_id: Identifier,
    result: CallbackResult,
) -> Survey:
    """Record what a call or a verification brought; `unreachable` notes one failed try."""
    survey = await services.surveys.finish_callback(
        task_id, actor, result.outcome, reason=result.reason, explained=result.explained, note=result.note
    )
    return Survey.model_validate(survey)
