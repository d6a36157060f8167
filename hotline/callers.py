"""The rooms' services around callers put together: block list, callbacks, and who it is that calls again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.database import Database
from core.personal import Personal
from core.settings import Settings
from hotline.house import House
from hotline.tickets import ticket_service
from routing.callers.block_list import BlockList
from routing.callers.callbacks import Callbacks
from routing.callers.numbers import national
from routing.callers.rules import CallbackRules
from routing.service import AgentDirectory
from telephony.events import Party
from telephony.repository import CallFilter
from telephony.service import CallRecorder
from telephony.views import CallView

_MOST_CALLS = 50


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """What is known of a number before anybody speaks. Counts and ids, nothing personal."""

    calls: int
    """Earlier calls within the time looked back, at most 50."""
    last_call_at: datetime | None
    last_agent_id: str | None
    """Agent who talked with him last and is still active."""
    open_tickets: tuple[str, ...]
    """Ids of tickets of this number that are not closed."""


class CallerHistory:
    """Recognises repeat callers by the keyed hash of their number."""

    def __init__(
        self,
        calls: CallRecorder,
        agents: AgentDirectory,
        open_tickets: Callable[[Personal], Awaitable[Sequence[str]]],
        clock: Clock,
        look_back: timedelta,
    ) -> None:
        self._calls = calls
        self._agents = agents
        self._open_tickets = open_tickets
        self._clock = clock
        self._look_back = look_back

    async def of(self, number: Personal, *, but: str = "") -> KnownCaller:
        """Return what is known of a number; `but` leaves out the call that is going on.

        Raises:
            PartUnavailable: the database cannot be used.
        """
        since = self._clock.now() - self._look_back
        found: dict[str, CallView] = {}
        for form in {number.reveal(), national(number.reveal())}:
            wanted = CallFilter(caller=Personal(form), since=since, limit=_MOST_CALLS)
            found |= {call.call_id: call for call in await self._calls.calls(wanted)}
        found.pop(but, None)
        newest = sorted(found.values(), key=lambda call: call.entered_at, reverse=True)
        return KnownCaller(
            calls=len(newest),
            last_call_at=newest[0].entered_at if newest else None,
            last_agent_id=await self._last_agent(newest),
            open_tickets=tuple(await self._open_tickets(number)),
        )

    async def _last_agent(self, newest: list[CallView]) -> str | None:
        for call in newest:
            joined = [leg for leg in call.legs if leg.party is Party.AGENT and leg.joined_at is not None]
            if joined:
                agent = await self._agents.by_number(joined[-1].endpoint)
                return None if agent is None else agent.id
        return None


def callbacks_of(database: Database, clock: Clock, settings: Settings) -> Callbacks:
    """Return the callbacks under the rules of the settings."""
    given = settings.callbacks
    return Callbacks(
        database,
        clock,
        CallbackRules(
            attempts=given.attempts,
            retry_minutes=given.retry_minutes,
            earliest=given.earliest,
            latest=given.latest,
            shortest_seconds=given.missed_seconds,
            keep=timedelta(hours=given.keep_hours),
        ),
    )


def block_list(house: House) -> BlockList:
    """Return the block list of the house."""
    return BlockList(house.database, house.clock)


def caller_history(house: House) -> CallerHistory:
    """Return who recognises repeat callers."""
    tickets = ticket_service(house)
    return CallerHistory(
        CallRecorder(house.database, house.clock, house.settings.spool_dir),
        AgentDirectory(house.database, house.clock),
        tickets.open_of_caller,
        house.clock,
        timedelta(days=house.settings.callbacks.history_days),
    )
