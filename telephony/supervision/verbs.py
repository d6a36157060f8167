"""What a supervisor may do to a running call, and when it is refused (pure)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.errors import Conflict, Forbidden, NotFound
from telephony.events import Party


class Verb(StrEnum):
    """How a supervisor takes part; the names are extensions of the dialplan's `hotline-supervise`."""

    LISTEN = "listen"
    """He hears caller and agent; nobody hears him."""
    WHISPER = "whisper"
    """The agent hears him, the caller does not."""
    BARGE = "barge"
    """All three hear each other."""
    TAKE_OVER = "take_over"
    """He is the agent of the call from now on; the agent leaves."""


@dataclass(frozen=True, slots=True)
class LegInSwitch:
    """A channel of a call as the switch shows it now."""

    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    channel: str
    """Unique id."""
    name: str
    """Name of the channel."""
    mode: str
    queue: str
    answered: bool
    supervises: bool
    """It was rung for a supervisor."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A running call that a supervisor may take part in, and his own leg if he does already."""

    caller: LegInSwitch
    agent: LegInSwitch
    own: LegInSwitch | None


_WITHOUT_ROOM = frozenset({Verb.LISTEN, Verb.WHISPER})
"""What is possible also where Asterisk's own queue joined the two (mode `fallback`)."""
_TALKS = {"talking": frozenset(Verb), "fallback": _WITHOUT_ROOM}


def scene_of(
    legs: Collection[LegInSwitch], call_id: str, phone: str, verb: Verb, *, not_supervised: Collection[str] = ()
) -> Scene:
    """Return whom the verb is about.

    Args:
        legs: every leg in the switch.
        call_id: the call that is to be supervised.
        phone: number of the supervisor's phone.
        verb: what he wants to do.
        not_supervised: queues whose calls are left alone.

    Raises:
        NotFound: no such call is in the switch.
        Forbidden: calls of its queue are not supervised.
        Conflict: caller and agent do not talk; it is the supervisor's own call; his phone is in use elsewhere.
    """
    mine = [leg for leg in legs if leg.call_id == call_id]
    if not mine:
        raise NotFound("进行中的通话", call_id)
    caller = next((leg for leg in mine if leg.party is Party.CALLER), None)
    if caller is not None and caller.queue in not_supervised:
        raise Forbidden("该队列的通话不得监听、介入", code="not_supervised", detail={"queue": caller.queue})
    # the first agent of the talk: one who was called in later has a later id
    agents = sorted((leg for leg in mine if leg.party is Party.AGENT and leg.answered), key=lambda leg: leg.leg_id)
    if caller is None or verb not in _TALKS.get(caller.mode, ()) or not agents:
        raise Conflict("该通话当前没有话务员在通话", code="not_talking")
    if any(leg.endpoint == phone for leg in agents):
        raise Conflict("不能监听或介入本人的通话", code="own_call")
    own = next((leg for leg in mine if leg.endpoint == phone), None)
    if own is None and any(leg.endpoint == phone for leg in legs):
        raise Conflict("您的话机正在使用中", code="phone_busy")
    if own is not None and not own.answered:
        raise Conflict("您的话机正在振铃", code="phone_busy")
    return Scene(caller, agents[0], own)
