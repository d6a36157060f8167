"""Events a second and memory of the ACD engine, side by side with a plain linear scan.

    uv run python -m bench.engine [--events 100000]

A steady state in virtual time: every agent busy with talks and wrap-ups, five times as many calls waiting as agents,
every caller served is followed by a new one; one offer in ten meets a phone that rejects, one caller in ten hangs up
when he has waited long. The events of a run are recorded first and then handled again by a fresh engine in one go, in
processor time, the best of three: callers, phones and other programs on the machine are not in the figures. Ids are
made as in production. Memory is what the engine holds in the steady state (tracemalloc).

The peer answers the same events by looking through all waiting calls and all agents for each decision, as a queue
loop that keeps plain lists does. It is written here in the plainest way and decides nothing else (no trace, no guards,
no late events): it flatters the peer.
"""

import argparse
import gc
import heapq
import json
import random
import sys
import time
import tracemalloc
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
REJECTED_SHARE = 0.1
ABANDONED_SHARE = 0.1
REPEATS = 3
Handle = Callable[[EngineEvent, datetime], Sequence[object]]
Make = Callable[[Callable[[], str]], Handle]
"""Makes a fresh engine (or peer) from its source of ids."""
Step = tuple[EngineEvent, datetime]


@dataclass(frozen=True, slots=True)
class Recording:
    """The events of a run: `setup` fills the floor, `steps` are measured; `ids` are those the run was given."""

    setup: list[Step]
    steps: list[Step]
    ids: list[str]
    offers: int


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement: processor time for `events` events, and how many offers they led to."""

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
        """Time of all events that belong to one offer, in microseconds."""
        return self.seconds / self.offers * 1e6


class World:
    """Callers, phones and agents in virtual time, around whatever handles the events."""

    def __init__(self, agents: int, handle: Handle) -> None:
        self._handle = handle
        self._chance = random.Random(agents)
        self._numbers = count(1)
        self._due: list[tuple[float, int, EngineEvent]] = []
        self._clock = 0.0
        self.steps: list[Step] = []
        self.offers = 0
        for number in range(agents):
            self._do(AgentSignedOn(f"agent{number}", str(10_000 + number)))
            self._do(AgentReady(f"agent{number}"))
        for _ in range(agents * (WAITING_PER_AGENT + 1)):
            self._arrive()

    def run(self, events: int) -> None:
        """Go on for so many events."""
        end = len(self.steps) + events
        while len(self.steps) < end:
            self._clock, _, event = heapq.heappop(self._due)
            self._do(event)
            if isinstance(event, CallGone):
                self._arrive()

    def _arrive(self) -> None:
        call_id = f"call{next(self._numbers)}"
        self._do(CallWaiting(call_id, "general", self._instant()))
        if self._chance.random() < ABANDONED_SHARE:
            self._later(self._chance.expovariate(1 / 300), CallGone(call_id))

    def _do(self, event: EngineEvent) -> None:
        now = self._instant()
        self.steps.append((event, now))
        for command in self._handle(event, now):
            if isinstance(command, RingAgent):
                self._ring(command)
        if isinstance(event, LegEnded):
            self._later(POLICY.wrap_up_seconds + 0.001, TimePassed())

    def _ring(self, ring: RingAgent) -> None:
        self.offers += 1
        self._later(0.01, OfferRinging(ring.leg_id))
        answer = self._chance.uniform(1, 5)
        if self._chance.random() < REJECTED_SHARE:
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

    def __init__(self, make_id: Callable[[], str]) -> None:
        self._make_id = make_id
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
            ring = RingAgent(self._make_id(), self._make_id(), call[1], str(idle["id"]), str(idle["endpoint"]), 20)
            self._legs[ring.leg_id] = (call[1], idle)
            rings.append(ring)
        return rings


def _engine(make_id: Callable[[], str]) -> Handle:
    engine = Engine(POLICY, make_id)
    engine.handle(Restore(), START)
    return engine.handle


def _peer(make_id: Callable[[], str]) -> Handle:
    return LinearScan(make_id).handle


def _record(make: Make, agents: int, events: int) -> Recording:
    ids: list[str] = []

    def make_id() -> str:
        ids.append(new_id())
        return ids[-1]

    world = World(agents, make(make_id))
    # a turn-over first, so that ringing, talking and wrap-up are mixed as in the steady state
    world.run(agents * 4)
    setup, world.offers = len(world.steps), 0
    world.run(events)
    return Recording(world.steps[:setup], world.steps[setup:], ids, world.offers)


def _replay(make: Make, recording: Recording) -> float:
    """Return the seconds of processor time that the measured steps take."""
    handle = _set_up(make, recording)
    begun = time.process_time()
    for event, now in recording.steps:
        handle(event, now)
    return time.process_time() - begun


def _set_up(make: Make, recording: Recording) -> Handle:
    ids = iter(recording.ids)

    def make_id() -> str:
        new_id()
        return next(ids)

    gc.collect()
    handle = make(make_id)
    for event, now in recording.setup:
        handle(event, now)
    return handle


def _megabytes(make: Make, recording: Recording) -> float:
    tracemalloc.start()
    handle = _set_up(make, recording)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    del handle
    return held


def _measure(name: str, make: Make, agents: int, events: int) -> Result:
    print(f"  {name}, {agents:,} agents …", file=sys.stderr, flush=True)
    recording = _record(make, agents, events)
    gc.collect()
    gc.freeze()  # the recording is not the engine's: keep the collector from walking through it
    seconds = min(_replay(make, recording) for _ in range(REPEATS))
    megabytes = _megabytes(make, recording)
    gc.unfreeze()
    return Result(len(recording.steps), recording.offers, seconds, megabytes)


def main() -> None:
    """Run all sizes and print the table; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000, help="events measured at each size")
    events = parser.parse_args().events
    # the peer's cost grows with the square of the size: fewer events, and the largest size would take hours
    peer = {size: _measure("linear scan", _peer, size, min(events, 4_000_000 // size)) for size in SIZES[:2]}
    ours = {size: _measure("engine", _engine, size, events) for size in SIZES}
    print(
        f"{'agents':>7} {'waiting':>8} {'engine':>12} {'a decision':>12} {'memory':>9} {'linear scan':>14} {'ratio':>7}"
    )
    for size, one in ours.items():
        scan = peer.get(size)
        beside = f"{scan.rate:>10,.0f} e/s {one.rate / scan.rate:>6.0f}x" if scan else f"{'–':>14} {'–':>7}"
        print(
            f"{size:>7,} {size * WAITING_PER_AGENT:>8,} {one.rate:>8,.0f} e/s {one.decision_us:>9.1f} us "
            f"{one.megabytes:>6.1f} MB {beside}"
        )
    middle, large = ours[SIZES[1]], ours[SIZES[2]]
    figures = {
        "events_per_second_2000": round(middle.rate),
        "events_per_second_20000": round(large.rate),
        "cost_ratio_10x": round(large.decision_us / middle.decision_us, 3),
        "linear_scan_events_per_second_2000": round(peer[SIZES[1]].rate),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
