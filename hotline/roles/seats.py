"""What a person's wish for a state means to the engine: which acts, in which order."""

from core.errors import Conflict, InvalidInput, NotFound
from routing.engine import Engine
from routing.engine_events import AgentPaused, AgentReady, AgentSignedOff, AgentSignedOn, EngineEvent, WrapUpDone
from routing.events import AgentState
from routing.service import AgentDirectory

_PAUSE_REASON = "rest"


class SeatDesk:
    """Turns `{state, reason}` from the desk into acts; signs an agent on first when needed."""

    def __init__(self, directory: AgentDirectory) -> None:
        self._directory = directory

    async def acts(self, agent_id: str, state: str, reason: str, engine: Engine) -> list[EngineEvent]:
        """Return the acts that bring the agent where he wants to be.

        Raises:
            NotFound: no such agent.
            InvalidInput: not a state a person may ask for (ready, paused, offline, wrap_up_done).
            Conflict: the agent's account is not active.
        """
        wish = _wish(agent_id, state, reason)
        if _is_signed_on(engine, agent_id):
            return [wish]
        agent = await self._directory.get(agent_id)
        if not agent.active:
            raise Conflict("该坐席已停用")
        return [AgentSignedOn(agent_id, agent.number), wish]


def _wish(agent_id: str, state: str, reason: str) -> EngineEvent:
    match state:
        case "ready":
            return AgentReady(agent_id)
        case "paused":
            return AgentPaused(agent_id, reason or _PAUSE_REASON)
        case "offline":
            return AgentSignedOff(agent_id)
        case "wrap_up_done":
            return WrapUpDone(agent_id)
    raise InvalidInput("state", "只能是 ready、paused、offline 或 wrap_up_done")


def _is_signed_on(engine: Engine, agent_id: str) -> bool:
    try:
        return engine.presence_of(agent_id).state is not AgentState.OFFLINE
    except NotFound:
        return False
