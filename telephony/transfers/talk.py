"""A talk as it is in the switch: its legs and rooms; the state follows from them alone (pure).

Nothing is remembered that the switch does not know, so a restarted Python reads the same state back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.personal import Personal
from telephony.events import Party
from telephony.transfers.states import Order, Step, TalkState


class Room(StrEnum):
    """Where a leg is."""

    MAIN = "main"
    SIDE = "side"
    NONE = ""
    """Not in the talk: it rings, or waits in a queue, or hears the farewell."""

    @classmethod
    def named(cls, name: str, call_id: str) -> "Room":
        """Return the room of the conference `name` (channel variable HOTLINE_ROOM)."""
        if not name:
            return cls.NONE
        return cls.MAIN if name == call_id else cls.SIDE


@dataclass(frozen=True, slots=True)
class TalkLeg:
    """One party of a talk.

    Attributes:
        target: it was called into the talk (not offered a caller by the engine).
        goes: room it enters when it answers.
        blind: the agent is freed by its answer.
    """

    leg_id: str
    party: Party
    endpoint: str
    channel: str
    answered: bool
    room: Room = Room.NONE
    target: bool = False
    goes: Room = Room.SIDE
    blind: bool = False


@dataclass(slots=True)
class Talk:
    """A call with its legs."""

    call_id: str
    caller: Personal | None = None
    dialled: str = ""
    queue: str = ""
    legs: dict[str, TalkLeg] = field(default_factory=dict)
    fell_back: bool = False
    """Asterisk's own queue joins its legs: they sit in no room, and nobody moves them."""
    facts: int = 0
    """How many facts of the switch it rests on: as long as this grows, the talk has not settled."""

    @property
    def caller_leg(self) -> TalkLeg | None:
        """The citizen."""
        return next((leg for leg in self.legs.values() if leg.party is Party.CALLER), None)

    @property
    def agent_leg(self) -> TalkLeg | None:
        """The agent who leads the talk: who was offered the caller; when he has gone, the agent he transferred to."""
        agents = [leg for leg in self.legs.values() if leg.party is Party.AGENT and leg.answered]
        return next((leg for leg in agents if not leg.target), agents[0] if agents else None)

    @property
    def target_leg(self) -> TalkLeg | None:
        """Whoever was called into the talk; the latest."""
        lead = self.agent_leg
        found = [leg for leg in self.legs.values() if leg.target and leg is not lead]
        return found[-1] if found else None

    @property
    def state(self) -> TalkState:
        """Where everybody is."""
        return state_of(self.caller_leg, self.agent_leg, self.target_leg)

    def moved(self, leg_id: str, room: Room) -> None:
        """Note that a leg entered a room."""
        self.legs[leg_id] = replace(self.legs[leg_id], room=room, answered=True)


def state_of(caller: TalkLeg | None, agent: TalkLeg | None, target: TalkLeg | None) -> TalkState:
    """Return the state that the legs make."""
    if caller is None:
        together = agent is not None and target is not None and target.answered
        return TalkState.CALLER_GONE if together else TalkState.OVER
    ringing = target is not None and not target.answered
    if agent is None:
        return _without_agent(caller, target, ringing=ringing)
    if target is None:
        return TalkState.TALKING if caller.room or agent.room else TalkState.QUEUED
    if ringing:
        return _while_ringing(target)
    if target.room is Room.MAIN:
        return TalkState.CONFERENCE
    return TalkState.CONSULTING if agent.room is Room.SIDE else TalkState.SWAPPED


def _without_agent(caller: TalkLeg, target: TalkLeg | None, *, ringing: bool) -> TalkState:
    if ringing:
        return TalkState.PENDING
    if target is not None:
        return TalkState.HANDED_OVER
    return TalkState.OVER if caller.room else TalkState.QUEUED


def _while_ringing(target: TalkLeg) -> TalkState:
    if target.blind:
        return TalkState.TRANSFERRING
    return TalkState.INVITING if target.goes is Room.MAIN else TalkState.DIALLING


class Repair(StrEnum):
    """What is put right when it stays wrong: a leg was between two rooms when another hung up."""

    AGENT_MAIN = "agent_main"
    TARGET_MAIN = "target_main"
    CALLER_MAIN = "caller_main"
    END_LONELY = "end_lonely"
    CANCEL_TARGET = "cancel_target"
    CALLER_UNSERVED = "caller_unserved"


def repairs(talk: Talk) -> tuple[Repair, ...]:
    """Return what does not fit together in a talk that has settled; empty as a rule."""
    caller, agent, target = talk.caller_leg, talk.agent_leg, talk.target_leg
    inside = [leg for leg in talk.legs.values() if leg.room and leg.answered]
    if target is not None and not target.answered:
        return (Repair.CANCEL_TARGET,) if caller is None else ()
    if len(inside) == 1 and len([leg for leg in talk.legs.values() if leg.answered]) == 1:
        return (Repair.CALLER_UNSERVED,) if inside[0] is caller else (Repair.END_LONELY,)
    return tuple(_apart(caller, agent, target, inside))


def _apart(
    caller: TalkLeg | None, agent: TalkLeg | None, target: TalkLeg | None, inside: Iterable[TalkLeg]
) -> Iterable[Repair]:
    sides = {leg.room for leg in inside}
    if target is None and agent is not None and agent.room is Room.SIDE and caller is not None:
        yield Repair.AGENT_MAIN
    if target is not None and target.room is Room.SIDE:
        if agent is None:
            yield Repair.TARGET_MAIN
        elif caller is None and len(sides) > 1:
            yield Repair.AGENT_MAIN if agent.room is Room.SIDE else Repair.TARGET_MAIN
    if caller is not None and caller.room is Room.SIDE:
        yield Repair.CALLER_MAIN


def staying(talk: Talk, step: Step) -> frozenset[str]:
    """Return the legs that a step does not end."""
    released = {Order.RELEASE_AGENT: talk.agent_leg, Order.RELEASE_TARGET: talk.target_leg}
    ended = {leg.leg_id for order in step.orders if (leg := released.get(order)) is not None}
    return frozenset(talk.legs.keys() - ended)
