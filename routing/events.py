"""What the routing room tells the others, live over MQTT (loss is harmless there)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    CALLBACK = "callback"
    """The caller is called back instead of waiting; the callback has his place."""
    MOVED = "moved"
    """It waits on in another queue, by overflow, hours, a supervisor or a new plan."""
    DIVERTED = "diverted"
    """It goes to a partner hotline."""
    CLOSED = "closed"
    """It came outside the hours of its queue, was told so, and ended."""
    TAKEN_OUT = "taken_out"
    """A supervisor took it out of the queue."""
    CANCELLED = "cancelled"
    """The callback is not wanted any more."""


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
    MORE_CALLS = "more_calls"
    """Ready, but took more calls than the chosen one."""
    LESS_SKILLED = "less_skilled"
    """Ready, but lower levels in the skills wanted."""
    LATER_STEP = "later_step"
    """Ready, but fits only a later widening step than the chosen one."""
    NOT_THE_LAST_AGENT = "not_the_last_agent"
    """Ready, but the caller goes to the agent who served him last, or to whom a supervisor gave him."""
    LACKS_SKILL = "lacks_skill"
    """Lacks a skill, or has it at too low a level; `detail` names it."""
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    OFFLINE = "offline"
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
    """Since when he waits for a call; for who is not ready: since when he is in his state."""
    detail: str = ""
    """What he lacks (`cantonese 1<3`), or the reason of his pause."""


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """Why this agent got this call: complete by counts, by name for the chosen one and those nearest to him."""

    queue: str
    call_rule: str
    """Rule that chose the call: `first_come`, `head_start` (of its priority), `repeat_caller`, `supervisor`."""
    agent_rule: str
    """Rule that chose the agent: `longest_idle`, `least_calls`, `best_skill`, `same_agent`, `supervisor`."""
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
    """The chosen one first, then the others with what spoke against each: all who serve the queue when they are few
    (`complete`), otherwise the ready ones next in line and those passed over for a moment (a few of each)."""
    complete: bool = False
    """Every agent who serves the queue is named in `candidates`."""
    fitting_ready: int = 0
    """Ready agents who could have taken the call; the other ready ones of `agents` lack a skill or are held."""
    wants: Mapping[str, int] = field(default_factory=dict)
    """Skills wanted with their least levels, by the step that the chosen one fits."""
    step: int = 0
    """Widening step that the chosen one fits; 0: what the queue wants at first."""
    widened_to: int = 0
    """Widening step that the call had reached."""
    priority: int = 0
    calls_on_matter: int = 0
    """Earlier calls on the same matter, as far as known."""
    came_from: tuple[str, ...] = ()
    """Queues in which the call waited before."""
    plan_version: int = 0


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


@dataclass(frozen=True, slots=True)
class PauseOverran:
    """An agent's pause is longer than the plan allows for its reason."""

    agent_id: str
    reason: str
    since: datetime
    limit_seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanTaken:
    """The engine decides by this version of the plan from `at` on; 0 is the plan that is shipped."""

    version: int
    at: datetime


RoutingNotice = AgentStateChanged | CallQueued | CallLeftQueue | OfferMade | OfferEnded | PauseOverran | PlanTaken

PLAN_TOPIC = "hotline/plan"
"""Bus topic: `PlanActivated`; who decides by the plan reads it anew (`routing.plan.service.PlanService.current`)."""


@dataclass(frozen=True, slots=True)
class PlanActivated:
    """A version of the plan is in force; told on `PLAN_TOPIC`. Loss is harmless: whoever decides by it asks again."""

    version: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """Where a waiting call stands and how long it has probably yet to wait."""

    position: int
    """From 1, among the calls of its queue."""
    seconds: float | None
    """None: nobody who could take it works, and nothing is known of the time to come."""
    basis: str
    """`service_rate` (measured while calls waited), `handling_time` (agents at work and their mean time a call) or
    `none`."""


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call or callback in line, as a supervisor sees it."""

    call_id: str
    queue: str
    entered_at: datetime
    position: int
    priority: int
    step: int
    """Widening step reached."""
    attempts: int
    """Offers made so far."""
    callback: bool


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue as it stands at one moment (topic `hotline/queues/<queue>`)."""

    queue: str
    waiting: int
    longest_wait_seconds: float
    """How long the first in line has waited; 0 when nobody waits."""
    agents: Mapping[str, int]
    """Agents who serve the queue, counted by state."""
