"""What the routing room tells the others, live over MQTT (loss is harmless there)."""

from collections.abc import Mapping
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
    """An agent is in another state since `at`.

    `reason` is a short code (`signed_on`, `missed_offers`, `phone_unregistered`, …) or the pause reason a person gave.
    """

    agent_id: str
    state: AgentState
    call_id: str | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallQueued:
    """A call waits in a queue, for the first time or again; position counts from 1 and holds at `at`."""

    call_id: str
    queue: str
    position: int
    entered_at: datetime
    """When the caller began to wait: the call's place in the queue, kept through failed offers."""
    at: datetime


class LeaveReason(StrEnum):
    """How a call left its queue."""

    JOINED = "joined"
    ABANDONED = "abandoned"
    FELL_BACK = "fell_back"
    LOST = "lost"
    """It was gone when the switch was seen again; when it ended was not seen."""


@dataclass(frozen=True, slots=True)
class CallLeftQueue:
    """A call waits no longer."""

    call_id: str
    queue: str
    reason: LeaveReason
    waited_seconds: float
    """From entering the queue until `at`, the time its phone offers rang included."""
    at: datetime


class Verdict(StrEnum):
    """What a decision said of an agent."""

    CHOSEN = "chosen"
    LESS_IDLE = "less_idle"
    """Ready, but idle for a shorter time than the chosen one."""
    COOLING_DOWN = "cooling_down"
    """Ready, but missed an offer a moment ago."""
    RELEASING = "releasing"
    """Ready, but his phone still rings for an offer that was withdrawn."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as a decision saw him."""

    agent_id: str
    verdict: Verdict
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """Why this agent got this call: complete by counts, by name for the chosen one and those nearest to him."""

    queue: str
    call_rule: str
    """Rule that chose the call: `first_come`."""
    agent_rule: str
    """Rule that chose the agent: `longest_idle`."""
    waited_seconds: float
    """How long the call had waited."""
    waiting: int
    """Calls waiting in the queue, this one included."""
    attempt: int
    """1 for the first offer of the call, counted up."""
    missed_by: tuple[str, ...]
    """Agents to whom this call was offered in vain before, in that order."""
    agents: Mapping[str, int]
    """Agents who serve the queue, counted by state just before the decision (`ready` holds all candidates)."""
    candidates: tuple[Candidate, ...]
    """The chosen one first, then the ready agents next in line and those passed over for a moment (a few of each)."""


@dataclass(frozen=True, slots=True)
class OfferMade:
    """The phone of an agent was told to ring for a call; `why` is the decision's reason in words."""

    offer_id: str
    call_id: str
    agent_id: str
    leg_id: str
    why: str
    trace: DecisionTrace | None
    """None for an offer found ringing in the switch after a restart: another engine decided it."""
    at: datetime


class OfferOutcome(StrEnum):
    """How an offer ended."""

    JOINED = "joined"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    UNREGISTERED = "unregistered"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer was answered or failed; outcome: joined, busy, rejected, no_answer, unregistered, cancelled, failed."""

    offer_id: str
    call_id: str
    agent_id: str
    outcome: OfferOutcome
    at: datetime


RoutingNotice = AgentStateChanged | CallQueued | CallLeftQueue | OfferMade | OfferEnded


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue as it stands at one moment (topic `hotline/queues/<queue>`)."""

    queue: str
    waiting: int
    longest_wait_seconds: float
    """How long the first in line has waited; 0 when nobody waits."""
    agents: Mapping[str, int]
    """Agents who serve the queue, counted by state."""
