"""Queues, their figures, the plan and supervision over the wire."""

from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from api.schemas.base import Body, View
from api.schemas.fields import Masked, Reason
from routing.events import AgentState


class Window(View):
    """A queue in a span of time; definitions in docs/metrics.md. `null`: nothing to divide by."""

    offered: int = Field(description="进入队列的来电 / calls that entered the queue")
    answered: int
    answered_in_time: int
    abandoned: int
    abandoned_short: int
    callbacks: int
    diverted: int
    fell_back: int
    lost: int
    service_level: float | None = Field(description="时限内应答占比 / share answered in time")
    average_speed_of_answer_seconds: float | None
    average_abandon_seconds: float | None
    abandon_rate: float | None
    connect_rate: float | None = Field(description="接通率")
    connect_rate_met: bool | None = Field(description="达标,先比较后取整 / compared before rounding")
    occupancy: float | None
    average_handle_seconds: float | None


class Queue(View):
    """A queue as it stands; `*` is all of them together."""

    queue: str = Field(examples=["general"])
    at: datetime
    waiting: int
    longest_wait_seconds: float
    agents: dict[str, int] = Field(description="在岗坐席按状态计 / signed-on agents by state")
    today: Window
    last_30_minutes: Window


class HalfHour(BaseModel):
    """One half hour of the history."""

    starts_at: datetime
    complete: bool = Field(description="该时段已结束 / written after its end")
    figures: Window


class Span(Body):
    """A span of time."""

    since: AwareDatetime
    until: AwareDatetime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since >= self.until:
            raise ValueError("since 须早于 until")
        return self


class SpanOfQueue(Span):
    """A span of time of one queue."""

    queue: str = Field("*", max_length=60)


class WaitingCall(BaseModel):
    """A call or callback in line."""

    call_id: str
    queue: str
    entered_at: datetime
    position: int
    priority: int
    step: int
    attempts: int
    callback: bool


class Move(Body):
    """Where a waiting call goes: another queue, or an agent whose phone rings at once."""

    queue: str | None = Field(None, min_length=1, max_length=60, examples=["enterprise"])
    agent_id: str | None = Field(None, min_length=1, max_length=64)
    reason: Reason

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.queue is None) == (self.agent_id is None):
            raise ValueError("须指定 queue 或 agent_id,二者之一")
        return self


class Why(Body):
    """Why it is done; kept in the ledger."""

    reason: Reason


class Supervised(BaseModel):
    """The supervisor's phone rings, or the verb of his leg was changed."""

    leg_id: str
    agent_phone: str = Field(examples=["8001"])


class Stopped(BaseModel):
    """The call a supervisor has left."""

    call_id: str


class LoggedOut(BaseModel):
    """The state of the agent who was logged out; while he talks it holds from the end of the talk on."""

    state: AgentState


class SupervisionEntry(View):
    """One act of a supervisor, from the ledger."""

    id: str
    at: datetime
    account_id: str
    act: str = Field(examples=["listen"])
    call_id: str | None
    agent_id: str | None
    queue: str | None
    leg_id: str | None
    reason: Masked
    outcome: str | None = Field(examples=["done"])


class SupervisionPage(BaseModel):
    """A page of the ledger, newest first."""

    items: list[SupervisionEntry]
    next: str | None = Field(description="下一页的 before 参数 / `before` of the next page")


class SupervisionQuery(Body):
    """Which acts the ledger shows."""

    account_id: str | None = Field(None, max_length=64)
    agent_id: str | None = Field(None, max_length=64)
    call_id: str | None = Field(None, max_length=64)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    before: str | None = Field(None, max_length=64)
    limit: int = Field(50, ge=1, le=200)


class StateChange(View):
    """An agent entered a state."""

    state: AgentState
    reason: str
    call_id: str | None
    at: datetime


class PlanDocument(Body):
    """A plan of queues: TOML text, or the same as objects."""

    toml: str | None = Field(None, max_length=500_000)
    document: dict[str, Any] | None = None
    note: str = Field("", max_length=200)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.toml is None) == (self.document is None):
            raise ValueError("须给出 toml 或 document,二者之一")
        return self


class PlanFault(View):
    """Something in a plan that cannot be."""

    path: str = Field(examples=["queues[1].overflow[0].target"])
    line: int | None
    reason: str
    remedy: str


class ActivePlan(BaseModel):
    """The plan in force; version 0 is the one that is shipped."""

    version: int
    activated_at: datetime | None
    activated_by: str
    document: dict[str, Any]


class PlanVersion(BaseModel):
    """A version that was proposed."""

    version: int
    note: str
    proposed_at: datetime
    proposed_by: str


class PlanVersionFull(PlanVersion):
    """A version with its text."""

    document: dict[str, Any]
    source: str | None


class PlanDifference(View):
    """A value that differs between two plans."""

    path: str
    before: Any
    after: Any


class PlanChange(BaseModel):
    """A version was put in force."""

    version: int
    replaced: int
    at: datetime
    by: str
    reason: str
    differs: list[PlanDifference]


class Surge(Body):
    """The surge of the plan that is put in force; empty: none."""

    name: str = Field(max_length=40, examples=["typhoon"])
    reason: Reason
