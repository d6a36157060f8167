"""Block list, callbacks and repeat callers over the wire. Numbers are masked in every answer."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas.base import Body, View
from api.schemas.fields import Masked, Reason
from routing.callers.rules import CallbackKind, CallbackState


class Block(View):
    """An entry of the block list."""

    block_id: str
    number: Masked
    reason: str
    blocked_at: datetime
    blocked_by: str
    expires_at: datetime
    holds: bool
    lifted_at: datetime | None
    lifted_by: str | None
    refused: int = Field(description="拦截次数 / calls refused")


class BlockPage(BaseModel):
    """Entries, newest first."""

    items: list[Block]


class NewBlock(Body):
    """A number to be refused."""

    number: str = Field(min_length=3, max_length=24, examples=["13800138000"])
    reason: Reason
    until: AwareDatetime = Field(description="到期时间,最长 180 天 / when it ends")


class Because(Body):
    """Why something is undone."""

    reason: Reason


class CallbackCall(View):
    """A call that belongs to a callback."""

    call_id: str
    part: str = Field(description="asked, missed, attempt, again")
    at: datetime
    endpoint: str
    outcome: str | None


class Callback(View):
    """A citizen who is to be called back."""

    callback_id: str
    kind: CallbackKind
    number: Masked
    queue: str
    dialled: str
    entered_at: datetime
    state: CallbackState
    not_before: datetime | None
    attempts: int
    created_at: datetime
    closed_at: datetime | None
    calls: list[CallbackCall]


class CallbackPage(BaseModel):
    """Callbacks: the open ones by their place, or all, newest first."""

    items: list[Callback]
    next_before: str | None = None


class KnownCaller(View):
    """What is known of the caller of a call, without his number."""

    calls: int
    last_call_at: datetime | None
    last_agent_id: str | None
    open_tickets: list[str]
