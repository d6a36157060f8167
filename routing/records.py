"""The engine's books: seats, calls, offers, queues, timers and what is over. Plain records, changed by `Floor` only."""

import heapq
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from routing.events import AgentState, Verdict
from routing.lines import Ladder, Line, Profile, Wishes
from routing.places import Place
from routing.terms import Terms
from routing.waiting import ServiceRate


class CallState(StrEnum):
    """Where the engine believes a call is."""

    WAITING = "waiting"
    """In line."""
    PARKED = "parked"
    """A callback whose time has not come yet."""
    OFFERED = "offered"
    TALKING = "talking"
    SERVED = "served"
    """The agent has left, the caller not yet (survey)."""
    FALLBACK = "fallback"
    DIVERTED = "diverted"
    """On its way to a partner hotline, or told that the queue is closed."""


QUEUED = frozenset({CallState.WAITING, CallState.PARKED, CallState.OFFERED})
"""The call has not left its queue."""


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
    """A call (or callback) the engine knows; its place follows from when it came, for as long as it lives."""

    __slots__ = (
        "attempts",
        "callback",
        "caller_key",
        "calls_on_matter",
        "came_from",
        "entered_at",
        "id",
        "ladder",
        "last_agent_id",
        "legs",
        "line",
        "missed_by",
        "moved_at",
        "not_before",
        "offer",
        "ordinal",
        "overflowed",
        "own_priority",
        "place",
        "queue",
        "state",
        "step",
        "step_due",
        "wishes",
    )

    def __init__(self, call_id: str, queue: "Queue", entered_at: datetime, ordinal: int, state: CallState) -> None:
        self.id = call_id
        self.queue = queue
        self.entered_at = entered_at
        """When the caller began to wait."""
        self.moved_at = entered_at
        """Since when it counts as waiting in this queue; widening and overflow go by it."""
        self.ordinal = ordinal
        self.state = state
        self.wishes: Wishes = ()
        self.own_priority: int | None = None
        self.place: Place = (0.0, ordinal, call_id)
        """Its place in line; set when it is put there."""
        self.ladder: Ladder | None = None
        self.step = 0
        self.line: Line | None = None
        """The line it stands in while WAITING."""
        self.step_due: datetime | None = None
        """When it next widens or overflows."""
        self.overflowed = 0
        """Overflow steps of its queue that are done."""
        self.callback = False
        self.not_before: datetime | None = None
        self.caller_key = ""
        self.last_agent_id = ""
        self.calls_on_matter = 0
        self.came_from: tuple[str, ...] = ()
        self.offer: Offer | None = None
        self.legs: tuple[str, ...] = ()
        """Agents' legs in the talk."""
        self.attempts = 0
        self.missed_by: tuple[str, ...] = ()

    @property
    def priority(self) -> int:
        """Its own priority, else that of its queue."""
        return self.queue.terms.priority if self.own_priority is None else self.own_priority


class Seat:
    """An agent who signed on, at a phone."""

    __slots__ = (
        "asked_queues",
        "call_id",
        "calls_taken",
        "endpoint",
        "held_leg",
        "held_until",
        "held_verdict",
        "id",
        "idle_place",
        "idle_since",
        "missed",
        "offer",
        "ordinal",
        "pause_due",
        "profile",
        "queues",
        "reason",
        "since",
        "stands",
        "state",
        "talk_queue",
        "talk_since",
        "wants",
        "wants_reason",
        "wrap_up_limit",
        "wrap_up_until",
    )

    def __init__(self, agent_id: str, endpoint: str, asked: tuple[str, ...], ordinal: int, now: datetime) -> None:
        self.id = agent_id
        self.endpoint = endpoint
        self.asked_queues = asked
        """Queues named when he signed on; they hold where the plan does not name the agent."""
        self.queues: tuple[Queue, ...] = ()
        self.profile = NOBODY
        self.ordinal = ordinal
        self.state = AgentState.OFFLINE
        self.reason = ""
        self.since = now
        self.idle_since = now
        self.idle_place: Place = (0.0, ordinal, agent_id)
        """Orders the ready agents; set when he lines up."""
        self.wants = AgentState.PAUSED
        self.wants_reason = "signed_on"
        self.call_id: str | None = None
        self.offer: Offer | None = None
        self.missed = 0
        self.calls_taken = 0
        self.stands: list[tuple[Line, tuple[object, ...]]] | None = None
        """The lines he stands in with his key in each; None: no call may be offered to him now."""
        self.held_until: datetime | None = None
        """Ready, but passed over until then."""
        self.held_verdict = Verdict.COOLING_DOWN
        self.held_leg: str | None = None
        """Leg whose end frees him before `held_until`."""
        self.talk_queue: Queue | None = None
        """Queue of the call he talks or talked with last; its terms hold for the wrap-up."""
        self.talk_since: datetime | None = None
        self.wrap_up_until: datetime | None = None
        self.wrap_up_limit: datetime | None = None
        self.pause_due: datetime | None = None


NOBODY = Profile(frozenset(), {})
"""Profile of an agent whose queues are not set yet."""


class Queue:
    """A queue: its terms, the lines of its calls, all who serve it counted by state, and what was seen of it."""

    __slots__ = ("agents", "count", "lines", "name", "rate", "seats", "terms")

    def __init__(self, name: str, terms: Terms) -> None:
        self.name = name
        self.terms = terms
        self.lines: list[Line] = []
        self.count = 0
        """Calls in its lines."""
        self.seats: dict[str, Seat] = {}
        """Agents who serve it, signed on or not any more."""
        self.agents: dict[str, int] = dict.fromkeys(AgentState, 0)
        self.rate = ServiceRate()

    def position(self, place: Place) -> int:
        """Return the rank (from 1) of a place among the calls in line, in O(lines * log n)."""
        before = 1
        for line in self.lines:
            waiting = line.waiting
            if waiting.first is not None and waiting.first < place:
                before += waiting.before(place)
        return before


class TimerKind(StrEnum):
    """What is due."""

    OFFER = "offer"
    WRAP_UP = "wrap_up"
    HOLD = "hold"
    STEP = "step"
    """A waiting call widens or overflows, or a parked callback's time comes."""
    PAUSE = "pause"
    """A pause has reached its limit."""


class Timers:
    """Timers in order of their due instant; one that no longer holds is dropped when its turn comes."""

    def __init__(self, holds: Callable[[TimerKind, str, datetime], bool]) -> None:
        self._heap: list[tuple[float, int, TimerKind, str, datetime]] = []
        """Each with its instant twice: numbers are quicker to put in order."""
        self._count = 0
        self._holds = holds

    def add(self, due: datetime, kind: TimerKind, key: str) -> None:
        """Set a timer; `key` is a leg id (offers), a call id (steps) or an agent id."""
        self._count += 1
        heapq.heappush(self._heap, (due.timestamp(), self._count, kind, key, due))

    def next_due(self) -> datetime | None:
        """Return when the first timer that holds is due."""
        heap = self._heap
        while heap:
            _, _, kind, key, due = heap[0]
            if self._holds(kind, key, due):
                return due
            heapq.heappop(heap)
        return None

    def may_be_due(self, now: datetime) -> bool:
        """Tell whether the time of a timer has come, whether that still holds or not."""
        return bool(self._heap) and self._heap[0][4] <= now

    def pop_due(self, now: datetime) -> tuple[TimerKind, str] | None:
        """Take out the next timer that is due and holds, judged at its turn; None when there is none (any more)."""
        heap = self._heap
        while heap and heap[0][4] <= now:
            _, _, kind, key, due = heapq.heappop(heap)
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
