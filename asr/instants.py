"""Which instant a moment of a stream was, although a busy switch leaves sound out of it.

A tap of Asterisk that gets too little processor time skips frames without a word: what follows then lies earlier in
the stream than it was said. Sound that is only late comes in a burst afterwards, sound that was left out never comes:
the least delay of the last seconds tells how much is gone for good.
"""

from collections import deque
from datetime import datetime, timedelta

_WINDOW_SECONDS = 2.0
_NOTABLE_MS = 40
"""Smaller steps are the grain of frames and clocks."""


class Instants:
    """Ties the milliseconds of one stream to instants.

    Args:
        began: the instant of the first sample.
    """

    def __init__(self, began: datetime) -> None:
        self._began = began
        self._first: float | None = None
        self._delays: deque[tuple[float, float]] = deque()
        """(when, delay in ms), delays rising: the first is the least of the window."""
        self._steps: list[tuple[int, float]] = [(0, 0.0)]
        """(ms of the stream, ms left out before it)."""

    @property
    def lost_ms(self) -> int:
        """Sound left out so far, in ms."""
        return round(self._steps[-1][1])

    def arrived(self, total_ms: int, now: float) -> None:
        """Note that sound came.

        Args:
            total_ms: length of the stream up to and with this piece.
            now: when it came, in seconds of a clock that never goes back.
        """
        if self._first is None:
            self._first = now - total_ms / 1000
        delay = (now - self._first) * 1000 - total_ms
        while self._delays and self._delays[-1][1] >= delay:
            self._delays.pop()
        self._delays.append((now, delay))
        while self._delays[0][0] < now - _WINDOW_SECONDS:
            self._delays.popleft()
        # before the window is full the stream may just have begun late
        lost = self._delays[0][1] if now - self._first > _WINDOW_SECONDS else 0.0
        if lost >= self._steps[-1][1] + _NOTABLE_MS:
            self._steps.append((total_ms, lost))

    def at(self, stream_ms: int) -> datetime:
        """Return the instant of a moment of the stream."""
        lost = next(lost for since, lost in reversed(self._steps) if since <= max(stream_ms, 0))
        return self._began + timedelta(milliseconds=stream_ms + lost)
