"""What the engine commands: acts on the switch, and what the others are told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.events import RoutingNotice
from routing.plan.document import OverflowAction


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

    `PARTNER`: the call is out of the queue already; dial the partner, and tell `CallReturned` when he does not answer.
    `END`: it is out of the queue; play the announcement and end it. `DivertFailed`: neither could be ordered.
    `CALLBACK`, `ANNOUNCEMENT`: the call waits on; play it to the caller.
    """

    call_id: str
    queue: str
    action: OverflowAction
    target: str
    """Partner's or announcement's name in the plan."""
    number: str = ""
    """What to dial for a partner."""
    trunk: str = ""
    """The partner's trunk; empty: the carrier's."""


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
