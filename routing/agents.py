"""The agent's states: one transition table; what it does not list is refused."""

from enum import StrEnum

from core.errors import TransitionRefused
from routing.events import AgentState


class AgentAct(StrEnum):
    """What happens to an agent: told by the person, by the switch, or decided by the engine."""

    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"
    READY = "ready"
    PAUSE = "pause"
    EXTEND_WRAP_UP = "extend_wrap_up"
    END_WRAP_UP = "end_wrap_up"
    """By the person, or because the limit passed."""
    OFFER = "offer"
    RELEASE = "release"
    """The offer ended without a talk."""
    JOIN = "join"
    """The agent's phone is in a talk, whoever brought it there (the engine or the fallback queue)."""
    TALK_ENDED = "talk_ended"
    PHONE_LOST = "phone_lost"
    RESUME = "resume"
    """The phone of a signed-on agent is registered again; what the agent wants (a pause) follows."""


_OFFLINE, _READY, _OFFERED = AgentState.OFFLINE, AgentState.READY, AgentState.OFFERED
_TALKING, _WRAP_UP, _PAUSED = AgentState.TALKING, AgentState.WRAP_UP, AgentState.PAUSED

TRANSITIONS: dict[tuple[AgentState, AgentAct], AgentState] = {
    (_OFFLINE, AgentAct.SIGN_ON): _PAUSED,
    (_OFFLINE, AgentAct.SIGN_OFF): _OFFLINE,
    (_OFFLINE, AgentAct.JOIN): _TALKING,
    (_OFFLINE, AgentAct.PHONE_LOST): _OFFLINE,
    (_OFFLINE, AgentAct.RESUME): _READY,
    (_READY, AgentAct.SIGN_ON): _READY,
    (_READY, AgentAct.SIGN_OFF): _OFFLINE,
    (_READY, AgentAct.READY): _READY,
    (_READY, AgentAct.PAUSE): _PAUSED,
    (_READY, AgentAct.OFFER): _OFFERED,
    (_READY, AgentAct.JOIN): _TALKING,
    (_READY, AgentAct.PHONE_LOST): _OFFLINE,
    (_OFFERED, AgentAct.SIGN_ON): _OFFERED,
    (_OFFERED, AgentAct.SIGN_OFF): _OFFLINE,
    (_OFFERED, AgentAct.READY): _OFFERED,
    (_OFFERED, AgentAct.PAUSE): _PAUSED,
    (_OFFERED, AgentAct.RELEASE): _READY,
    (_OFFERED, AgentAct.JOIN): _TALKING,
    (_OFFERED, AgentAct.PHONE_LOST): _OFFLINE,
    # what a person wants while talking holds from the end of the wrap-up on
    (_TALKING, AgentAct.SIGN_ON): _TALKING,
    (_TALKING, AgentAct.SIGN_OFF): _TALKING,
    (_TALKING, AgentAct.READY): _TALKING,
    (_TALKING, AgentAct.PAUSE): _TALKING,
    (_TALKING, AgentAct.JOIN): _TALKING,
    (_TALKING, AgentAct.TALK_ENDED): _WRAP_UP,
    (_TALKING, AgentAct.PHONE_LOST): _TALKING,
    (_WRAP_UP, AgentAct.SIGN_ON): _WRAP_UP,
    (_WRAP_UP, AgentAct.SIGN_OFF): _OFFLINE,
    (_WRAP_UP, AgentAct.READY): _READY,
    (_WRAP_UP, AgentAct.PAUSE): _PAUSED,
    (_WRAP_UP, AgentAct.EXTEND_WRAP_UP): _WRAP_UP,
    (_WRAP_UP, AgentAct.END_WRAP_UP): _READY,
    (_WRAP_UP, AgentAct.JOIN): _TALKING,
    (_WRAP_UP, AgentAct.PHONE_LOST): _WRAP_UP,
    (_PAUSED, AgentAct.SIGN_ON): _PAUSED,
    (_PAUSED, AgentAct.SIGN_OFF): _OFFLINE,
    (_PAUSED, AgentAct.READY): _READY,
    (_PAUSED, AgentAct.PAUSE): _PAUSED,
    (_PAUSED, AgentAct.JOIN): _TALKING,
    (_PAUSED, AgentAct.PHONE_LOST): _OFFLINE,
}
"""The one table of an agent's transitions: (state, act) → next state."""


def after(state: AgentState, act: AgentAct) -> AgentState:
    """Return the state an agent in `state` is in after `act`.

    Raises:
        TransitionRefused: the table does not list the act in this state.
    """
    following = TRANSITIONS.get((state, act))
    if following is None:
        raise TransitionRefused("坐席", state.value, act.value)
    return following
