"""Calls, transcripts, suggestions, decisions and agents over the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas.base import Body, View
from api.schemas.fields import Masked, NumbersMasked, Reason, Revealed
from routing.events import AgentState, OfferOutcome
from telephony.events import HangupReason, Party
from telephony.states import CallState


class Leg(View):
    """One party's channel in a call."""

    leg_id: str
    party: Party
    endpoint: str = Field(examples=["8001"])
    rang_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None
    reason: HangupReason | None
    recorded: bool


class Call(View):
    """One citizen's dialling of one number."""

    call_id: str
    state: CallState
    caller: Masked | None
    dialled: str = Field(examples=["12345"])
    queue: str
    entered_at: datetime
    fell_back_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None
    legs: list[Leg]
    reached: str = Field(description="呼入的本中心号码 / number of ours that it came in on")
    partner: str = Field(description="转来此通话的伙伴,空为运营商来电 / partner who transferred it to us")
    former: str = Field(description="转出前的通话编号 / our call of before, when it comes back from a partner")


class CallPage(BaseModel):
    """A page of calls, newest first."""

    items: list[Call]
    next: str | None = Field(description="下一页的 before 参数 / `before` of the next page")


class CallQuery(Body):
    """Which calls a list shows."""

    state: CallState | None = None
    queue: str | None = Field(None, max_length=40)
    agent_number: str | None = Field(None, max_length=8, description="话务员话机 / phone of an agent who was in it")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    before: str | None = Field(None, max_length=64)
    limit: int = Field(50, ge=1, le=200)


class CallSearch(Body):
    """The number that is searched for; in the body, because addresses are logged."""

    caller: str = Field(min_length=3, max_length=30, examples=["13900005678"])
    limit: int = Field(50, ge=1, le=200)


class Utterance(View):
    """Something one speaker said. Numbers that may be a phone or an ID card are masked."""

    utterance_id: str
    leg_id: str
    speaker: str = Field(examples=["caller"])
    text: NumbersMasked
    started_at: datetime
    ended_at: datetime
    confidence: float


class RevealedUtterance(Utterance):
    """Something one speaker said, as it was said."""

    text: Revealed


class Suggestion(View):
    """A proposed value of a ticket field, with the words it rests on."""

    field: str = Field(examples=["place"])
    value: Masked
    words: Masked
    reason: Masked = Field(description="条款与引导、知识条目、以往工单等说明 / why")
    confidence: float
    utterance_ids: list[str]


class RevealedSuggestion(Suggestion):
    """A proposal with its text, for the agent who writes the ticket."""

    value: Revealed
    words: Revealed
    reason: Revealed


class RevealOfCall(Body):
    """Why the caller's number and the words are looked at."""

    reason: Reason


class RevealedCall(BaseModel):
    """The caller's number and everything that was said."""

    call_id: str
    caller: str | None
    transcript: list[RevealedUtterance]


class HungUp(BaseModel):
    """How many legs were told to end."""

    legs: int


class Decision(View):
    """An offer of the call to an agent, with its reason."""

    offer_id: str
    agent_id: str
    leg_id: str | None
    why: str = Field(examples=["空闲最久"])
    trace: Any
    made_at: datetime | None
    outcome: OfferOutcome | None
    ended_at: datetime | None


class Agent(BaseModel):
    """An agent with the present state."""

    agent_id: str
    number: str = Field(examples=["8001"])
    name: str = Field(examples=["张敏"])
    state: AgentState
    reason: str
    since: datetime | None


class AgentPage(BaseModel):
    """All agents; `states_known` is false while the store of states is away."""

    items: list[Agent]
    states_known: bool


class NewAgent(Body):
    """An agent to be added."""

    number: str = Field(pattern=r"^\d{3,8}$", examples=["8001"])
    name: str = Field(min_length=1, max_length=64, examples=["张敏"])


class AgentAdded(BaseModel):
    """An agent just added, with what is entered into his softphone."""

    agent_id: str
    number: str = Field(examples=["8001"])
    name: str = Field(examples=["张敏"])
    phone_password: str
    server: str = Field(description="SIP 服务器 / SIP server", examples=["127.0.0.1:5060"])


class WishedState(Body):
    """The state an agent wants."""

    state: Literal["ready", "paused", "offline", "wrap_up_done"]
    reason: str | None = Field(None, max_length=40, examples=["小休"])


class OwnState(BaseModel):
    """The agent's state afterwards."""

    agent_id: str
    state: AgentState
    reason: str
    since: datetime
