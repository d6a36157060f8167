"""The real engine in virtual time against queueing theory: Erlang C (callers wait for ever), Erlang A (they give up).

The mean of the some ten thousand calls that the engine handles in a test's time strays by a few percent by itself. So
two things are shown of each: every single wait of the engine equals that of the plain recursion on the same draws, and
over a million calls that recursion comes within 2 % of the formula. Directly the engine is shown once for each as well.
"""

import heapq
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from math import factorial, inf

import pytest

from routing.engine import Engine
from routing.engine_events import (
    AgentReady,
    AgentSignedOn,
    CallGone,
    CallWaiting,
    EngineEvent,
    LegEnded,
    LegJoined,
    Restore,
    RingAgent,
)
from routing.events import CallLeftQueue
from routing.policy import Policy

START = datetime(2026, 1, 5, tzinfo=UTC)
TALK_SECONDS = 100.0
WARM_UP_CALLS = 500
SEED_C, SEED_A = 5, 5


def erlang_c_wait(agents: int, load: float) -> float:
    """Mean wait in seconds over all calls, `load` in erlangs (Erlang 1917; e.g. Gross & Harris, M/M/c)."""
    all_busy = load**agents / factorial(agents) * agents / (agents - load)
    probability = all_busy / (sum(load**k / factorial(k) for k in range(agents)) + all_busy)
    return probability * TALK_SECONDS / (agents - load)


def erlang_a(agents: int, load: float, patience: float) -> tuple[float, float]:
    """Share of callers who give up, and mean wait of all in seconds: M/M/c+M (Palm 1957) by its birth-death chain."""
    weight, weights = 1.0, [1.0]
    rate, service, leaving = load / TALK_SECONDS, 1 / TALK_SECONDS, 1 / patience
    for calls in range(1, 2_000):
        weight *= rate / (min(calls, agents) * service + max(0, calls - agents) * leaving)
        weights.append(weight)
    waiting = sum(max(0, n - agents) * one for n, one in enumerate(weights)) / sum(weights)
    # Little's law: the queue's mean length is the rate of arrivals times the mean wait
    return waiting * leaving / rate, waiting / rate


@dataclass
class Draws:
    """Times between arrivals, lengths of talks and patience, all exponential, in seconds."""

    gaps: list[float]
    talks: list[float]
    patience: list[float]


def draw(load: float, calls: int, seed: int, patience: float = inf) -> Draws:
    chance = random.Random(seed)
    return Draws(
        [chance.expovariate(load / TALK_SECONDS) for _ in range(calls)],
        [chance.expovariate(1 / TALK_SECONDS) for _ in range(calls)],
        [inf if patience == inf else chance.expovariate(1 / patience) for _ in range(calls)],
    )


def recursion(agents: int, draws: Draws) -> list[float]:
    """The waits of a first-come queue from its draws alone (Kiefer and Wolfowitz 1955; with patience Baccelli 1984)."""
    free, clock, waits, talks = [0.0] * agents, 0.0, [], iter(draws.talks)
    for gap, patience in zip(draws.gaps, draws.patience, strict=True):
        clock += gap
        wait = max(0.0, free[0] - clock)
        if wait < patience:
            heapq.heapreplace(free, clock + wait + next(talks))
        waits.append(min(wait, patience))
    return waits


class VirtualHotline:
    """Callers, phones and agents in virtual time around the real engine; phones answer at once, no wrap-up."""

    def __init__(self, agents: int, draws: Draws) -> None:
        self._numbers = count(1)
        self._draws = draws
        self._lengths = iter(draws.talks)
        self._due: list[tuple[float, int, EngineEvent]] = []
        self._engine = Engine(Policy(wrap_up_seconds=0, trace_candidates=0), lambda: f"id{next(self._numbers)}")
        self._engine.handle(Restore(), START)
        for number in range(agents):
            self._engine.handle(AgentSignedOn(f"a{number}", f"8{number}"), START)
            self._engine.handle(AgentReady(f"a{number}"), START)

    def run(self) -> dict[str, float]:
        """Return how long each call waited."""
        clock, left = 0.0, []
        for number, (gap, patience) in enumerate(zip(self._draws.gaps, self._draws.patience, strict=True)):
            clock += gap
            left += self._until(clock)
            call_id = f"call{number}"
            if patience < inf:
                self._later(clock + patience, CallGone(call_id))
            left += self._do(clock, CallWaiting(call_id, "general", START + timedelta(seconds=clock)))
        left += self._until(inf)
        return {one.call_id: one.waited_seconds for one in left}

    def _until(self, end: float) -> list[CallLeftQueue]:
        left = []
        while self._due and self._due[0][0] <= end:
            clock, _, event = heapq.heappop(self._due)
            left += self._do(clock, event)
        return left

    def _do(self, clock: float, event: EngineEvent) -> list[CallLeftQueue]:
        commands = self._engine.handle(event, START + timedelta(seconds=clock))
        left = [one for one in commands if isinstance(one, CallLeftQueue)]
        for ring in commands:
            if isinstance(ring, RingAgent):
                left += self._do(clock, LegJoined(ring.leg_id, ring.call_id, ring.endpoint))
                self._later(clock + next(self._lengths), LegEnded(ring.leg_id))
        return left

    def _later(self, clock: float, event: EngineEvent) -> None:
        heapq.heappush(self._due, (clock, next(self._numbers), event))


def simulated(agents: int, draws: Draws) -> list[float]:
    """The waits when the engine decides, in the order the calls came."""
    waits = VirtualHotline(agents, draws).run()
    return [waits[f"call{number}"] for number in range(len(draws.gaps))]


def mean(waits: list[float]) -> float:
    return sum(waits[WARM_UP_CALLS:]) / len(waits[WARM_UP_CALLS:])


@pytest.mark.parametrize(
    ("agents", "load", "patience"), [(1, 0.8, inf), (3, 2.9, inf), (20, 19.0, inf), (3, 4.0, 60.0), (12, 12.0, 120.0)]
)
def test_every_single_wait_is_that_of_a_first_come_queue(agents: int, load: float, patience: float) -> None:
    draws = draw(load, 1_500, 1, patience)
    # both sides round instants to microseconds in their own way
    assert simulated(agents, draws) == pytest.approx(recursion(agents, draws), abs=0.01)


def test_the_engines_mean_wait_is_that_of_erlang_c_within_two_percent() -> None:
    waits = simulated(2, draw(1.0, 20_000, SEED_C))
    assert mean(waits) == pytest.approx(erlang_c_wait(2, 1.0), rel=0.02)


def test_when_callers_give_up_the_engines_mean_wait_is_that_of_erlang_a_within_two_percent() -> None:
    waits = simulated(5, draw(5.0, 20_000, SEED_A, 60.0))
    assert mean(waits) == pytest.approx(erlang_a(5, 5.0, 60.0)[1], rel=0.02)


@pytest.mark.parametrize(("agents", "load"), [(5, 3.5), (12, 9.0)])
def test_over_a_million_calls_the_queue_that_the_engine_equals_has_the_mean_wait_of_erlang_c(
    agents: int, load: float
) -> None:
    assert mean(recursion(agents, draw(load, 1_000_000, 2))) == pytest.approx(erlang_c_wait(agents, load), rel=0.02)


@pytest.mark.parametrize(("agents", "load", "patience"), [(5, 5.0, 60.0), (12, 14.0, 120.0)])
def test_over_many_more_calls_wait_and_share_of_those_who_give_up_are_those_of_erlang_a(
    agents: int, load: float, patience: float
) -> None:
    draws = draw(load, 400_000, 1, patience)
    waits = recursion(agents, draws)
    share, wait = erlang_a(agents, load, patience)
    given_up = sum(waited == limit for waited, limit in zip(waits, draws.patience, strict=True))
    assert mean(waits) == pytest.approx(wait, rel=0.02)
    assert given_up / len(waits) == pytest.approx(share, rel=0.02)


def test_the_formulas_give_the_published_values() -> None:
    # M/M/1: W = rho / (1 - rho) service times
    assert erlang_c_wait(1, 0.5) == pytest.approx(TALK_SECONDS)
    # with endless patience nobody gives up and Erlang A is Erlang C
    share, wait = erlang_a(5, 3.5, 1e9)
    assert share == pytest.approx(0, abs=1e-6)
    assert wait == pytest.approx(erlang_c_wait(5, 3.5), rel=1e-4)
