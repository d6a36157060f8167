"""What is known of a caller from before: who served him last, how often he called. Looked up beside the decision."""

import asyncio
from datetime import timedelta

import structlog

from core.errors import HotlineError
from core.personal import Personal
from hotline.house import House
from hotline.roles.backroom import Backroom
from routing.engine_events import CallDescribed, EngineEvent
from routing.service import AgentDirectory
from telephony.events import Party
from telephony.repository import CallFilter
from telephony.service import CallRecorder
from telephony.views import CallView

log = structlog.get_logger(__name__)

_LOOK_BACK = timedelta(days=30)
_CALLS = 20
_LONGEST_LINE = 500
"""Lookups that wait; beyond that calls go undescribed rather than late."""


class Describer:
    """Looks callers up one after another; a call that is answered before is answered without.

    Args:
        house: clock and settings.
        backroom: where it is looked up.
    """

    def __init__(self, house: House, backroom: Backroom) -> None:
        self._clock = house.clock
        self._backroom = backroom
        self._calls = CallRecorder(backroom.database, house.clock, house.settings.spool_dir)
        self._agents = AgentDirectory(backroom.database, house.clock)
        self._wanted: asyncio.Queue[tuple[str, Personal]] = asyncio.Queue()
        self.found: asyncio.Queue[EngineEvent] = asyncio.Queue()
        """What the engine is to be told."""

    def want(self, call_id: str, caller: Personal | None) -> None:
        """Have a call's caller looked up; never waits."""
        if caller is not None and self._wanted.qsize() < _LONGEST_LINE:
            self._wanted.put_nowait((call_id, caller))

    async def run(self) -> None:
        """Look up until cancelled."""
        while True:
            call_id, caller = await self._wanted.get()
            try:
                described = await self._backroom.run(self._look_up(call_id, caller))
            except HotlineError as error:
                log.warning("caller_not_looked_up", call_id=call_id, problem=error.message)
                continue
            if described is not None:
                self.found.put_nowait(described)

    async def _look_up(self, call_id: str, caller: Personal) -> CallDescribed | None:
        since = self._clock.now() - _LOOK_BACK
        calls = await self._calls.calls(CallFilter(caller=caller, since=since, limit=_CALLS))
        earlier = [one for one in calls if one.call_id != call_id]
        if not earlier:
            return None
        endpoint = next((phone for one in earlier if (phone := _served_by(one))), "")
        agent = await self._agents.by_number(endpoint) if endpoint else None
        return CallDescribed(call_id, last_agent_id="" if agent is None else agent.id, calls_on_matter=len(earlier))


def _served_by(call: CallView) -> str:
    joined = [leg for leg in call.legs if leg.party is Party.AGENT and leg.joined_at is not None]
    return joined[-1].endpoint if joined else ""
