"""The world as the switch shows it, and the agents as they are remembered: what a restarted engine starts from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.events import AgentState


class SeenMode(StrEnum):
    """What the switch says a call is in (channel variable HOTLINE_MODE)."""

    WAITING = "waiting"
    TALKING = "talking"
    FALLBACK = "fallback"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True)
class SeenCall:
    """A caller's channel in the switch."""

    call_id: str
    queue: str
    entered_at: datetime
    mode: SeenMode
    dialled: str = ""
    caller_key: str = ""
    moved_at: datetime | None = None
    """When it came into this queue from another (what `KeepQueue` left at the channel)."""


@dataclass(frozen=True, slots=True)
class SeenLeg:
    """An agent's channel in the switch; `joined`: it talks, otherwise it rings."""

    leg_id: str
    call_id: str
    endpoint: str
    joined: bool


@dataclass(frozen=True, slots=True)
class AgentPresence:
    """What is remembered of an agent outside the engine (Valkey), to take his seat again after a restart."""

    agent_id: str
    endpoint: str
    queues: tuple[str, ...]
    state: AgentState
    reason: str
    since: datetime
    """Since when he is in the state."""
    idle_since: datetime
    """Since when he waits for a call; orders the agents (longest idle first)."""
    wants: AgentState
    """What he wants to be when nothing keeps him busy: ready, paused or offline."""
    wants_reason: str
    missed: int
    wrap_up_until: datetime | None
    calls_taken: int = 0
    """Calls taken since signing on (strategy `least_calls`)."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The world as the switch shows it now, complete: what is not in it is gone."""

    calls: tuple[SeenCall, ...] = ()
    legs: tuple[SeenLeg, ...] = ()
    registered: frozenset[str] | None = None
    """Endpoints with a registered phone; None: not known, nothing is concluded."""
    presence: tuple[AgentPresence, ...] = ()
    """Agents as last remembered; those the engine knows itself are left as they are."""
