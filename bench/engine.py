"""Events a second and memory of the ACD engine, side by side with a plain linear scan.

    uv run python -m bench.engine [--seconds 3]

A steady state in virtual time: every agent busy with talks and wrap-ups, five times as many calls waiting as agents,
every caller served is followed by a new one; one call in ten meets a phone that rejects, one in ten a caller who hangs
up while he waits. Each handled event counts; what the driver would do with the commands is not in the time.

The peer answers the same events by looking through all waiting calls and all agents for each decision, as a queue
loop that keeps plain lists does. It is written here in the plainest way and decides nothing else (no trace, no guards,
no late events): it flatters the peer.
"""

import argparse
import gc
import heapq
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from core.ids import new_id
from routing.engine import Engine
from routing.engine_events import (
    AgentReady,
    AgentSignedOn,
    CallGone,
    CallWaiting,
    EngineEvent,
    LegEnded,
    LegJoined,
    OfferFailed,
    OfferRinging,
    Restore,
    RingAgent,
    TimePassed,
)
from routing.events import OfferOutcome
from routing.policy import Policy

SIZES = (200, 2_000, 20_000)
WAITING_PER_AGENT = 5
START = datetime(2026, 1, 5, tzinfo=UTC)
POLICY = Policy(wrap_up_seconds=20, missed_offers_to_pause=1_000_000_000)
Handle = Callable[[EngineEvent, datetime], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Result:
    """One run: `seconds` of handling for `events` events, and how many of them led to an offer."""

    agents: int
    events: int
    offers: int
    seconds: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def decision_us(self) -> float:
        """Time for all events of one offer, in microseconds."""
        return self.seconds / self.offers * 1e6


class World:
    """Callers, phones and agents in virtual time, around whatever handles the events."""

    def __init__(self, agents: int, handle: Handle) -> None:
        self._handle = handle
        self._chance = random.Random(agents)
        self._numbers = count(1)
        self._due: list[tuple[float, int, EngineEvent]] = []
        self._clock = 0.0
        self._waiting: list[str] = []
        self.events = 0
        self.offers = 0
        self.spent = 0.0
        for number in range(agents):
            self._do(AgentSignedOn(f"agent{number}", str(10_000 + number)))
            self._do(AgentReady(f"agent{number}"))
        for _ in range(agents * (WAITING_PER_AGENT + 1)):
            self._arrive()

    def run(self, seconds: float) -> None:
        """Go on until so many real seconds of handling have been spent."""
        self.events = self.offers = 0
        self.spent = 0.0
        while self.spent < seconds:
            due, _, event = heapq.heappop(self._due)
            self._clock = due
            self._do(event)
            if isinstance(event, CallGone):
                self._arrive()

    def _arrive(self) -> None:
        call_id = f"call{next(self._numbers)}"
        self._do(CallWaiting(call_id, "general", self._instant()))
        if self._chance.random() < 0.1:
            self._later(self._chance.expovariate(1 / 300), CallGone(call_id))

    def _do(self, event: EngineEvent) -> None:
        now = self._instant()
        begun = time.perf_counter()
        commands = self._handle(event, now)
        self.spent += time.perf_counter() - begun
        self.events += 1
        for command in commands:
            if isinstance(command, RingAgent):
                self._ring(command)
        if isinstance(event, LegEnded):
            self._later(POLICY.wrap_up_seconds + 0.001, TimePassed())

    def _ring(self, ring: RingAgent) -> None:
        self.offers += 1
        self._later(0.01, OfferRinging(ring.leg_id))
        answer = self._chance.uniform(1, 5)
        if self._chance.random() < 0.1:
            self._later(answer, OfferFailed(ring.leg_id, OfferOutcome.REJECTED))
            self._later(answer + POLICY.cool_down_seconds + 0.001, TimePassed())
            return
        talk = answer + self._chance.expovariate(1 / 120)
        self._later(answer, LegJoined(ring.leg_id, ring.call_id, ring.endpoint))
        self._later(talk, LegEnded(ring.leg_id))
        self._later(talk + 0.01, CallGone(ring.call_id))

    def _later(self, seconds: float, event: EngineEvent) -> None:
        heapq.heappush(self._due, (self._clock + seconds, next(self._numbers), event))

    def _instant(self) -> datetime:
        return START + timedelta(seconds=self._clock)


class LinearScan:
    """The plain peer: lists of calls and agents, looked through from the front for each decision."""

    def __init__(self) -> None:
        self._calls: list[tuple[datetime, str]] = []
        self._agents: list[dict[str, object]] = []
        self._legs: dict[str, tuple[str, dict[str, object]]] = {}

    def handle(self, event: EngineEvent, now: datetime) -> list[RingAgent]:
        """Answer one event as the engine would."""
        if isinstance(event, AgentSignedOn):
            self._agents.append({"id": event.agent_id, "endpoint": event.endpoint, "free": now, "busy": True})
        elif isinstance(event, AgentReady):
            self._agents[-1]["busy"] = False
        elif isinstance(event, CallWaiting):
            self._calls.append((event.entered_at, event.call_id))
        elif isinstance(event, CallGone):
            self._calls = [one for one in self._calls if one[1] != event.call_id]
        elif isinstance(event, OfferFailed):
            call_id, agent = self._legs.pop(event.leg_id)
            self._calls.append((now, call_id))
            agent.update(busy=False, free=now + timedelta(seconds=POLICY.cool_down_seconds))
        elif isinstance(event, LegEnded):
            _, agent = self._legs.pop(event.leg_id)
            agent.update(busy=False, free=now + timedelta(seconds=POLICY.wrap_up_seconds))
        return self._match(now)

    def _match(self, now: datetime) -> list[RingAgent]:
        rings = []
        while self._calls:
            idle: dict[str, object] | None = None
            for agent in self._agents:
                free = agent["free"]
                assert isinstance(free, datetime)
                if not agent["busy"] and free <= now and (idle is None or free < idle["free"]):  # type: ignore[operator]
                    idle = agent
            if idle is None:
                break
            call = min(self._calls)
            self._calls.remove(call)
            idle["busy"] = True
            ring = RingAgent(new_id(), new_id(), call[1], str(idle["id"]), str(idle["endpoint"]), 20)
            self._legs[ring.leg_id] = (call[1], idle)
            rings.append(ring)
        return rings


def _engine() -> Handle:
    engine = Engine(POLICY, new_id)
    engine.handle(Restore(), START)
    return engine.handle


def _resident_megabytes() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - one line of /proc
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def _measure(make: Callable[[], Handle], agents: int, seconds: float, name: str) -> Result:
    print(f"  {name}, {agents} agents …", file=sys.stderr, flush=True)
    gc.collect()
    before = _resident_megabytes()
    world = World(agents, make())
    # one virtual turn-over first, so that ringing, talking and wrap-up are mixed as in the steady state
    world.run(seconds / 3)
    world.run(seconds)
    return Result(agents, world.events, world.offers, world.spent, _resident_megabytes() - before)


def main() -> None:
    """Run all sizes and print the table; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds of handling a size")
    seconds = parser.parse_args().seconds
    ours = {size: _measure(_engine, size, seconds, "engine") for size in SIZES}
    peer = {size: _measure(lambda: LinearScan().handle, size, seconds, "linear scan") for size in SIZES[:2]}
    print(
        f"{'agents':>7} {'waiting':>8} {'engine':>12} {'a decision':>12} {'memory':>9} {'linear scan':>14} {'ratio':>7}"
    )
    for size, one in ours.items():
        scan = peer.get(size)
        beside = f"{scan.rate:>10,.0f} e/s {one.rate / scan.rate:>6.0f}x" if scan else f"{'–':>14} {'–':>7}"
        print(
            f"{size:>7,} {size * WAITING_PER_AGENT:>8,} {one.rate:>8,.0f} e/s {one.decision_us:>9.1f} us "
            f"{one.megabytes:>6.0f} MB {beside}"
        )
    print(
        json.dumps(
            {
                "events_per_second_2000": round(ours[2_000].rate),
                "events_per_second_20000": round(ours[20_000].rate),
                "cost_ratio_10x": round(ours[2_000].rate / ours[20_000].rate, 3),
                "linear_scan_events_per_second_2000": round(peer[2_000].rate),
            }
        )
    )


if __name__ == "__main__":
    main()
