"""The clock is passed in; rules never read the time themselves."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
"""The civil time of the regulations; used in rules and pages only, never in the database."""


class Clock(Protocol):
    """Tells the present instant as aware UTC."""

    def now(self) -> datetime:
        """Return the present instant (aware UTC)."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant (aware UTC)."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: virtual time for tests and simulations."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("ManualClock needs an aware instant")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock was last moved to (aware UTC)."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward and return the new instant."""
        self._now += by
        return self._now
