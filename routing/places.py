"""Places in order: a plain list, because nearly all that happens to a line happens at its two ends.

Who comes last stands last, who is served stood first: both cost the same however long the line is. Elsewhere (a head
start, a caller who hangs up) the list is searched in O(log n) steps and the places behind are moved in one piece of
memory, 8 bytes a place: well under a microsecond for a thousand of them.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

Place = tuple[float, int, str]
"""Place in a line: instant it counts from (seconds since the epoch), tie-break number, id. Smaller is earlier."""

_MOST_GONE = 64


class Places:
    """Places of waiting calls, the first one at hand."""

    __slots__ = ("_gone", "_places", "first")

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._gone = 0
        """How many at the front of the list are taken out already."""
        self.first: Place | None = None

    def add(self, place: Place) -> None:
        """Put a place in."""
        places, first = self._places, self.first
        if first is None:
            self.first = place
            places.append(place)
        elif places[-1] < place:
            places.append(place)
        elif place < first:
            self.first = place
            places.insert(self._gone, place)
        else:
            insort(places, place, self._gone)

    def remove(self, place: Place) -> None:
        """Take a place out that is there."""
        places, gone = self._places, self._gone
        if place == self.first:
            gone += 1
            self.first = places[gone] if gone < len(places) else None
            if (gone > _MOST_GONE and 2 * gone > len(places)) or self.first is None:
                del places[:gone]
                gone = 0
            self._gone = gone
            return
        del places[bisect_left(places, place, gone)]

    def before(self, place: Place) -> int:
        """Return how many stand before a place, in O(log n)."""
        places = self._places
        if places and places[-1] < place:
            return len(places) - self._gone
        return bisect_left(places, place, self._gone) - self._gone

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places[self._gone :])

    def __len__(self) -> int:
        return len(self._places) - self._gone
