"""Recordings over the wire."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Reason


class Recording(BaseModel):
    """The sound of one call; the caller left, the agent right."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    call_id: str
    state: str = Field(examples=["kept"])
    seconds: float | None
    sha256: str | None
    channels: dict[str, str]
    started_at: datetime | None
    ended_at: datetime | None
    caller_level: float | None = Field(description="最响一秒 / loudest second, dBFS")
    agent_level: float | None
    caller_silent: bool
    agent_silent: bool
    problems: list[str]
    keep_until: date | None
    keep_clause: str | None = Field(examples=["YC-13.9"])
    keep_basis: str | None
    held: bool
    hold_reason: str | None
    held_by: str | None
    kept_at: datetime | None
    erased_at: datetime | None


class RecordingAccess(BaseModel):
    """Somebody listened, held or released."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    actor_id: str
    role: str
    reason: str
    at: datetime


class HoldReason(BaseModel):
    """Why a hold is put or lifted."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
