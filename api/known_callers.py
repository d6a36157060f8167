"""Who calls again: what is known of a number before anybody speaks, found by its keyed hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.services import Services
from core.personal import Personal
from routing.callers.numbers import national
from telephony.events import Party
from telephony.repository import CallFilter
from telephony.views import CallView

_MOST_CALLS = 50


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """What is known of a number. Counts and ids, nothing personal."""

    calls: int
    """Earlier calls within the time looked back, at most 50 in each form of the number."""
    last_call_at: datetime | None
    last_agent_id: str | None
    """Agent who talked with him last and is still active."""
    open_tickets: tuple[str, ...]
    """Ids of tickets of this number that still need work."""


async def known_caller(services: Services, number: Personal, *, but: str = "") -> KnownCaller:
    """Return what is known of a number; `but` leaves out the call that is going on.

    Raises:
        PartUnavailable: the database cannot be used.
    """
    since = services.clock.now() - timedelta(days=services.settings.callbacks.history_days)
    found: dict[str, CallView] = {}
    tickets: set[str] = set()
    for form in {number.reveal(), national(number.reveal())}:
        wanted = CallFilter(caller=Personal(form), since=since, limit=_MOST_CALLS)
        found |= {call.call_id: call for call in await services.calls.calls(wanted)}
        tickets |= set(await services.tickets.open_of_caller(Personal(form)))
    found.pop(but, None)
    newest = sorted(found.values(), key=lambda call: call.entered_at, reverse=True)
    return KnownCaller(
        calls=len(newest),
        last_call_at=newest[0].entered_at if newest else None,
        last_agent_id=await _last_agent(services, newest),
        open_tickets=tuple(sorted(tickets)),
    )


async def _last_agent(services: Services, newest: list[CallView]) -> str | None:
    for call in newest:
        joined = [leg for leg in call.legs if leg.party is Party.AGENT and leg.joined_at is not None]
        if joined:
            agent = await services.agents.by_number(joined[-1].endpoint)
            return None if agent is None else agent.id
    return None
