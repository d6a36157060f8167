"""Who stands where: waiting calls in their lines, ready agents in every line they may serve.

What is new since the last match is kept apart (`fresh_seats`, `fresh_calls`). An agent who is free again usually gets
a call at once, so he is put into the lines only when there is none for him. What holds after each match while the
switch is seen: no call waits that an agent who stands in a line could take.
"""

from bisect import bisect_left, insort
from datetime import datetime

from routing.lines import Ladder, Line, Profile, Wishes, place_of, rungs
from routing.places import Place
from routing.records import Call, Queue, Seat
from routing.terms import Skills

_MOST_LADDERS = 2_000
"""Different wishes told apart; further wishes are not held to."""


class Lineup:
    """The index between calls and agents."""

    def __init__(self) -> None:
        self.fresh_seats: dict[str, Seat] = {}
        """Agents who are free since the last match, in that order; they stand in no line yet."""
        self.fresh_calls: dict[str, Call] = {}
        """Calls that came into their line since the last match."""
        self.idle: dict[str, Seat] = {}
        """Agents who stand in lines."""
        self.regulars: dict[str, list[Place]] = {}
        """By agent: the waiting calls of callers whom he served last, in order of their place with the head start at
        him."""
        self._ladders: dict[tuple[str, Wishes], Ladder] = {}
        self._profiles: dict[tuple[frozenset[str], tuple[tuple[str, int], ...]], Profile] = {}
        self._serving: dict[str, list[Profile]] = {}
        """Profiles by the queues they serve."""

    # ---- calls

    def add_call(self, call: Call, step: int, now: datetime) -> None:
        """Put a call in line, at the place its age gives it, at a widening step."""
        queue, ladder = call.queue, self.ladder_of(call)
        call.place = place_of(call.entered_at, queue.terms.head_start(call.priority), call.ordinal, call.id)
        call.ladder = ladder
        self._stand_call(call, ladder.lines[min(step, len(ladder.lines) - 1)])
        queue.count += 1
        if queue.count == 1:
            queue.rate.waiting_changed(waiting=True, at=now.timestamp())

    def remove_call(self, call: Call, now: datetime) -> None:
        """Take a call out of its line."""
        queue = call.queue
        self._unstand_call(call)
        queue.count -= 1
        if not queue.count:
            queue.rate.waiting_changed(waiting=False, at=now.timestamp())

    def widen(self, call: Call, step: int) -> None:
        """Let a waiting call go on in the line of a later step."""
        assert call.ladder is not None
        self._unstand_call(call)
        self._stand_call(call, call.ladder.lines[step])

    def _stand_call(self, call: Call, line: Line) -> None:
        call.line, call.step = line, line.step
        line.waiting.add(call.place)
        self.fresh_calls[call.id] = call
        if call.last_agent_id and call.queue.terms.same_agent_seconds:
            insort(self.regulars.setdefault(call.last_agent_id, []), regular_key(call))

    def _unstand_call(self, call: Call) -> None:
        assert call.line is not None
        call.line.waiting.remove(call.place)
        call.line = None
        self.fresh_calls.pop(call.id, None)
        if call.last_agent_id and call.queue.terms.same_agent_seconds:
            others = self.regulars[call.last_agent_id]
            del others[bisect_left(others, regular_key(call))]
            if not others:
                del self.regulars[call.last_agent_id]

    def ladder_of(self, call: Call) -> Ladder:
        """Return the lines that the call stands in one after another, made at their first use."""
        key = (call.queue.name, call.wishes)
        found = self._ladders.get(key)
        if found is not None:
            return found
        if len(self._ladders) >= _MOST_LADDERS and call.wishes:
            call.wishes = ()
            return self.ladder_of(call)
        self._ladders[key] = made = self._new_ladder(call.queue, call.wishes)
        return made

    def _new_ladder(self, queue: Queue, wishes: Wishes) -> Ladder:
        steps = rungs(queue.terms, wishes)
        lines = [Line(queue.name, n, ways, queue.terms.strategy) for n, (_, ways) in enumerate(steps)]
        queue.lines += lines
        for line in lines:
            for profile in {
                one: None for way in line.ways for name in way.queues for one in self._serving.get(name, ())
            }:
                rank = line.rank(profile)
                if rank is not None:
                    profile.ranks[line] = rank
            for seat in self.idle.values():
                rank = seat.profile.ranks.get(line)
                if rank is not None:
                    self._enter(seat, line, rank)
        return Ladder([after for after, _ in steps], lines)

    # ---- agents

    def profile(self, queues: frozenset[str], skills: Skills) -> Profile:
        """Return the profile of agents with these queues and skills, made at its first use."""
        key = (queues, tuple(sorted(skills.items())))
        found = self._profiles.get(key)
        if found is None:
            found = self._profiles[key] = Profile(queues, dict(skills))
            for name in queues:
                self._serving.setdefault(name, []).append(found)
            for ladder in self._ladders.values():
                for line in ladder.lines:
                    rank = line.rank(found)
                    if rank is not None:
                        found.ranks[line] = rank
        return found

    def free(self, seat: Seat) -> None:
        """Let an agent be given a call at the next match."""
        if seat.stands is None:
            self.fresh_seats[seat.id] = seat

    def stand(self, seat: Seat) -> None:
        """Put an agent for whom there is no call now into the lines he may serve."""
        seat.idle_place = (seat.idle_since.timestamp(), seat.ordinal, seat.id)
        seat.stands = []
        self.idle[seat.id] = seat
        for line, rank in seat.profile.ranks.items():
            self._enter(seat, line, rank)

    def step_out(self, seat: Seat) -> None:
        """Let an agent be given no call."""
        stands = seat.stands
        if stands is None:
            self.fresh_seats.pop(seat.id, None)
            return
        for line, key in stands:
            line.leave(key)
        seat.stands = None
        del self.idle[seat.id]

    def _enter(self, seat: Seat, line: Line, rank: int) -> None:
        assert seat.stands is not None
        key = line.key(seat, rank)
        line.enter(key)
        seat.stands.append((line, key))

    def clear(self) -> None:
        """Forget all lines (the plan changed); calls and agents are to be put in again."""
        for seat in self.idle.values():
            seat.stands = None
        self.__init__()  # type: ignore[misc]


def regular_key(call: Call) -> tuple[float, int, str]:
    """Return the place of a repeat caller at the agent who served him last."""
    at, ordinal, call_id = call.place
    return (at - call.queue.terms.same_agent_seconds, ordinal, call_id)
