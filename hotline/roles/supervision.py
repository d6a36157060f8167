"""Supervisors' requests to the engine that is in charge: running calls, waiting calls, agents who are logged out.

Who may ask is decided, and put on record, by the interface before it asks here; what is possible is decided here.
"""

from collections.abc import Callable
from typing import Any

from core.errors import Conflict, HotlineError, InvalidInput, NotFound
from core.settings import Settings
from core.wire import payload_of
from routing.engine import Engine
from routing.engine_events import (
    AgentPaused,
    AgentPresence,
    AgentReady,
    AgentSignedOff,
    CallAssigned,
    CallMoved,
    EngineEvent,
)
from routing.events import AgentState
from telephony.ami import AmiLink
from telephony.control import CallControl
from telephony.events import CallFact, LegEnded
from telephony.supervision.control import SupervisionControl, supervising
from telephony.supervision.verbs import Verb, scene_of

SUPERVISE = "hotline/rpc/engine/supervise"
"""`{call_id, verb, phone, agent_id}` → `{leg_id, agent_phone}`."""
STOP_SUPERVISING = "hotline/rpc/engine/stop-supervising"
"""`{phone}` → `{call_id}`."""
WAITING = "hotline/rpc/engine/waiting"
"""`{queue}` (empty: every queue) → `{calls: [WaitingCall, …]}`."""
MOVE_CALL = "hotline/rpc/engine/move-call"
"""`{call_id, by}` with `queue` or `agent_id` → `{}`."""
LOG_OUT = "hotline/rpc/engine/log-out"
"""`{agent_id, by}` → `{state}` (a talk is not cut: the agent is gone when it ends)."""

PAUSE_REASON = "supervising"
_BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING})


class SupervisionDesk:
    """Serves the requests.

    Args:
        link: the engine's link to the switch.
        control: verbs on it.
        settings: which queues are not supervised.
        engine: the ACD engine.
        feed: gives the engine an event and does what it commands.
    """

    def __init__(
        self,
        link: AmiLink,
        control: CallControl,
        settings: Settings,
        engine: Engine,
        feed: Callable[[EngineEvent], None],
    ) -> None:
        self._control = SupervisionControl(link, control, ring_seconds=settings.queue.offer_seconds)
        self._settings = settings
        self._engine = engine
        self._feed = feed
        self._paused: dict[str, str] = {}
        """Legs of supervisors whose seats were paused for them: agent ids."""

    def requests(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """Return the handler of each topic."""
        return {
            SUPERVISE: self._supervise,
            STOP_SUPERVISING: self._stop,
            WAITING: self._waiting,
            MOVE_CALL: self._move,
            LOG_OUT: self._log_out,
        }

    def note(self, fact: CallFact) -> None:
        """Take in what the switch does: a supervisor who is done takes calls again, if he did before."""
        if isinstance(fact, LegEnded) and fact.leg_id in self._paused:
            agent_id = self._paused.pop(fact.leg_id)
            seat = self._seat(agent_id)
            if seat is not None and (seat.state, seat.reason) == (AgentState.PAUSED, PAUSE_REASON):
                self._feed(AgentReady(agent_id))

    async def _supervise(self, request: dict[str, Any]) -> dict[str, object]:
        phone, agent_id = _text(request, "phone"), _text(request, "agent_id")
        verb = _verb(_text(request, "verb"))
        seat = self._seat(agent_id)
        legs = await self._control.legs()
        scene = scene_of(
            legs, _text(request, "call_id"), phone, verb, not_supervised=self._settings.queue.not_supervised
        )
        if scene.own is None and seat is not None and seat.state in _BUSY:
            raise Conflict("您正在接听或振铃,请先结束", code="phone_busy")
        ready = scene.own is None and seat is not None and seat.state is AgentState.READY
        if ready:
            self._feed(AgentPaused(agent_id, PAUSE_REASON))
        try:
            leg_id = await self._control.begin(verb, scene, phone)
        except HotlineError:
            if ready:
                self._feed(AgentReady(agent_id))
            raise
        if ready:
            self._paused[leg_id] = agent_id
        return {"leg_id": leg_id, "agent_phone": scene.agent.endpoint}

    async def _stop(self, request: dict[str, Any]) -> dict[str, object]:
        leg = supervising(await self._control.legs(), _text(request, "phone"))
        await self._control.end(leg)
        return {"call_id": leg.call_id}

    async def _waiting(self, request: dict[str, Any]) -> dict[str, object]:
        wanted = request.get("queue")
        queues = [str(wanted)] if wanted else self._engine.queues()
        return {"calls": [payload_of(call) for queue in queues for call in self._engine.waiting(queue)]}

    async def _move(self, request: dict[str, Any]) -> dict[str, object]:
        call_id, by = _text(request, "call_id"), _text(request, "by")
        queue, agent_id = request.get("queue"), request.get("agent_id")
        if bool(queue) == bool(agent_id):
            raise InvalidInput("queue", "须指定目标队列或目标坐席,二者之一")
        self._feed(CallMoved(call_id, str(queue), by) if queue else CallAssigned(call_id, str(agent_id), by))
        return {}

    async def _log_out(self, request: dict[str, Any]) -> dict[str, object]:
        agent_id = _text(request, "agent_id")
        self._feed(AgentSignedOff(agent_id, _text(request, "by")))
        return {"state": self._engine.presence_of(agent_id).state}

    def _seat(self, agent_id: str) -> AgentPresence | None:
        try:
            return self._engine.presence_of(agent_id)
        except NotFound:
            return None


def _text(request: dict[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(name, "缺少该项")
    return value


def _verb(text: str) -> Verb:
    try:
        return Verb(text)
    except ValueError:
        raise InvalidInput("verb", f"只能是 {'、'.join(Verb)}") from None
