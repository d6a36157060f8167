"""The staffing table of a day: agents a half hour, and why (pure)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from core.errors import InvalidInput
from routing.staffing.erlang import Demand, Performance, required_agents
from routing.staffing.forecast import Expected

_HALF_HOUR = timedelta(minutes=30).total_seconds()


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """What is aimed at."""

    target: float = 0.8
    """Service level, above 0 and below 1."""
    within_seconds: float = 15.0
    """GB/T 33358-2016: answered within 15 s."""
    shrinkage: float = 0.3
    """Share of paid time in which agents are not at the phone (breaks, training, leave), at least 0 and below 1."""
    most_occupancy: float | None = 0.85
    """Agents are not planned busier than this; None: no limit."""
    least: int = 1
    """Agents at the phone even when no call is expected: the hotline answers day and night."""

    def __post_init__(self) -> None:
        """Refuse what no table can be made for."""
        if not 0 < self.target < 1:
            raise InvalidInput("target", "目标服务水平须大于0且小于1")
        if not 0 <= self.within_seconds <= 3600:  # noqa: PLR2004 - an hour
            raise InvalidInput("within", "应答时限须在0至3600秒之间")
        if not 0 <= self.shrinkage < 1:
            raise InvalidInput("shrinkage", "损耗率须不小于0且小于1")
        if self.most_occupancy is not None and not 0 < self.most_occupancy <= 1:
            raise InvalidInput("occupancy", "最高占用率须大于0且不大于1")
        if self.least < 0:
            raise InvalidInput("least", "至少在岗人数不得小于0")


@dataclass(frozen=True, slots=True)
class StaffingRow:
    """One half hour. `patient`: callers wait for ever (Erlang C); `impatient`: they give up (Erlang A)."""

    expected: Expected
    load: float
    """Erlangs."""
    patient: Performance
    impatient: Performance | None
    """None: the patience is not known."""
    at_phone: int
    """Agents at the phone: as Erlang C says, which is on the safe side."""
    rostered: int
    """Agents to be rostered, with shrinkage."""


def staffing_table(
    expected: Iterable[Expected], rules: StaffingRules, patience_seconds: float | None = None
) -> list[StaffingRow]:
    """Return the agents each half hour needs."""
    return [_row(one, rules, patience_seconds) for one in expected]


def _row(one: Expected, rules: StaffingRules, patience_seconds: float | None) -> StaffingRow:
    arrivals = one.calls / _HALF_HOUR
    aim = (rules.target, rules.within_seconds, rules.most_occupancy)
    patient = required_agents(Demand(arrivals, one.handle_seconds), *aim)
    impatient = (
        None
        if patience_seconds is None
        else required_agents(Demand(arrivals, one.handle_seconds, patience_seconds), *aim)
    )
    at_phone = max(patient.agents, rules.least)
    return StaffingRow(
        expected=one,
        load=arrivals * one.handle_seconds,
        patient=patient,
        impatient=impatient,
        at_phone=at_phone,
        rostered=math.ceil(at_phone / (1 - rules.shrinkage) - 1e-9),
    )
