"""States of a talk and what moves it, in one table (pure).

`A` is the agent, `C` the caller, `T` whoever is called into the talk: a merged hotline, an expert seat, a unit's phone,
an emergency line, another agent. What follows when somebody hangs up, the dialplan does itself (`hotline-left`); the
table says the same, and the tests compare the two on a real Asterisk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.errors import TransitionRefused


class TalkState(StrEnum):
    """Where everybody is."""

    TALKING = "talking"
    """A and C together, nobody else."""
    DIALLING = "dialling"
    """C hears music, A hears ringback, T rings."""
    INVITING = "inviting"
    """A and C together; T rings and will join them."""
    CONSULTING = "consulting"
    """A and T together aside, C hears music."""
    SWAPPED = "swapped"
    """A and C together, T aside hears music."""
    CONFERENCE = "conference"
    """All three together."""
    TRANSFERRING = "transferring"
    """C was told where he goes and hears music, T rings for him; A hears ringback and is freed by T's answer."""
    PENDING = "pending"
    """As transferring, and A has gone."""
    HANDED_OVER = "handed_over"
    """C and T together, A has gone."""
    CALLER_GONE = "caller_gone"
    """A and T together, C has hung up."""
    QUEUED = "queued"
    """C waits in a queue."""
    OVER = "over"
    """Nobody talks any more."""


class TalkEvent(StrEnum):
    """What an agent does, and what is seen in the switch."""

    CONSULT = "consult"
    INVITE = "invite"
    THREE_WAY = "three_way"
    SWAP = "swap"
    COMPLETE = "complete"
    ABORT = "abort"
    BLIND = "blind"
    REQUEUE = "requeue"
    ANSWERED = "answered"
    """T answered."""
    FAILED = "failed"
    """T was busy, did not answer, refused, could not be reached."""
    TARGET_LEFT = "target_left"
    AGENT_LEFT = "agent_left"
    CALLER_LEFT = "caller_left"
    JOINED = "joined"
    """An agent took the caller out of the queue."""


VERBS = frozenset(
    {
        TalkEvent.CONSULT,
        TalkEvent.INVITE,
        TalkEvent.THREE_WAY,
        TalkEvent.SWAP,
        TalkEvent.COMPLETE,
        TalkEvent.ABORT,
        TalkEvent.BLIND,
        TalkEvent.REQUEUE,
    }
)
"""Events that people cause through us; the others are facts of the switch."""


class Order(StrEnum):
    """What the switch is told for a step, in this order."""

    CALL_ASIDE = "call_aside"
    CALL_IN = "call_in"
    CALL_BLIND = "call_blind"
    AGENT_RINGBACK = "agent_ringback"
    """A goes aside and hears ringback."""
    AGENT_ASIDE = "agent_aside"
    AGENT_MAIN = "agent_main"
    TARGET_MAIN = "target_main"
    """T goes to the main room; an agent whom he leaves behind aside follows by himself."""
    ANNOUNCE = "announce"
    """C is told by voice where he goes (YC-12)."""
    REQUEUE = "requeue"
    RELEASE_AGENT = "release_agent"
    RELEASE_TARGET = "release_target"


@dataclass(frozen=True, slots=True)
class Step:
    """What an event leads to."""

    state: TalkState
    orders: tuple[Order, ...] = ()


_S, _E, _O = TalkState, TalkEvent, Order

TABLE: Mapping[tuple[TalkState, TalkEvent], Step] = {
    (_S.TALKING, _E.CONSULT): Step(_S.DIALLING, (_O.CALL_ASIDE, _O.AGENT_RINGBACK)),
    (_S.TALKING, _E.INVITE): Step(_S.INVITING, (_O.CALL_IN,)),
    (_S.TALKING, _E.BLIND): Step(_S.TRANSFERRING, (_O.CALL_BLIND, _O.ANNOUNCE, _O.AGENT_RINGBACK)),
    (_S.TALKING, _E.REQUEUE): Step(_S.QUEUED, (_O.REQUEUE, _O.RELEASE_AGENT)),
    (_S.TALKING, _E.AGENT_LEFT): Step(_S.OVER),
    (_S.TALKING, _E.CALLER_LEFT): Step(_S.OVER),
    (_S.DIALLING, _E.ANSWERED): Step(_S.CONSULTING),
    (_S.DIALLING, _E.FAILED): Step(_S.TALKING),
    (_S.DIALLING, _E.ABORT): Step(_S.TALKING, (_O.RELEASE_TARGET,)),
    (_S.DIALLING, _E.COMPLETE): Step(_S.PENDING, (_O.RELEASE_AGENT,)),
    (_S.DIALLING, _E.AGENT_LEFT): Step(_S.PENDING),
    (_S.DIALLING, _E.CALLER_LEFT): Step(_S.OVER, (_O.RELEASE_TARGET,)),
    (_S.INVITING, _E.ANSWERED): Step(_S.CONFERENCE),
    (_S.INVITING, _E.FAILED): Step(_S.TALKING),
    (_S.INVITING, _E.ABORT): Step(_S.TALKING, (_O.RELEASE_TARGET,)),
    (_S.INVITING, _E.COMPLETE): Step(_S.PENDING, (_O.RELEASE_AGENT,)),
    (_S.INVITING, _E.AGENT_LEFT): Step(_S.PENDING),
    (_S.INVITING, _E.CALLER_LEFT): Step(_S.OVER, (_O.RELEASE_TARGET,)),
    (_S.CONSULTING, _E.THREE_WAY): Step(_S.CONFERENCE, (_O.TARGET_MAIN,)),
    (_S.CONSULTING, _E.SWAP): Step(_S.SWAPPED, (_O.AGENT_MAIN,)),
    (_S.CONSULTING, _E.COMPLETE): Step(_S.HANDED_OVER, (_O.RELEASE_AGENT,)),
    (_S.CONSULTING, _E.ABORT): Step(_S.TALKING, (_O.RELEASE_TARGET,)),
    (_S.CONSULTING, _E.TARGET_LEFT): Step(_S.TALKING),
    (_S.CONSULTING, _E.AGENT_LEFT): Step(_S.HANDED_OVER),
    (_S.CONSULTING, _E.CALLER_LEFT): Step(_S.CALLER_GONE),
    (_S.SWAPPED, _E.SWAP): Step(_S.CONSULTING, (_O.AGENT_ASIDE,)),
    (_S.SWAPPED, _E.THREE_WAY): Step(_S.CONFERENCE, (_O.TARGET_MAIN,)),
    (_S.SWAPPED, _E.COMPLETE): Step(_S.HANDED_OVER, (_O.RELEASE_AGENT,)),
    (_S.SWAPPED, _E.ABORT): Step(_S.TALKING, (_O.RELEASE_TARGET,)),
    (_S.SWAPPED, _E.TARGET_LEFT): Step(_S.TALKING),
    (_S.SWAPPED, _E.AGENT_LEFT): Step(_S.HANDED_OVER),
    (_S.SWAPPED, _E.CALLER_LEFT): Step(_S.CALLER_GONE),
    (_S.CONFERENCE, _E.COMPLETE): Step(_S.HANDED_OVER, (_O.RELEASE_AGENT,)),
    (_S.CONFERENCE, _E.ABORT): Step(_S.TALKING, (_O.RELEASE_TARGET,)),
    (_S.CONFERENCE, _E.TARGET_LEFT): Step(_S.TALKING),
    (_S.CONFERENCE, _E.AGENT_LEFT): Step(_S.HANDED_OVER),
    (_S.CONFERENCE, _E.CALLER_LEFT): Step(_S.CALLER_GONE),
    (_S.TRANSFERRING, _E.ANSWERED): Step(_S.HANDED_OVER),
    (_S.TRANSFERRING, _E.FAILED): Step(_S.TALKING),
    (_S.TRANSFERRING, _E.ABORT): Step(_S.TALKING, (_O.RELEASE_TARGET,)),
    (_S.TRANSFERRING, _E.COMPLETE): Step(_S.PENDING, (_O.RELEASE_AGENT,)),
    (_S.TRANSFERRING, _E.AGENT_LEFT): Step(_S.PENDING),
    (_S.TRANSFERRING, _E.CALLER_LEFT): Step(_S.OVER, (_O.RELEASE_TARGET,)),
    (_S.PENDING, _E.ANSWERED): Step(_S.HANDED_OVER),
    (_S.PENDING, _E.FAILED): Step(_S.QUEUED),
    (_S.PENDING, _E.CALLER_LEFT): Step(_S.OVER, (_O.RELEASE_TARGET,)),
    (_S.HANDED_OVER, _E.TARGET_LEFT): Step(_S.OVER),
    (_S.HANDED_OVER, _E.CALLER_LEFT): Step(_S.OVER),
    (_S.CALLER_GONE, _E.ABORT): Step(_S.OVER, (_O.RELEASE_TARGET,)),
    (_S.CALLER_GONE, _E.TARGET_LEFT): Step(_S.OVER),
    (_S.CALLER_GONE, _E.AGENT_LEFT): Step(_S.OVER),
    (_S.QUEUED, _E.JOINED): Step(_S.TALKING),
    (_S.QUEUED, _E.CALLER_LEFT): Step(_S.OVER),
}

_WORDS = {
    _S.TALKING: "正在通话",
    _S.DIALLING: "正在呼叫转接方",
    _S.INVITING: "正在邀请第三方",
    _S.CONSULTING: "正在与转接方咨询",
    _S.SWAPPED: "已切回来电人",
    _S.CONFERENCE: "三方通话中",
    _S.TRANSFERRING: "正在转接",
    _S.PENDING: "正在转接,话务员已退出",
    _S.HANDED_OVER: "已转交",
    _S.CALLER_GONE: "来电人已挂断",
    _S.QUEUED: "来电人在排队",
    _S.OVER: "通话已结束",
}


def after(state: TalkState, event: TalkEvent) -> Step:
    """Return where an event leads, and what the switch must be told.

    Raises:
        TransitionRefused: the table does not list it.
    """
    try:
        return TABLE[state, event]
    except KeyError:
        raise TransitionRefused(f"通话({_WORDS[state]})", state, event) from None


def following(state: TalkState) -> frozenset[TalkState]:
    """Return a state and all that follow it without a verb: somebody answers, fails, hangs up.

    An agent who is handed the caller makes of it a talk like any other.
    """
    found = {state, TalkState.TALKING} if state is TalkState.HANDED_OVER else {state}
    while more := {step.state for (at, event), step in TABLE.items() if at in found and event not in VERBS} - found:
        found |= more
    return frozenset(found)
