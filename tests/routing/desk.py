"""A desk for tests: an engine with a clock of its own, in virtual time."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from routing.engine import Engine
from routing.engine_events import (
    AgentReady,
    AgentSignedOn,
    CallWaiting,
    EngineEvent,
    LegJoined,
    Restore,
    RingAgent,
    TimePassed,
)
from routing.events import (
    AgentState,
    OfferOutcome,
)
from routing.plan.document import Plan
from routing.policy import Policy

T = TypeVar("T")
START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
OUTCOMES = [OfferOutcome.BUSY, OfferOutcome.REJECTED, OfferOutcome.NO_ANSWER, OfferOutcome.FAILED]


class Desk:
    """An engine with a clock of its own; endpoints are the agents' names with `8` before them."""

    def __init__(self, policy: Policy | None = None, plan: Plan | None = None) -> None:
        numbers = count(1)
        self.engine = Engine(policy or Policy(), lambda: f"id{next(numbers)}", plan, 1)
        self.now = START
        self.did: list[object] = []
        self.tell(Restore())

    def tell(self, *events: EngineEvent) -> list[object]:
        self.did = []
        for event in events:
            self.did += self.engine.handle(event, self.now)
        return self.did

    def later(self, seconds: float) -> list[object]:
        self.now += timedelta(seconds=seconds)
        return self.tell(TimePassed())

    def man(self, *names: str, queues: tuple[str, ...] = ("general",)) -> None:
        for name in names:
            self.tell(AgentSignedOn(name, "8" + name, queues), AgentReady(name))
            self.later(1)

    def call(self, call_id: str, queue: str = "general") -> list[object]:
        return self.tell(CallWaiting(call_id, queue, self.now))

    def rings(self) -> list[RingAgent]:
        return [one for one in self.did if isinstance(one, RingAgent)]

    def ring(self) -> RingAgent:
        (only,) = self.rings()
        return only

    def talk(self, call_id: str, queue: str = "general") -> RingAgent:
        self.call(call_id, queue)
        ring = self.ring()
        self.tell(LegJoined(ring.leg_id, call_id, ring.endpoint))
        return ring

    def state(self, name: str) -> AgentState:
        return self.engine.presence_of(name).state

    def reason(self, name: str) -> str:
        return self.engine.presence_of(name).reason

    def notices(self, kind: type[T]) -> list[T]:
        return [one for one in self.did if isinstance(one, kind)]
