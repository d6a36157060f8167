"""The real engine in virtual time against queueing theory: M/M/c with first come, first served (Erlang C)."""

import heapq
import random
from datetime import UTC, datetime, timedelta
from itertools import count
from math import factorial

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


def erlang_c_wait(agents: int, load: float) -> float:
    """Mean wait in seconds over all calls, `load` in erlangs (Erlang 1917; e.g. Gross & Harris, M/M/c)."""
    all_busy = load**agents / factorial(agents) * agents / (agents - load)
    probability = all_busy / (sum(load**k / factorial(k) for k in range(agents)) + all_busy)
    return probability * TALK_SECONDS / (agents - load)


def recursion(agents: int, gaps: list[float], talks: list[float]) -> list[float]:
    """The waits of a first-come queue from its arrivals and talks alone (Kiefer and Wolfowitz 1955)."""
    free, clock, waits = [0.0] * agents, 0.0, []
    for gap, talk in zip(gaps, talks, strict=True):
        clock += gap
        begin = max(clock, heapq.heappop(free))
        heapq.heappush(free, begin + talk)
        waits.append(begin - clock)
    return waits


def draw(load: float, calls: int, seed: int) -> tuple[list[float], list[float]]:
    """Times between arrivals and lengths of talks, both exponential, in seconds."""
    chance = random.Random(seed)
    return (
        [chance.expovariate(load / TALK_SECONDS) for _ in range(calls)],
        [chance.expovariate(1 / TALK_SECONDS) for _ in range(calls)],
    )


def simulated(agents: int, gaps: list[float], talks: list[float]) -> list[float]:
    """The waits when the engine decides; phones are answered at once, there is no wrap-up."""
    calls, lengths, numbers = len(gaps), iter(talks), count(1)
    engine = Engine(Policy(wrap_up_seconds=0, trace_candidates=0), lambda: f"id{next(numbers)}")
    for event in (
        Restore(),
        *(e for n in range(agents) for e in (AgentSignedOn(f"a{n}", f"8{n}"), AgentReady(f"a{n}"))),
    ):
        engine.handle(event, START)
    due: list[tuple[float, int, EngineEvent | None]] = [(gaps[0], 0, None)]
    arrived, waits = 0, []
    while due:
        clock, _, event = heapq.heappop(due)
        now = START + timedelta(seconds=clock)
        if event is None:
            arrived += 1
            event = CallWaiting(f"call{arrived}", "general", now)
            if arrived < calls:
                heapq.heappush(due, (clock + gaps[arrived], next(numbers), None))
        for command in engine.handle(event, now):
            if isinstance(command, RingAgent):
                end = clock + next(lengths)
                heapq.heappush(
                    due, (clock, next(numbers), LegJoined(command.leg_id, command.call_id, command.endpoint))
                )
                heapq.heappush(due, (end, next(numbers), LegEnded(command.leg_id)))
                heapq.heappush(due, (end, next(numbers), CallGone(command.call_id)))
            elif isinstance(command, CallLeftQueue):
                waits.append(command.waited_seconds)
    return waits


@pytest.mark.parametrize(("agents", "load"), [(1, 0.8), (3, 2.9), (20, 19.0)])
def test_every_single_wait_is_that_of_a_first_come_queue(agents: int, load: float) -> None:
    gaps, talks = draw(load, 3_000, seed=1)
    # both sides round instants to microseconds in their own way
    assert simulated(agents, gaps, talks) == pytest.approx(recursion(agents, gaps, talks), abs=0.01)


def test_the_mean_wait_is_that_of_erlang_c() -> None:
    waits = simulated(5, *draw(3.5, 25_000, seed=12345))
    assert len(waits) == 25_000
    assert sum(waits) / len(waits) == pytest.approx(erlang_c_wait(5, 3.5), rel=0.05)


def test_over_many_more_calls_the_queue_that_the_engine_equals_comes_within_two_percent_of_erlang_c() -> None:
    waits = recursion(5, *draw(3.5, 600_000, seed=12345))
    assert sum(waits) / len(waits) == pytest.approx(erlang_c_wait(5, 3.5), rel=0.02)


def test_the_formula_gives_the_published_value() -> None:
    # M/M/1: W = rho / (1 - rho) service times
    assert erlang_c_wait(1, 0.5) == pytest.approx(TALK_SECONDS)
