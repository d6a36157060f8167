"""The peer of `bench.engine`: each decision goes through the waiting calls, and for each through the agents."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.engine_events import (
    AgentReady,
    AgentSignedOn,
    CallGone,
    CallWaiting,
    EngineEvent,
    LegEnded,
    OfferFailed,
    RingAgent,
)
from routing.plan.document import Plan
from routing.policy import Policy


@dataclass(slots=True)
class _Agent:
    agent_id: str
    endpoint: str
    skills: dict[str, int]
    free_at: datetime
    busy: bool = True


@dataclass(slots=True)
class _Call:
    call_id: str
    skill: str
    entered_at: datetime
    priority: int


class PlainScan:
    """Lists of calls and agents, looked through from the front."""

    def __init__(self, plan: Plan, policy: Policy, make_id: Callable[[], str]) -> None:
        self._skills = {one.agent_id: one.skills for one in plan.agents}
        self._policy = policy
        self._make_id = make_id
        self._calls: list[_Call] = []
        self._agents: dict[str, _Agent] = {}
        self._legs: dict[str, tuple[_Call, _Agent]] = {}
        self.filling = True
        """No decision is made while the floor is filled: filling it would take many minutes."""

    def handle(self, event: EngineEvent, now: datetime) -> list[RingAgent]:
        """Answer one event as the engine would."""
        if isinstance(event, AgentSignedOn):
            skills = self._skills[event.agent_id]
            self._agents[event.agent_id] = _Agent(event.agent_id, event.endpoint, skills, now)
        elif isinstance(event, AgentReady):
            self._agents[event.agent_id].busy = False
        elif isinstance(event, CallWaiting):
            self._calls.append(_Call(event.call_id, event.queue, event.entered_at, event.priority or 0))
        elif isinstance(event, CallGone):
            self._calls = [one for one in self._calls if one.call_id != event.call_id]
        elif isinstance(event, OfferFailed):
            call, agent = self._legs.pop(event.leg_id)
            self._calls.append(call)
            agent.busy, agent.free_at = False, now + timedelta(seconds=self._policy.cool_down_seconds)
        elif isinstance(event, LegEnded):
            _, agent = self._legs.pop(event.leg_id)
            agent.busy, agent.free_at = False, now + timedelta(seconds=self._policy.wrap_up_seconds)
        return [] if self.filling else self._match(now)

    def _match(self, now: datetime) -> list[RingAgent]:
        rings: list[RingAgent] = []
        idle = [one for one in self._agents.values() if not one.busy and one.free_at <= now]
        if not idle:
            return rings
        for call in sorted(self._calls, key=lambda one: one.entered_at - timedelta(minutes=one.priority)):
            level = 3 if (now - call.entered_at).total_seconds() < 60 else 1  # noqa: PLR2004 - as in the plan
            fitting = [one for one in idle if one.skills.get(call.skill, 0) >= level]
            if fitting:
                agent = min(fitting, key=lambda one: one.free_at)
                idle.remove(agent)
                self._calls.remove(call)
                agent.busy = True
                ring = RingAgent(self._make_id(), self._make_id(), call.call_id, agent.agent_id, agent.endpoint, 20)
                self._legs[ring.leg_id] = (call, agent)
                rings.append(ring)
            if not idle:
                break
        return rings
