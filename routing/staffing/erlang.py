"""Erlang C and Erlang A, exact and stable for thousands of agents (pure).

Erlang C (M/M/n): callers wait for ever. Erlang A (M/M/n+M): each gives up after an exponential patience. Sources:
Erlang 1917; Palm 1957; Garnett, Mandelbaum, Reiman 2002; Mandelbaum, Zeltyn 2005 (their building blocks E and J are
used here). Load is calls a second times handle time in seconds, in erlangs. Nothing is approximated.
"""

import math
from dataclasses import dataclass

_TINY = 1e-16
_HUGE = 1e250
MOST_AGENTS = 100_000


@dataclass(frozen=True, slots=True)
class Demand:
    """What calls ask of a queue."""

    calls_per_second: float
    handle_seconds: float
    """Mean of talk and wrap-up."""
    patience_seconds: float | None = None
    """Mean time after which a waiting caller gives up; None: never (Erlang C)."""

    @property
    def load(self) -> float:
        """Offered load in erlangs."""
        return self.calls_per_second * self.handle_seconds


@dataclass(frozen=True, slots=True)
class Performance:
    """What callers and agents get. Probabilities and shares 0 … 1, seconds."""

    agents: int
    service_level: float
    """Share of all calls that are answered within the time."""
    wait_probability: float
    average_speed_of_answer_seconds: float
    """Mean wait of all calls, in Erlang A with those who gave up; inf: it grows for ever."""
    abandon_rate: float
    occupancy: float


def erlang_c(agents: int, load: float) -> float:
    """Return the share of calls that must wait; 1 when the load is as much as the agents or more."""
    if load <= 0:
        return 0.0
    if load >= agents:
        return 1.0
    # C = n B / (n - a (1 - B)), written so that nothing cancels
    inverse = _inverse_b(agents, load)
    return 1.0 / (inverse - (load / agents) * (inverse - 1.0)) if math.isfinite(inverse) else 0.0


def performance(demand: Demand, agents: int, within_seconds: float) -> Performance:
    """Return what `agents` give to the demand, with service level `within_seconds`."""
    if demand.load <= 0:
        return Performance(agents, 1.0, 0.0, 0.0, 0.0, 0.0)
    if demand.patience_seconds is None:
        return _performance_c(demand, agents, within_seconds)
    if agents == 0:
        return Performance(0, 0.0, 1.0, demand.patience_seconds, 1.0, 0.0)
    return _performance_a(demand, demand.patience_seconds, agents, within_seconds)


def required_agents(
    demand: Demand, target: float, within_seconds: float, most_occupancy: float | None = None
) -> Performance:
    """Return the fewest agents that reach the service level (and stay below the occupancy), with what they give.

    Args:
        demand: what calls ask.
        target: service level, 0 < target < 1.
        within_seconds: answered within this time.
        most_occupancy: agents are not busier than this (0 … 1]; None: no limit.

    Raises:
        ValueError: target or limit is out of range, or more than `MOST_AGENTS` would be needed.
    """
    if not 0 < target < 1 or (most_occupancy is not None and not 0 < most_occupancy <= 1):
        raise ValueError("target must lie between 0 and 1, the occupancy limit above 0 and at most 1")
    if demand.load <= 0:
        return performance(demand, 0, within_seconds)

    def enough(agents: int) -> bool:
        given = performance(demand, agents, within_seconds)
        return given.service_level >= target and (most_occupancy is None or given.occupancy <= most_occupancy)

    low, high = 0, max(1, math.ceil(demand.load))
    while not enough(high):
        low, high = high, high + max(1, math.ceil(math.sqrt(high)))
        if high > MOST_AGENTS:
            raise ValueError(f"more than {MOST_AGENTS} agents would be needed")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return performance(demand, high, within_seconds)


def _inverse_b(agents: int, load: float) -> float:
    """1/B by its recursion 1/B(n) = 1 + n/a · 1/B(n-1): positive terms; inf where B is below the smallest number."""
    if load <= 0:
        return math.inf if agents else 1.0
    inverse = 1.0
    for number in range(1, agents + 1):
        inverse = 1.0 + number / load * inverse
    return inverse


def _performance_c(demand: Demand, agents: int, within: float) -> Performance:
    load, handle = demand.load, demand.handle_seconds
    if load >= agents:
        return Performance(agents, 0.0, 1.0, math.inf, 0.0, 1.0)
    waits = erlang_c(agents, load)
    spare = (agents - load) / handle
    return Performance(
        agents=agents,
        service_level=1.0 - waits * math.exp(-spare * within),
        wait_probability=waits,
        average_speed_of_answer_seconds=waits / spare,
        abandon_rate=0.0,
        occupancy=load / agents,
    )


def _performance_a(demand: Demand, patience: float, agents: int, within: float) -> Performance:
    """E = 1/B(n-1), J = ∫ exp(λH(x) - nμx) dx, H(x) = (1 - exp(-θx))/θ; everything is scaled by 1/(E + λJ)."""
    arrivals, served, leaves = demand.calls_per_second, agents / demand.handle_seconds, 1.0 / patience
    log_j = _log_j(served / leaves, arrivals / leaves) - math.log(leaves)
    inverse = _inverse_b(agents - 1, demand.load)
    log_e = math.log(inverse) if math.isfinite(inverse) else math.inf
    log_all = _log_add(log_e, math.log(arrivals) + log_j)
    waits = math.exp(math.log(arrivals) + log_j - log_all)
    not_waiting = -math.expm1(math.log(arrivals) + log_j - log_all) if waits < 1 else 0.0
    # P(abandon) = (1 + (λ - nμ) J) / (E + λJ); the sum of what is answered at once and later is its complement
    one = math.exp(-log_all)
    abandoned = min(1.0, max(0.0, one + (arrivals - served) / arrivals * waits))
    # answered within t: those not waiting, plus ∫_0^t of the density of the wait times the patience left
    growth = arrivals * -math.expm1(-leaves * within) / leaves - served * within
    log_tail = growth + _log_j(served / leaves, arrivals / leaves * math.exp(-leaves * within)) - math.log(leaves)
    in_time = math.exp(growth - log_all) - one
    in_time += served / arrivals * (waits - math.exp(math.log(arrivals) + log_tail - log_all))
    return Performance(
        agents=agents,
        service_level=min(1.0, max(0.0, not_waiting + in_time)),
        wait_probability=waits,
        average_speed_of_answer_seconds=abandoned * patience,
        abandon_rate=abandoned,
        occupancy=min(1.0, demand.load * (1.0 - abandoned) / agents),
    )


def _log_j(a: float, y: float) -> float:
    """Ln Σ y^k / (a (a+1) … (a+k)), k = 0, 1, …: J in units of the patience (an incomplete gamma function, scaled)."""
    term, total, scale, step = 1.0 / a, 1.0 / a, 0.0, a
    while True:
        step += 1.0
        term *= y / step
        total += term
        if total > _HUGE:
            term, total, scale = term / _HUGE, total / _HUGE, scale + math.log(_HUGE)
        # the rest is less than a geometric series once terms shrink
        if y < step and term * y < _TINY * total * (step - y):
            return math.log(total) + scale


def _log_add(one: float, other: float) -> float:
    big, small = max(one, other), min(one, other)
    return big if math.isinf(big) else big + math.log1p(math.exp(small - big))
