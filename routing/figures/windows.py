"""Spans of time in which is counted: the running half hour and the last thirty minutes (pure)."""

from datetime import datetime, timedelta

from routing.figures.counts import Count, Counts

INTERVAL = timedelta(minutes=30)
"""Length of the intervals of the history, and of the rolling window."""
_SLOT_SECONDS = 10
_SLOTS = int(INTERVAL.total_seconds()) // _SLOT_SECONDS


def interval_of(at: datetime) -> datetime:
    """Return when the half hour that holds `at` began (the civil time of the regulations is a whole number of them)."""
    return at - timedelta(seconds=at.timestamp() % INTERVAL.total_seconds())


class RollingCounts:
    """Counts of the last thirty minutes, forgotten ten seconds at a time."""

    def __init__(self) -> None:
        self._ring: list[tuple[int, Counts]] = [(-1, Counts())] * _SLOTS
        self._total: Counts = Counts()

    def add(self, count: Count, amount: int, at: datetime) -> None:
        """Count something that happened at `at`; what is older than the window is not counted."""
        slot = int(at.timestamp()) // _SLOT_SECONDS
        held, counts = self._ring[slot % _SLOTS]
        if held > slot:
            return
        if held < slot:
            self._total.subtract(counts)
            counts = Counts()
            self._ring[slot % _SLOTS] = (slot, counts)
        counts[count] += amount
        self._total[count] += amount

    def add_span(self, count: Count, agents: int, begin: datetime, end: datetime) -> None:
        """Count `agents` times the milliseconds from `begin` to `end`, each where it belongs."""
        begin = max(begin, end - INTERVAL)
        while begin < end:
            slot_ends = (int(begin.timestamp()) // _SLOT_SECONDS + 1) * _SLOT_SECONDS
            until = min(end, datetime.fromtimestamp(slot_ends, begin.tzinfo))
            self.add(count, agents * milliseconds(until - begin), begin)
            begin = until

    def at(self, now: datetime) -> Counts:
        """Return the counts of the thirty minutes before `now`, whole slots of ten seconds."""
        oldest = int(now.timestamp()) // _SLOT_SECONDS - _SLOTS
        for place, (slot, counts) in enumerate(self._ring):
            if slot <= oldest and counts:
                self._total.subtract(counts)
                self._ring[place] = (slot, Counts())
        return self._total


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds."""
    return span // timedelta(milliseconds=1)
