"""What goes into the engine and what it commands.

Instants are aware UTC, durations seconds. Facts of the switch may come late, twice, out of order or contradict each
other: none of that harms. Acts of people are refused with a typed error when they are impossible, and change nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from routing.events import AgentState, OfferOutcome, RoutingNotice

# ---- facts of the switch


@dataclass(frozen=True, slots=True)
class CallWaiting:
    """A caller waits with music. A call that is known or over already is left as it is."""

    call_id: str
    queue: str
    entered_at: datetime
    """When the caller began to wait: its place in the queue, whenever the news of it comes."""


@dataclass(frozen=True, slots=True)
class CallGone:
    """The caller's leg ended."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallOver:
    """The last leg of the call ended."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallFellBack:
    """The dialplan sent the caller to Asterisk's own queue; the engine leaves the call alone from now on."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallReturned:
    """The agent hung up in the instant of joining: the caller waits again, at the place he had."""

    call_id: str


@dataclass(frozen=True, slots=True)
class OfferRinging:
    """The phone of an offer rings."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """The phone of an offer could not be rung or did not take the call; nothing is said of a leg."""

    leg_id: str
    outcome: OfferOutcome


@dataclass(frozen=True, slots=True)
class LegJoined:
    """An agent's phone and a caller hear each other, by an offer of this engine or by the fallback queue."""

    leg_id: str
    call_id: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class LegEnded:
    """An agent's leg is gone; `outcome` tells why when it had not been joined."""

    leg_id: str
    outcome: OfferOutcome = OfferOutcome.FAILED


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """The registration of a phone was seen at `at`; older news than the newest is ignored."""

    endpoint: str
    registered: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class SwitchLost:
    """The link to the switch is down: no offers until a `Restore`."""


# ---- acts of people


@dataclass(frozen=True, slots=True)
class AgentSignedOn:
    """A person takes a seat. He is paused (reason `signed_on`) until `AgentReady`.

    Raises:
        InvalidInput: no queue is named.
        Conflict: another signed-on agent holds the phone.
    """

    agent_id: str
    endpoint: str
    queues: tuple[str, ...] = ("general",)


@dataclass(frozen=True, slots=True)
class AgentSignedOff:
    """A person leaves; while talking it holds from the end of the talk on, and the wrap-up is left out."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentReady:
    """A person takes calls; ends a wrap-up or a pause. While talking it holds from the end of the wrap-up on."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentPaused:
    """A person takes a break; `reason` is a code or words. An offer that rings is withdrawn."""

    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrapUpDone:
    """A person finished the wrap-up before its limit."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """A person needs `seconds` more, up to `Policy.wrap_up_limit_seconds` in all.

    Raises:
        InvalidInput: `seconds` is not positive.
        Conflict: the limit is reached.
    """

    agent_id: str
    seconds: int


# ---- time and restart


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A timer may be due; sent when `Engine.next_wake` says so (more often is harmless)."""


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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The world as the switch shows it now, complete: what is not in it is gone."""

    calls: tuple[SeenCall, ...] = ()
    legs: tuple[SeenLeg, ...] = ()
    registered: frozenset[str] | None = None
    """Endpoints with a registered phone; None: not known, nothing is concluded."""
    presence: tuple[AgentPresence, ...] = ()
    """Agents as last remembered; those the engine knows itself are left as they are."""


@dataclass(frozen=True, slots=True)
class Restore:
    """The switch is seen again (or for the first time): the engine makes its books agree with it and offers again."""

    snapshot: Snapshot = field(default_factory=Snapshot)


EngineEvent = (
    CallWaiting
    | CallGone
    | CallOver
    | CallFellBack
    | CallReturned
    | OfferRinging
    | OfferFailed
    | LegJoined
    | LegEnded
    | PhoneSeen
    | SwitchLost
    | AgentSignedOn
    | AgentSignedOff
    | AgentReady
    | AgentPaused
    | WrapUpDone
    | WrapUpExtended
    | TimePassed
    | Restore
)


# ---- commands


@dataclass(frozen=True, slots=True)
class RingAgent:
    """Ring the agent's phone for the call; the leg's channel gets `leg_id` as its id."""

    offer_id: str
    leg_id: str
    call_id: str
    agent_id: str
    endpoint: str
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class CancelRing:
    """Hang up the leg if it still rings."""

    leg_id: str


Command = RingAgent | CancelRing | RoutingNotice
"""What the driver does, in this order: ring, cancel, and tell the others."""
