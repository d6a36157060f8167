"""What is counted, and the figures made of it (pure). Definitions: docs/metrics.md."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from routing.events import AgentState


class Count(StrEnum):
    """Whole numbers that are added up; the names are columns of the interval history. `_ms`: milliseconds."""

    OFFERED = "offered"
    """Calls that entered the queue."""
    ANSWERED = "answered"
    ANSWERED_IN_TIME = "answered_in_time"
    ABANDONED = "abandoned"
    ABANDONED_SHORT = "abandoned_short"
    """Of the abandoned: those within the short-abandon threshold."""
    CALLBACKS = "callbacks"
    """Callers who chose to be called back."""
    DIVERTED = "diverted"
    """Calls that went on to another queue, hotline or announcement."""
    FELL_BACK = "fell_back"
    """Calls that Asterisk's own queue took because no engine was in charge."""
    FELL_BACK_ANSWERED = "fell_back_answered"
    """Of these: those an agent answered (they are among the answered too)."""
    LOST = "lost"
    """Calls whose end was not seen."""
    ANSWER_WAIT_MS = "answer_wait_ms"
    ABANDON_WAIT_MS = "abandon_wait_ms"
    HANDLED = "handled"
    """Talks that ended."""
    TALK_MS = "talk_ms"
    WRAP_UP_MS = "wrap_up_ms"
    READY_AGENT_MS = "ready_agent_ms"
    OFFERED_AGENT_MS = "offered_agent_ms"
    TALKING_AGENT_MS = "talking_agent_ms"
    WRAP_UP_AGENT_MS = "wrap_up_agent_ms"
    PAUSED_AGENT_MS = "paused_agent_ms"


Counts = Counter[Count]

AGENT_TIME = {
    AgentState.READY: Count.READY_AGENT_MS,
    AgentState.OFFERED: Count.OFFERED_AGENT_MS,
    AgentState.TALKING: Count.TALKING_AGENT_MS,
    AgentState.WRAP_UP: Count.WRAP_UP_AGENT_MS,
    AgentState.PAUSED: Count.PAUSED_AGENT_MS,
}
"""Where the time of signed-on agents is added up."""


@dataclass(frozen=True, slots=True)
class FigureRules:
    """What is compared with. GB/T 33358-2016: answered within 15 s, connect rate 95 % (also YZ-1b)."""

    answer_within_seconds: float = 15.0
    short_abandon_seconds: float = 0.0
    """Abandoned within this time counts as short; 0: none (AMB-23)."""
    connect_rate_target: float = 0.95


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """A queue in a span of time. A rate without anything to divide by is None: "no value". Rates are 0 … 1."""

    offered: int
    answered: int
    answered_in_time: int
    abandoned: int
    abandoned_short: int
    callbacks: int
    diverted: int
    fell_back: int
    lost: int
    service_level: float | None
    """Answered in time ÷ calls that left the queue, short abandons left out."""
    average_speed_of_answer_seconds: float | None
    average_abandon_seconds: float | None
    abandon_rate: float | None
    """Abandoned ÷ calls that left the queue, short abandons left out of both."""
    connect_rate: float | None
    """接通率: answered ÷ calls that left the queue, short abandons left out."""
    connect_rate_met: bool | None
    """Compared before rounding."""
    occupancy: float | None
    """(Talking + wrap-up) ÷ (talking + wrap-up + ready) of the agents' time."""
    average_handle_seconds: float | None
    """(Talking + wrap-up) ÷ talks that ended."""


def figures_of(counts: Counts, rules: FigureRules) -> WindowFigures:
    """Return the figures of what was counted."""
    answered, short = counts[Count.ANSWERED], counts[Count.ABANDONED_SHORT]
    abandoned = counts[Count.ABANDONED] - short
    unanswered_fallback = counts[Count.FELL_BACK] - counts[Count.FELL_BACK_ANSWERED]
    done = answered + abandoned + counts[Count.CALLBACKS] + unanswered_fallback
    active = counts[Count.TALKING_AGENT_MS] + counts[Count.WRAP_UP_AGENT_MS]
    target = Fraction(str(rules.connect_rate_target))
    return WindowFigures(
        offered=counts[Count.OFFERED],
        answered=answered,
        answered_in_time=counts[Count.ANSWERED_IN_TIME],
        abandoned=counts[Count.ABANDONED],
        abandoned_short=short,
        callbacks=counts[Count.CALLBACKS],
        diverted=counts[Count.DIVERTED],
        fell_back=counts[Count.FELL_BACK],
        lost=counts[Count.LOST],
        service_level=_ratio(counts[Count.ANSWERED_IN_TIME], done),
        average_speed_of_answer_seconds=_seconds(counts[Count.ANSWER_WAIT_MS], answered),
        average_abandon_seconds=_seconds(counts[Count.ABANDON_WAIT_MS], counts[Count.ABANDONED]),
        abandon_rate=_ratio(abandoned, done),
        connect_rate=_ratio(answered, done),
        connect_rate_met=None if done <= 0 else Fraction(answered, done) >= target,
        occupancy=_ratio(active, active + counts[Count.READY_AGENT_MS]),
        average_handle_seconds=_seconds(counts[Count.TALK_MS] + counts[Count.WRAP_UP_MS], counts[Count.HANDLED]),
    )


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole > 0 else None


def _seconds(milliseconds: int, count: int) -> float | None:
    return round(milliseconds / count / 1000, 3) if count > 0 else None
