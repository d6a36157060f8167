"""Lines: calls that want the same wait in one line, and every ready agent stands in each line he may serve.

So a match looks at the heads of lines, never through calls or agents. Calls that want the same are those of one queue
with the same wishes and widening step (priority is in their places); agents of one profile serve the same queues with
the same levels. Which profile fits which line is found out once.
"""

from bisect import bisect_left, insort
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from routing.places import Place, Places
from routing.plan.document import Strategy
from routing.terms import Skills, Terms, Way

if TYPE_CHECKING:
    from routing.records import Seat

Wishes = tuple[tuple[str, int], ...]
"""Skills a caller wants besides those of his queue."""


class Line:
    """Calls that want the same, and the ready agents who could take one of them."""

    __slots__ = ("queue", "ready", "step", "strategy", "waiting", "ways")

    def __init__(self, queue: str, step: int, ways: tuple[Way, ...], strategy: Strategy) -> None:
        self.queue = queue
        self.step = step
        """Widening step; the line's calls may be taken by whoever fits one of the ways up to it."""
        self.ways = ways
        self.strategy = strategy
        self.waiting = Places()
        """Places of calls."""
        self.ready: list[tuple[Any, ...]] = []
        """Keys of agents in order, the one to be chosen first; the last part of a key is the agent's id."""

    def enter(self, key: tuple[Any, ...]) -> None:
        """Let a ready agent stand here."""
        insort(self.ready, key)

    def leave(self, key: tuple[Any, ...]) -> None:
        """Let an agent who stands here stand here no more."""
        del self.ready[bisect_left(self.ready, key)]

    def rank(self, profile: "Profile") -> int | None:
        """Return the first way by which agents of a profile fit; None: they do not."""
        for number, way in enumerate(self.ways):
            if way.fits(profile.queues, profile.skills):
                return number
        return None

    def key(self, seat: "Seat", rank: int) -> tuple[Any, ...]:
        """Return what orders a ready agent in this line: earlier ways first, then the queue's strategy."""
        place = seat.idle_place
        if self.strategy is Strategy.LEAST_CALLS:
            return (rank, seat.calls_taken, *place)
        if self.strategy is Strategy.BEST_SKILL:
            return (rank, -skill_sum(self.ways[rank], seat.profile.skills), *place)
        return (rank, *place)


class Profile:
    """Agents who serve the same queues with the same skills."""

    __slots__ = ("queues", "ranks", "skills")

    def __init__(self, queues: frozenset[str], skills: Skills) -> None:
        self.queues = queues
        self.skills = skills
        self.ranks: dict[Line, int] = {}
        """The lines they may serve, each with the way by which they fit."""


class Ladder:
    """What becomes of a call that waits: its line at each widening step."""

    __slots__ = ("after", "lines", "opens")

    def __init__(self, after: list[int], lines: list[Line]) -> None:
        self.after = after
        """Seconds of waiting in the queue from which each line holds; the first is 0."""
        self.opens = [timedelta(seconds=seconds) for seconds in after]
        self.lines = lines

    def step_at(self, waited: float) -> int:
        """Return the step reached after so many seconds."""
        step = len(self.after) - 1
        while step and self.after[step] > waited:
            step -= 1
        return step


def rungs(terms: Terms, wishes: Wishes) -> list[tuple[int, tuple[Way, ...]]]:
    """Return when which ways open, in order; a caller's own wishes are let go after the time the plan gives them."""
    hold = terms.wishes_hold_seconds
    opened = [(after, _with(way, wishes)) for after, way in terms.ways]
    if wishes:
        opened += [(max(after, hold), way) for after, way in terms.ways]
        opened.sort(key=lambda one: one[0])
    found: list[tuple[int, tuple[Way, ...]]] = []
    for after, way in opened:
        earlier = found[-1][1] if found else ()
        if way in earlier:
            continue
        if found and found[-1][0] == after:
            found[-1] = (after, (*earlier, way))
        else:
            found.append((after, (*earlier, way)))
    return found


def skill_sum(way: Way, skills: Skills) -> int:
    """Return the sum of an agent's levels in the skills wanted."""
    return sum(skills.get(name, 0) for name, _ in way.wants)


def place_of(instant: datetime, head_start: float, ordinal: int, identifier: str) -> Place:
    """Return the place of what came at an instant with a head start in seconds."""
    return (instant.timestamp() - head_start, ordinal, identifier)


def _with(way: Way, wishes: Wishes) -> Way:
    if not wishes:
        return way
    wants = dict(way.wants)
    for name, level in wishes:
        wants[name] = max(level, wants.get(name, 0))
    return Way(way.queues, tuple(sorted(wants.items())))
