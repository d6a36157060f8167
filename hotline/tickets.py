"""The ticket service under the profile that the settings name, and the calendar its deadlines are counted by."""

from functools import cache
from pathlib import Path

import structlog

from core.settings import Settings
from hotline.house import House
from tickets.calendar_table import FollowedCalendar
from tickets.profile import Profile, load_profile
from tickets.service import TicketService

_log = structlog.get_logger(__name__)


def own_profiles(settings: Settings) -> Path:
    """Return the operator's directory of profiles; a file there goes before the product's of the same name."""
    return settings.home / "profiles"


def calendar_file(settings: Settings) -> Path:
    """Return the administrator's table of working days."""
    return settings.home / "calendar.toml"


@cache
def profile(name: str, own: Path | None = None) -> Profile:
    """Return a regional profile, read once a process.

    Raises:
        PartUnavailable: there is none of this name, or it is not valid.
    """
    return load_profile(name, own=own)


def ticket_service(house: House) -> TicketService:
    """Return the ticket service of the house."""
    settings = house.settings
    rules = profile(settings.profile, own_profiles(settings))
    return TicketService(
        house.database, house.clock, rules, FollowedCalendar(calendar_file(settings)), settings.files_dir,
        upward=bool(settings.upper.url),
    )  # fmt: skip


class CalendarWatch:
    """Computes deadlines again when the calendar says something else than before (AMB-10)."""

    def __init__(self, house: House, tickets: TicketService) -> None:
        self._tickets = tickets
        self._calendar = FollowedCalendar(calendar_file(house.settings))
        self._counted_by: object = None

    async def look(self) -> None:
        """Look once: at the start for deadlines that were provisional, after a change for all that are open."""
        stamp = self._calendar.stamp
        if stamp == self._counted_by:
            return
        first = self._counted_by is None
        moved = await (self._tickets.recompute_provisional() if first else self._tickets.recompute_open())
        self._counted_by = stamp
        if moved:
            _log.info("deadlines_recomputed", tickets=moved)
