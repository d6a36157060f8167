"""What goes into the engine and what it commands.

Instants are aware UTC, durations seconds. Facts of the switch may come late, twice, out of order or contradict each
other: none of that harms. Acts of people are refused with a typed error when they are impossible, and change nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from routing.events import AgentState, OfferOutcome, RoutingNotice
from routing.plan.document import OverflowAction, Plan

Wants = tuple[tuple[str, int], ...]
"""Skills wanted, each with its least level."""

# ---- facts of the switch


@dataclass(frozen=True, slots=True)
class CallWaiting:
    """A caller waits with music. A call that is known or over already is left as it is.

    A queue the plan does not know stands for the queue of the dialled number, else for the plan's default queue.
    """

    call_id: str
    queue: str
    entered_at: datetime
    """When the caller began to wait: its place in the queue, whenever the news of it comes."""
    dialled: str = ""
    caller_key: str = ""
    """Keyed hash of the caller's number (never the number): the same caller, the same key; empty: withheld."""
    wants: Wants = ()
    """Skills wanted besides those of the queue, as chosen by the caller (a dialect): name and least level."""
    priority: int | None = None
    """0 to 9; None: that of the queue."""


@dataclass(frozen=True, slots=True)
class CallDescribed:
    """What was found out about a waiting call after it came (by a look into the database). Empty: as before."""

    call_id: str
    caller_key: str = ""
    last_agent_id: str = ""
    """Agent who served this caller last."""
    calls_on_matter: int | None = None
    """Earlier calls on the same matter."""
    wants: Wants | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class CallbackWaiting:
    """A caller is to be called back: he stands in line as a call does. Told again it changes nothing.

    `callback_id` is the id of the call that will be made: legs, recordings and the record of decisions go by it. With
    `from_call` a call that waits now gives its place to the callback and leaves the queue (`LeaveReason.CALLBACK`); its
    caller may hang up. Callbacks are not in the switch: after each `Restore` the driver tells all that are open.
    """

    callback_id: str
    queue: str
    entered_at: datetime
    """The place it keeps: when the caller began to wait (or called in vain)."""
    from_call: str = ""
    not_before: datetime | None = None
    """Offered to no agent earlier (the next attempt)."""
    wants: Wants = ()
    priority: int | None = None
    caller_key: str = ""


@dataclass(frozen=True, slots=True)
class CallbackCancelled:
    """The callback is not wanted any more (he called again, or it was given up); a ringing offer is withdrawn."""

    callback_id: str


@dataclass(frozen=True, slots=True)
class DivertFailed:
    """The partner hotline did not take the diverted call: it waits again, at the place it had."""

    call_id: str


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

    The plan says which queues an agent serves whom it names; for others it is `queues`, and without them the plan's
    `agent_default`.

    Raises:
        InvalidInput: `queues` is empty.
        Conflict: another signed-on agent holds the phone.
    """

    agent_id: str
    endpoint: str
    queues: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AgentSignedOff:
    """A person leaves; while talking it holds from the end of the talk on, and the wrap-up is left out."""

    agent_id: str
    by: str = ""
    """Account of the supervisor who logs the agent out; empty: the agent himself."""


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


@dataclass(frozen=True, slots=True)
class CallMoved:
    """A supervisor puts a waiting call into another queue; its age counts there.

    Raises:
        NotFound: no such queue, or no such call waits.
    """

    call_id: str
    queue: str
    by: str


@dataclass(frozen=True, slots=True)
class CallAssigned:
    """A supervisor gives a waiting call to an agent, whatever his skills: his phone rings at once.

    Raises:
        NotFound: no such agent, or no such call waits.
        Conflict: the agent is not free.
    """

    call_id: str
    agent_id: str
    by: str


@dataclass(frozen=True, slots=True)
class CallTakenOut:
    """A supervisor takes a waiting call out of the queue (to answer it himself, or to end it); no phone rings any more.

    Raises:
        NotFound: no such call waits.
    """

    call_id: str
    by: str


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """Another version of the plan is in force, with agents' ids filled in (`PlanService.current`).

    Waiting calls keep their age; those of a queue that is no more go to the default queue. Agents serve what the new
    plan says from now on; talks and ringing phones go on.
    """

    plan: Plan
    version: int


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


@dataclass(frozen=True, slots=True)
class Restore:
    """The switch is seen again (or for the first time): the engine makes its books agree with it and offers again."""

    snapshot: Snapshot = field(default_factory=Snapshot)


EngineEvent = (
    CallWaiting
    | CallDescribed
    | CallbackWaiting
    | CallbackCancelled
    | DivertFailed
    | CallMoved
    | CallAssigned
    | CallTakenOut
    | PlanChanged
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


class OfferKind(StrEnum):
    """What an agent's phone rings for."""

    CALL = "call"
    CALLBACK = "callback"
    """Nobody is on the line yet: when the agent answers (`LegJoined`), `DialCallback` follows."""


@dataclass(frozen=True, slots=True)
class RingAgent:
    """Ring the agent's phone for the call; the leg's channel gets `leg_id` as its id."""

    offer_id: str
    leg_id: str
    call_id: str
    agent_id: str
    endpoint: str
    timeout_seconds: int
    kind: OfferKind = OfferKind.CALL


@dataclass(frozen=True, slots=True)
class DialCallback:
    """The agent is on the line: dial the citizen of the callback and join the two.

    The driver tells `LegJoined` when the agent's phone answers the ring of a callback, and `LegEnded` when that leg
    ends, whether the citizen was reached or not; a further attempt is a new callback (`CallbackWaiting`).
    """

    callback_id: str
    leg_id: str
    agent_id: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class DivertCall:
    """Do for a waiting caller what its queue's overflow or hours say.

    `PARTNER`: the call is out of the queue already; dial the partner, and tell `DivertFailed` when he does not answer.
    `CALLBACK`, `ANNOUNCEMENT`: the call waits on; play it to the caller.
    """

    call_id: str
    queue: str
    action: OverflowAction
    target: str
    """Partner's or announcement's name in the plan."""


@dataclass(frozen=True, slots=True)
class KeepQueue:
    """Note at the caller's channel where it waits now, so that a restarted engine finds it there."""

    call_id: str
    queue: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class CancelRing:
    """Hang up the leg if it still rings."""

    leg_id: str


Command = RingAgent | CancelRing | DivertCall | KeepQueue | DialCallback | RoutingNotice
"""What the driver does, in this order: acts on the switch, and what the others are told."""
