"""The engine's books: seats, calls, offers, queues, timers and what is over. Plain records, changed by `Floor` only."""

import heapq
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum

from sortedcontainers import SortedList

from routing.events import AgentState, Verdict

Place = tuple[datetime, int, str]
"""Place in a line: instant, tie-break number, id. Smaller is earlier."""


class CallState(Enum):
    """Where the engine believes a call is."""

    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    SERVED = "served"
    """The agent has left, the caller not yet (survey)."""
    FALLBACK = "fallback"


class Offer:
    """A phone that was told to ring for a call."""

    __slots__ = ("call", "guarded_until", "id", "leg_id", "made_at", "ringing", "seat")

    def __init__(self, offer_id: str, leg_id: str, call: "Call", seat: "Seat", made_at: datetime) -> None:
        self.id = offer_id
        self.leg_id = leg_id
        self.call = call
        self.seat = seat
        self.made_at = made_at
        self.guarded_until = made_at
        """When the engine gives it up without word of the switch."""
        self.ringing = False


class Call:
    """A call the engine knows; `place` is its place in its queue for as long as it lives."""

    __slots__ = ("attempts", "id", "legs", "missed_by", "offer", "place", "queue", "state")

    def __init__(self, queue: "Queue", place: Place, state: CallState) -> None:
        self.id = place[2]
        self.queue = queue
        self.place = place
        self.state = state
        self.offer: Offer | None = None
        self.legs: tuple[str, ...] = ()
        """Agents' legs in the talk."""
        self.attempts = 0
        self.missed_by: tuple[str, ...] = ()


class Seat:
    """An agent who signed on, at a phone."""

    __slots__ = (
        "call_id",
        "endpoint",
        "held_leg",
        "held_until",
        "held_verdict",
        "id",
        "idle_since",
        "line_place",
        "missed",
        "offer",
        "ordinal",
        "queues",
        "reason",
        "since",
        "state",
        "wants",
        "wants_reason",
        "wrap_up_limit",
        "wrap_up_until",
    )

    def __init__(self, agent_id: str, endpoint: str, queues: "tuple[Queue, ...]", ordinal: int, now: datetime) -> None:
        self.id = agent_id
        self.endpoint = endpoint
        self.queues = queues
        self.ordinal = ordinal
        self.state = AgentState.OFFLINE
        self.reason = ""
        self.since = now
        self.idle_since = now
        self.wants = AgentState.PAUSED
        self.wants_reason = "signed_on"
        self.call_id: str | None = None
        self.offer: Offer | None = None
        self.missed = 0
        self.line_place: Place | None = None
        """His place among the ready agents of his queues; None: no call may be offered to him now."""
        self.held_until: datetime | None = None
        """Ready, but passed over until then."""
        self.held_verdict = Verdict.COOLING_DOWN
        self.held_leg: str | None = None
        """Leg whose end frees him before `held_until`."""
        self.wrap_up_until: datetime | None = None
        self.wrap_up_limit: datetime | None = None


class Queue:
    """A queue: the calls that wait in it, the agents who could take one, and all who serve it counted by state."""

    __slots__ = ("agents", "name", "ready", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting: SortedList = SortedList()
        """Places of calls."""
        self.ready: SortedList = SortedList()
        """Places of agents, the longest idle first."""
        self.agents: dict[str, int] = dict.fromkeys(AgentState, 0)

    def position(self, place: Place) -> int:
        """Return the rank (from 1) of a call's place among those waiting, in O(log n)."""
        if self.waiting[-1] is place:
            return len(self.waiting)
        return int(self.waiting.bisect_left(place)) + 1


class TimerKind(Enum):
    """What is due."""

    OFFER = "offer"
    WRAP_UP = "wrap_up"
    HOLD = "hold"


class Timers:
    """Timers in order of their due instant; one that no longer holds is dropped when its turn comes."""

    def __init__(self, holds: Callable[[TimerKind, str, datetime], bool]) -> None:
        self._heap: list[tuple[datetime, int, TimerKind, str]] = []
        self._count = 0
        self._holds = holds

    def add(self, due: datetime, kind: TimerKind, key: str) -> None:
        """Set a timer; `key` is a leg id (offers) or an agent id."""
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, kind, key))

    def next_due(self) -> datetime | None:
        """Return when the first timer that holds is due."""
        heap = self._heap
        while heap:
            due, _, kind, key = heap[0]
            if self._holds(kind, key, due):
                return due
            heapq.heappop(heap)
        return None

    def pop_due(self, now: datetime) -> tuple[TimerKind, str] | None:
        """Take out the next timer that is due and holds, judged at its turn; None when there is none (any more)."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            due, _, kind, key = heapq.heappop(heap)
            if self._holds(kind, key, due):
                return kind, key
        return None


class Ended:
    """Ids of calls and legs that are over, so that late news of them changes nothing. Forgotten after a while."""

    KEEP = timedelta(minutes=15)
    """AMI events have been seen late by many seconds (asterisk#2145); ids are never used again."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._order: deque[tuple[datetime, str]] = deque()

    def add(self, identifier: str, now: datetime) -> None:
        """Note that the call or leg is over."""
        order, ids = self._order, self._ids
        if identifier not in ids:
            ids.add(identifier)
            order.append((now, identifier))
        oldest = now - self.KEEP
        while order[0][0] < oldest:
            ids.discard(order.popleft()[1])

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._ids
