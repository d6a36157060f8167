"""Erlang C and A against published values, an exact recount of the Markov chain, and each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.staffing.erlang import Demand, erlang_c, performance, required_agents

HALF_HOUR = 1800.0


@pytest.mark.parametrize(
    ("agents", "load"), [(5, 1.36), (10, 4.46), (18, 10.44), (20, 12.03), (50, 37.90), (100, 84.06)]
)
def test_erlang_c_agrees_with_the_traffic_tables_of_erlang_b(agents: int, load: float) -> None:
    # load, to two decimals, at which 1 % of the calls are lost
    assert lost(agents, load - 0.01) < 0.01 < lost(agents, load + 0.01)


def lost(agents: int, load: float) -> float:
    """Erlang B of Erlang C: C = n B / (n - a (1 - B))."""
    waiting = erlang_c(agents, load)
    return waiting * (agents - load) / (agents - load * waiting)


def test_erlang_c_gives_the_textbook_example_of_100_calls_of_three_minutes_in_half_an_hour() -> None:
    # callcentrehelper.com, "Erlang C formula - made simple with an easy worked example": 10 erlangs, 80 % in 20 s
    found = required_agents(Demand(100 / HALF_HOUR, 180), 0.8, 20)
    assert found.agents == 14
    assert found.wait_probability == pytest.approx(0.174, abs=0.0005)
    assert found.service_level == pytest.approx(0.888, abs=0.0005)
    assert found.average_speed_of_answer_seconds == pytest.approx(7.8, abs=0.05)
    assert found.occupancy == pytest.approx(0.714, abs=0.0005)


def test_erlang_a_gives_the_published_comparison_of_fifty_agents() -> None:
    # Gans, Koole, Mandelbaum 2003 (after Garnett et al.): 48 calls a minute, one minute each, patience two minutes
    demand = Demand(48 / 60, 60)
    impatient = performance(Demand(48 / 60, 60, 120), 50, 20)
    assert impatient.abandon_rate == pytest.approx(0.031, abs=0.0005)
    assert impatient.average_speed_of_answer_seconds == pytest.approx(3.7, abs=0.05)
    assert impatient.occupancy == pytest.approx(0.93, abs=0.005)
    patient = performance(demand, 50, 20)
    assert patient.average_speed_of_answer_seconds == pytest.approx(20.8, abs=0.05)
    assert patient.occupancy == pytest.approx(0.96)


def test_erlang_a_agrees_with_the_example_in_the_guide_of_pyworkforce() -> None:
    # pyworkforce (PyPI) solves the Markov chain: ErlangA(transactions=100, aht=3, asa=20/60, interval=30, patience=5)
    found = required_agents(Demand(100 / HALF_HOUR, 180, 300), 0.8, 20, 0.85)
    assert found.agents == 13
    assert found.service_level == pytest.approx(0.858, abs=0.001)
    assert found.occupancy == pytest.approx(0.750, abs=0.001)
    assert found.abandon_rate == pytest.approx(0.025, abs=0.001)
    assert found.wait_probability == pytest.approx(0.226, abs=0.001)
    assert found.average_speed_of_answer_seconds == pytest.approx(0.125 * 60, abs=0.05)


def chain(demand: Demand, agents: int, within: float, longest: int) -> tuple[float, float, float]:
    """Waiting, abandoning, service level: from the balance equations, and the forward equations of one waiting call."""
    assert demand.patience_seconds is not None
    mu, theta = 1 / demand.handle_seconds, 1 / demand.patience_seconds
    states = np.ones(agents + longest)
    for n in range(1, len(states)):
        states[n] = states[n - 1] * demand.calls_per_second / (min(n, agents) * mu + max(0, n - agents) * theta)
    states /= states.sum()
    queue = np.arange(len(states)) - agents
    abandoning = theta * float(states[queue > 0] @ queue[queue > 0]) / demand.calls_per_second
    # a call that finds k others waiting: they and the busy agents go one by one, meanwhile it may give up itself
    steps = 4000
    dt = within / steps
    found = states[agents:]
    place = found.copy()
    served = 0.0
    rates = agents * mu + np.arange(len(found)) * theta
    for _ in range(steps):
        middle = place + dt / 2 * _flow(place, rates, theta)
        served += dt * float(middle[0] * rates[0])
        place = place + dt * _flow(middle, rates, theta)
    return float(found.sum()), abandoning, float(states[:agents].sum()) + served


def _flow(place: "np.ndarray[tuple[int], np.dtype[np.float64]]", rates: object, theta: float) -> object:
    leaving = place * rates
    moved = -leaving - theta * place
    moved[:-1] += leaving[1:]
    return moved


@pytest.mark.parametrize(
    ("agents", "load", "patience"), [(1, 0.5, 60), (1, 3.0, 60), (5, 4.0, 30), (12, 10.0, 300), (20, 30.0, 100)]
)
def test_erlang_a_is_the_solution_of_its_markov_chain(agents: int, load: float, patience: float) -> None:
    demand = Demand(load / 200, 200, patience)
    found = performance(demand, agents, 15)
    waits, abandons, level = chain(demand, agents, 15, 150)
    assert found.wait_probability == pytest.approx(waits, rel=1e-6)
    assert found.abandon_rate == pytest.approx(abandons, rel=1e-6)
    assert found.service_level == pytest.approx(level, abs=2e-5)


LOADS = st.floats(0.01, 1500)
HANDLE = st.floats(20, 1200)
PATIENCE = st.floats(10, 3600)
AGENTS = st.integers(1, 1500)


@given(LOADS, HANDLE, PATIENCE, AGENTS, st.floats(0, 120))
def test_every_share_lies_between_nothing_and_all(
    load: float, handle: float, patience: float, agents: int, within: float
) -> None:
    for demand in (Demand(load / handle, handle), Demand(load / handle, handle, patience)):
        found = performance(demand, agents, within)
        shares = (found.service_level, found.wait_probability, found.abandon_rate, found.occupancy)
        assert all(0 <= share <= 1 for share in shares)
        assert found.average_speed_of_answer_seconds >= 0
        # who is answered within the time or gives up is not counted twice
        assert found.service_level + found.abandon_rate <= 1 + 1e-9


@given(LOADS, HANDLE, PATIENCE, AGENTS)
def test_work_is_conserved_with_impatient_callers(load: float, handle: float, patience: float, agents: int) -> None:
    found = performance(Demand(load / handle, handle, patience), agents, 15)
    assert found.occupancy * agents == pytest.approx(load * (1 - found.abandon_rate), rel=1e-9)


@given(LOADS, HANDLE, PATIENCE, AGENTS)
def test_one_agent_more_never_does_harm(load: float, handle: float, patience: float, agents: int) -> None:
    for demand in (Demand(load / handle, handle), Demand(load / handle, handle, patience)):
        fewer, more = performance(demand, agents, 15), performance(demand, agents + 1, 15)
        assert more.service_level >= fewer.service_level - 1e-9
        assert more.abandon_rate <= fewer.abandon_rate + 1e-9
        assert more.wait_probability <= fewer.wait_probability + 1e-9


@given(st.integers(1, 1200), st.floats(0.3, 0.98), HANDLE)
def test_callers_of_endless_patience_are_those_of_erlang_c(agents: int, occupancy: float, handle: float) -> None:
    load = agents * occupancy
    patient = performance(Demand(load / handle, handle), agents, 15)
    nearly = performance(Demand(load / handle, handle, 1e9 * handle), agents, 15)
    assert nearly.service_level == pytest.approx(patient.service_level, abs=1e-4)
    assert nearly.wait_probability == pytest.approx(patient.wait_probability, abs=1e-4)


@given(st.integers(1, 1000), st.floats(0.01, 0.999))
def test_erlang_c_follows_from_the_recursion_of_erlang_b(agents: int, occupancy: float) -> None:
    load, blocked = agents * occupancy, 1.0
    for lines in range(1, agents + 1):
        blocked = load * blocked / (lines + load * blocked)
    assert erlang_c(agents, load) == pytest.approx(blocked / (1 - occupancy * (1 - blocked)), rel=1e-9, abs=1e-300)


@given(LOADS, HANDLE, st.one_of(st.none(), PATIENCE), st.floats(0.05, 0.99), st.one_of(st.none(), st.floats(0.3, 1)))
def test_the_fewest_agents_are_found(
    load: float, handle: float, patience: float | None, target: float, limit: float | None
) -> None:
    demand = Demand(load / handle, handle, patience)
    found = required_agents(demand, target, 15, limit)

    def enough(agents: int) -> bool:
        given_by = performance(demand, agents, 15)
        return given_by.service_level >= target and (limit is None or given_by.occupancy <= limit)

    assert enough(found.agents)
    assert found.agents == 1 or not enough(found.agents - 1)


def test_a_thousand_agents_overloaded_tenfold_are_still_counted_right() -> None:
    found = performance(Demand(10_000 / 300, 300, 60), 1000, 15)
    assert found.abandon_rate == pytest.approx(0.9, abs=1e-6)
    assert found.wait_probability == pytest.approx(1)
    assert performance(Demand(10_000 / 300, 300), 1000, 15).average_speed_of_answer_seconds == math.inf


def test_without_calls_nobody_is_needed_and_impossible_aims_are_refused() -> None:
    assert required_agents(Demand(0, 180), 0.8, 15).agents == 0
    for target, limit in ((0.0, None), (1.0, None), (0.8, 0.0), (0.8, 1.5)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            required_agents(Demand(1, 180), target, 15, limit)
