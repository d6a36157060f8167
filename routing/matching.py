"""Which call goes to which agent, now.

An agent gets the first call over all lines he may serve, a call the best agent of its line: heads of lines only are
looked at.
"""

from collections.abc import Iterable
from datetime import datetime

from routing.floor import Floor
from routing.lines import Line
from routing.offering import make_offer
from routing.places import Place
from routing.records import Call, Seat

_Pair = tuple[Call, Seat, str]


def match(floor: Floor, now: datetime) -> None:
    """Make every offer that can be made; without the switch nothing is offered."""
    lineup = floor.lineup
    seats, calls = lineup.fresh_seats, lineup.fresh_calls
    if not floor.seen:
        return
    if len(seats) + len(calls) > 1:
        _match_many(floor, now)
    elif calls:
        _, call = calls.popitem()
        assert call.line is not None
        if (pair := _agent_for(floor, call, call.line)) is not None:
            make_offer(floor, *pair, now)
    elif seats:
        _, seat = seats.popitem()
        if (pair := _call_for(floor, seat)) is not None:
            make_offer(floor, *pair, now)
        else:
            lineup.stand(seat)


def _agent_for(floor: Floor, call: Call, line: Line) -> _Pair | None:
    """Return the agent of the line who gets the call: who served this caller last, else the first by the strategy."""
    if call.last_agent_id and call.queue.terms.same_agent_seconds:
        last = floor.seats.get(call.last_agent_id)
        if last is not None and last.stands is not None and line in last.profile.ranks:
            return call, last, "same_agent"
    if not line.ready:
        return None
    return call, floor.seats[line.ready[0][-1]], line.strategy.value


def _call_for(floor: Floor, seat: Seat) -> _Pair | None:
    """Return the call an agent gets: the first in line over all he may take."""
    first: Place | None = None
    for line in seat.profile.ranks:
        head = line.waiting.first
        if head is not None and (first is None or head < first):
            first, best = head, line
    if (regular := _regular_of(floor, seat, first)) is not None:
        return regular, seat, "same_agent"
    return None if first is None else (floor.calls[first[2]], seat, best.strategy.value)


def _regular_of(floor: Floor, seat: Seat, first: Place | None) -> Call | None:
    """Return the caller whom this agent served last, if with his head start he stands before the first in line."""
    for key in floor.lineup.regulars.get(seat.id, ()):
        if first is not None and key > first:
            return None
        call = floor.calls[key[2]]
        if call.line in seat.profile.ranks:
            return call
    return None


def _match_many(floor: Floor, now: datetime) -> None:
    """Several calls or agents are new (after a restart, a new plan): pair them off, first come over all lines."""
    lineup = floor.lineup
    seats, calls = list(lineup.fresh_seats.values()), list(lineup.fresh_calls.values())
    lineup.fresh_seats.clear()
    lineup.fresh_calls.clear()
    for seat in seats:
        lineup.stand(seat)
    lines = {call.line for call in calls if call.line is not None}
    lines.update(line for seat in seats for line in seat.profile.ranks)
    sought = [seat for seat in seats if seat.id in lineup.regulars]
    while (pair := _next_pair(floor, lines, sought)) is not None:
        make_offer(floor, *pair, now)


def _next_pair(floor: Floor, lines: set[Line], sought: Iterable[Seat]) -> _Pair | None:
    best, first = None, None
    for line in tuple(lines):
        head = line.waiting.first
        if head is None or not line.ready:
            lines.discard(line)
        elif first is None or head < first:
            best, first = line, head
    for seat in sought:
        if seat.stands is not None and (regular := _regular_of(floor, seat, first)) is not None:
            return regular, seat, "same_agent"
    if best is None or first is None:
        return None
    return _agent_for(floor, floor.calls[first[2]], best)
