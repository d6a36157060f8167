"""What the routing room tells the others, live over MQTT (loss is harmless there)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AgentState(StrEnum):
    """States of an agent; the transitions are in `routing.agents`."""

    OFFLINE = "offline"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    """An agent is in another state since `at`."""

    agent_id: str
    state: AgentState
    call_id: str | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallQueued:
    """A call waits in a queue; position counts from 1."""

    call_id: str
    queue: str
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferMade:
    """The phone of an agent was told to ring for a call; `why` is the decision's reason in words."""

    offer_id: str
    call_id: str
    agent_id: str
    leg_id: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer was answered or failed; outcome: joined, busy, rejected, no_answer, unregistered, cancelled, failed."""

    offer_id: str
    call_id: str
    agent_id: str
    outcome: str
    at: datetime
