"""Events a second, cost a decision and memory of the ACD engine, side by side with a plain scan.

    uv run python -m bench.engine [--events 100000]

A steady state in virtual time: 20 queues, each wanting another skill at level 3 and after a minute at level 1; every
agent has four of the 20 skills at levels from 1 to 5 and serves their queues; five times as many calls wait as there
are agents, of three priorities. Every caller served is followed by a new one; one offer in ten meets a phone that
rejects, one caller in ten hangs up when he has waited long. Widening steps and wrap-ups come due as `TimePassed`.

An event is one call of `Engine.handle` with what comes of it, timers and offers included; about seven make a decision
(an offer): the call waits, the phone rings, is joined, ends, the caller is gone, and the moments at which a widening or
a wrap-up comes due (`TimePassed`; they are counted because the driver sends each of them, and in them most offers are
made). The table also gives the cost of a whole decision, whatever is called an event.

The events are recorded first and then handled again by fresh engines, in processor time: callers and phones are not in
the figures. Each stretch of 250 events counts by the best of three runs: the work is the same to the last step, and
what other programs on the machine take from the processor's caches is not the engine's. Ids are made as in production.
Memory is what the engine holds when all agents and waiting calls are there (tracemalloc), plan not counted.

The peer (`bench._engine_peer`) is no product: no routing library of this kind is published for Python. It is the loop
of TaskRouter's own description, written in the plainest way: for each decision go through the waiting calls by age and
priority, for each through the agents, and take the longest idle one whose skills suffice. It decides nothing else (no
trace, no strategies, no callbacks, no late events): that flatters the peer.
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

from bench._engine_peer import PlainScan
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
from routing.plan.document import AgentRule, Plan
from routing.plan.reading import read_plan
from routing.policy import Policy

SIZES = (200, 2_000, 20_000)
PEER_SIZES = SIZES[:2]
PEER_EVENTS = {200: 2_000, 2_000: 200}
WAITING_PER_AGENT = 5
SKILLS = [f"skill{number}" for number in range(20)]
SKILLS_PER_AGENT = 4
START = datetime(2026, 1, 5, tzinfo=UTC)
POLICY = Policy(wrap_up_seconds=20, missed_offers_to_pause=1_000_000_000)
REJECTED_SHARE = 0.1
ABANDONED_SHARE = 0.1
REPEATS = 3
STRETCH = 250
WIDEN_SECONDS = 60
OLDEST_SECONDS = 700.0
Handle = Callable[[EngineEvent, datetime], Sequence[object]]
Make = Callable[[Plan, Callable[[], str]], Handle]
"""Makes a fresh engine (or peer) from the plan and a source of ids."""
Step = tuple[EngineEvent, datetime]


@dataclass(frozen=True, slots=True)
class Recording:
    """The events of a run: `setup` fills the floor and turns it over, `steps` are measured; `ids` were given to it."""

    plan: Plan
    filled: int
    """Events of the set-up after which agents and waiting calls are all there."""
    setup: list[Step]
    steps: list[Step]
    ids: list[str]
    offers: int


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement: events a second of processor time, and what one offer with all its events costs."""

    rate: float
    decision_us: float
    megabytes: float = 0.0


def plan_for(agents: int) -> Plan:
    """Return a plan of 20 queues and skills, and so many agents with four skills each."""
    chance = random.Random(20)
    widen = [{"after_seconds": 60, "wants": {}}]
    queues = [
        {"name": name, "label": name, "wants": {name: 3}, "widen": [{**widen[0], "wants": {name: 1}}]}
        for name in SKILLS
    ]
    skills = [{"name": name, "label": name} for name in SKILLS]
    default = {"queues": SKILLS, "skills": dict.fromkeys(SKILLS, 3)}
    plan = read_plan({"default_queue": SKILLS[0], "skills": skills, "queues": queues, "agent_default": default})
    rules = []
    for number in range(agents):
        names = chance.sample(SKILLS, SKILLS_PER_AGENT)
        levels = {name: chance.randint(1, 5) for name in names}
        rules.append(AgentRule(number=str(10_000 + number), queues=tuple(names), skills=levels, agent_id=f"a{number}"))
    return plan.model_copy(update={"agents": tuple(rules)})


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
            self._do(AgentSignedOn(f"a{number}", str(10_000 + number)))
        for _ in range(agents * (WAITING_PER_AGENT + 1)):
            # as old as calls are in the steady state: else all would widen in one instant
            self._arrive(age=self._chance.uniform(0, OLDEST_SECONDS))
        for number in range(agents):
            self._do(AgentReady(f"a{number}"))

    def run(self, events: int) -> None:
        """Go on for so many events."""
        end = len(self.steps) + events
        while len(self.steps) < end:
            self._clock, _, event = heapq.heappop(self._due)
            self._do(event)
            if isinstance(event, CallGone):
                self._arrive()

    def _arrive(self, age: float = 0.0) -> None:
        call_id = f"call{next(self._numbers)}"
        queue = self._chance.choice(SKILLS)
        priority = self._chance.choice((0, 0, 0, 0, 0, 0, 0, 1, 1, 2))
        self._do(CallWaiting(call_id, queue, self._instant() - timedelta(seconds=age), priority=priority))
        if age < WIDEN_SECONDS:
            self._later(WIDEN_SECONDS + 0.001 - age, TimePassed())
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


def _engine(plan: Plan, make_id: Callable[[], str]) -> Handle:
    engine = Engine(POLICY, make_id, plan, 1)
    engine.handle(Restore(), START)
    return engine.handle


def _record(make: Make, agents: int, events: int) -> Recording:
    ids: list[str] = []

    def make_id() -> str:
        ids.append(new_id())
        return ids[-1]

    plan = plan_for(agents)
    world = World(agents, make(plan, make_id))
    filled = len(world.steps)
    # a turn-over first, so that ringing, talking, widening and wrap-up are mixed as in the steady state
    world.run(agents * 4)
    setup, world.offers = len(world.steps), 0
    world.run(events)
    return Recording(plan, filled, world.steps[:setup], world.steps[setup:], ids, world.offers)


def _set_up(make: Make, recording: Recording, upto: int | None = None) -> Handle:
    ids = iter(recording.ids)

    def make_id() -> str:
        new_id()
        return next(ids)

    handle = make(recording.plan, make_id)
    for event, now in recording.setup[:upto]:
        handle(event, now)
    return handle


def _seconds(handle: Handle, steps: Sequence[Step]) -> list[float]:
    """Return the processor time of each stretch of the measured steps."""
    taken = []
    for first in range(0, len(steps), STRETCH):
        stretch = steps[first : first + STRETCH]
        begun = time.process_time()
        for event, now in stretch:
            handle(event, now)
        taken.append(time.process_time() - begun)
    return taken


def _megabytes(make: Make, recording: Recording) -> float:
    tracemalloc.start()
    handle = _set_up(make, recording, recording.filled)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    del handle
    return held


def _measure(agents: int, events: int) -> Result:
    print(f"  engine, {agents:,} agents …", file=sys.stderr, flush=True)
    recording = _record(_engine, agents, events)
    gc.collect()
    gc.freeze()  # the recording is not the engine's: keep the collector from walking through it
    runs = [_seconds(_set_up(_engine, recording), recording.steps) for _ in range(REPEATS)]
    seconds = sum(map(min, *runs))
    megabytes = _megabytes(_engine, recording)
    gc.unfreeze()
    return Result(len(recording.steps) / seconds, seconds / recording.offers * 1e6, megabytes)


def _measure_peer(agents: int) -> Result:
    """Time the peer while it is driven (its callers cost next to nothing beside it): twice would take minutes."""
    print(f"  plain scan, {agents:,} agents …", file=sys.stderr, flush=True)
    peer = PlainScan(plan_for(agents), POLICY, new_id)
    world = World(agents, peer.handle)
    peer.filling = False
    world.run(20)  # the first of them rings everybody
    world.offers, events = 0, PEER_EVENTS[agents]
    begun = time.process_time()
    world.run(events)
    seconds = time.process_time() - begun
    return Result(events / seconds, seconds / max(1, world.offers) * 1e6)


def main() -> None:
    """Run all sizes and print the table; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000, help="events measured at each size")
    events = parser.parse_args().events
    # the peer's cost grows with the square of the size: the largest size would take hours
    peer = {size: _measure_peer(size) for size in PEER_SIZES}
    ours = {size: _measure(size, events) for size in SIZES}
    print(
        f"{'agents':>7} {'waiting':>8} {'engine':>12} {'a decision':>12} {'memory':>9} {'plain scan':>14} {'ratio':>7}"
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
        "megabytes_2000": round(middle.megabytes, 1),
        "megabytes_20000": round(large.megabytes, 1),
        "skills": len(SKILLS),
        "plain_scan_events_per_second_2000": round(peer[SIZES[1]].rate),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
