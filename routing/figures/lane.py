"""One queue's figures: who waits, which agents serve it, and what was counted (pure)."""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.clock import LOCAL
from routing.events import AgentState
from routing.figures.counts import AGENT_TIME, Count, Counts, FigureRules, WindowFigures, figures_of
from routing.figures.windows import INTERVAL, RollingCounts, interval_of, milliseconds


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """A queue as it stands at `at` (topic `hotline/queues/<queue>`, once a second)."""

    queue: str
    at: datetime
    waiting: int
    """Callers no agent has answered, those whose offer rings included."""
    longest_wait_seconds: float
    """How long the first of them has waited; 0 when nobody waits."""
    agents: Mapping[str, int]
    """Signed-on agents who serve the queue, counted by state."""
    today: WindowFigures
    """Since midnight, civil time."""
    last_30_minutes: WindowFigures


@dataclass(frozen=True, slots=True)
class Interval:
    """What was counted in one half hour; complete when the half hour is over."""

    queue: str
    starts_at: datetime
    counts: Mapping[Count, int]


class Lane:
    """Counts of one queue. Instants given to it never go back."""

    def __init__(self, queue: str, now: datetime) -> None:
        self.queue = queue
        self._day: date = now.astimezone(LOCAL).date()
        self._interval = interval_of(now)
        self._today: Counts = Counts()
        self._half_hour: Counts = Counts()
        self._rolling = RollingCounts()
        self._agents: Counter[AgentState] = Counter()
        self._counted_to = now
        self._waiting: dict[str, datetime] = {}
        self._line: list[tuple[datetime, str]] = []

    def count(self, count: Count, amount: int, at: datetime) -> None:
        """Count something that happened at `at`."""
        self._today[count] += amount
        self._half_hour[count] += amount
        self._rolling.add(count, amount, at)

    def enter(self, call_id: str, entered_at: datetime) -> None:
        """A caller waits."""
        if call_id not in self._waiting:
            self._waiting[call_id] = entered_at
            heapq.heappush(self._line, (entered_at, call_id))

    def leave(self, call_id: str) -> None:
        """A caller waits no longer."""
        self._waiting.pop(call_id, None)

    def move(self, before: AgentState | None, after: AgentState | None, at: datetime) -> None:
        """An agent who serves the queue changes his state; None: he is not signed on."""
        self.advance(at)
        if before is not None:
            self._agents[before] -= 1
        if after is not None:
            self._agents[after] += 1

    def advance(self, now: datetime) -> list[Interval]:
        """Count the agents' time up to `now`; return the half hours that are over."""
        over = []
        while now >= self._interval + INTERVAL:
            ends = self._interval + INTERVAL
            self._add_agents_time(ends)
            over.append(Interval(self.queue, self._interval, self._half_hour))
            self._half_hour, self._interval = Counts(), ends
            day = ends.astimezone(LOCAL).date()
            if day != self._day:
                self._day, self._today = day, Counts()
        self._add_agents_time(now)
        return over

    def running(self) -> Interval:
        """Return the running half hour as counted so far."""
        return Interval(self.queue, self._interval, Counts(self._half_hour))

    def figures(self, now: datetime, rules: FigureRules) -> LiveFigures:
        """Return how the queue stands at `now`; `advance` was called with it."""
        while self._line and self._waiting.get(self._line[0][1]) != self._line[0][0]:
            heapq.heappop(self._line)
        longest = max(0.0, (now - self._line[0][0]).total_seconds()) if self._line else 0.0
        return LiveFigures(
            queue=self.queue,
            at=now,
            waiting=len(self._waiting),
            longest_wait_seconds=round(longest, 3),
            agents={state.value: self._agents[state] for state in AGENT_TIME},
            today=figures_of(self._today, rules),
            last_30_minutes=figures_of(self._rolling.at(now), rules),
        )

    def _add_agents_time(self, until: datetime) -> None:
        begin = self._counted_to
        if until <= begin:
            return
        self._counted_to = until
        for state, agents in self._agents.items():
            if agents:
                count, span = AGENT_TIME[state], milliseconds(until - begin)
                self._today[count] += agents * span
                self._half_hour[count] += agents * span
                self._rolling.add_span(count, agents, begin, until)
