"""The ticket service under the profile that the settings name."""

from functools import cache

from hotline.house import House
from tickets.profile import Profile, load_profile
from tickets.service import TicketService


@cache
def profile(name: str) -> Profile:
    """Return a regional profile, read once a process.

    Raises:
        PartUnavailable: there is none of this name, or it is not valid.
    """
    return load_profile(name)


def ticket_service(house: House) -> TicketService:
    """Return the ticket service of the house."""
    return TicketService(house.database, house.clock, profile(house.settings.profile))
