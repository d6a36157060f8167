"""What goes into the engine and what it commands.

The commands stand in `routing.engine_commands`, acts of people in `routing.engine_acts`; all are found here too.
Instants are aware UTC, durations seconds. Facts of the switch may come late, twice, out of order or contradict each
other: none of that harms. Acts of people are refused with a typed error when they are impossible, and change nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime

from routing.engine_acts import (
    AgentPaused,
    AgentReady,
    AgentSignedOff,
    AgentSignedOn,
    CallAssigned,
    CallMoved,
    CallTakenOut,
    PlanChanged,
    WrapUpDone,
    WrapUpExtended,
)
from routing.engine_commands import (
    CancelRing,
    Command,
    DialCallback,
    DivertCall,
    KeepQueue,
    OfferKind,
    RingAgent,
)
from routing.engine_snapshot import AgentPresence, SeenCall, SeenLeg, SeenMode, Snapshot
from routing.events import OfferOutcome

__all__ = [
    "AgentPaused",
    "AgentPresence",
    "AgentReady",
    "AgentSignedOff",
    "AgentSignedOn",
    "CallAssigned",
    "CallDescribed",
    "CallFellBack",
    "CallGone",
    "CallMoved",
    "CallOver",
    "CallReturned",
    "CallTakenOut",
    "CallWaiting",
    "CallbackCancelled",
    "CallbackWaiting",
    "CancelRing",
    "Command",
    "DialCallback",
    "DivertCall",
    "DivertFailed",
    "EngineEvent",
    "KeepQueue",
    "LegEnded",
    "LegJoined",
    "OfferFailed",
    "OfferKind",
    "OfferRinging",
    "PhoneSeen",
    "PlanChanged",
    "Restore",
    "RingAgent",
    "SeenCall",
    "SeenLeg",
    "SeenMode",
    "Snapshot",
    "SwitchLost",
    "TimePassed",
    "Wants",
    "WrapUpDone",
    "WrapUpExtended",
]

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
    """The call it stands for, while that is on the line; empty when the callback is told again."""
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
    """The switch could not be told where a diverted call goes: it waits again, at the place it had."""

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
    """The caller waits again, at the place he had: nobody serves him, no partner took him, or he was transferred."""

    call_id: str
    queue: str = ""
    """Queue he waits in from now on; empty: the one he was in."""


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


# ---- time and restart


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A timer may be due; sent when `Engine.next_wake` says so (more often is harmless)."""


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
