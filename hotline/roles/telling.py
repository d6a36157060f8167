"""What the engine told goes on from here: to Valkey, to the broker, into the database. The engine waits for none."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import structlog

from core.errors import HotlineError, PartUnavailable
from hotline.house import House
from hotline.roles.clerk import Clerk
from routing.engine_events import AgentPresence
from routing.events import (
    AgentStateChanged,
    CallLeftQueue,
    CallQueued,
    OfferEnded,
    OfferMade,
    PauseOverran,
    PlanTaken,
    RoutingNotice,
)
from routing.presence import PresenceStore

log = structlog.get_logger(__name__)

DecisionRecord = CallQueued | CallLeftQueue | OfferMade | OfferEnded

PLAN_TAKEN_TOPIC = "hotline/plan/taken"

_NAMES = {
    OfferMade: "offer_made",
    OfferEnded: "offer_ended",
    CallQueued: "queued",
    CallLeftQueue: "left_queue",
}
_PRESENCE_SECONDS = 2.0
_RECORDS_PAUSE_SECONDS = 2.0
_GATHER_SECONDS = 0.1
"""Records are written together that come within this time: a transaction costs the engine's processor time."""
_TOGETHER = 100


class Teller:
    """Takes notices in their order.

    Args:
        house: bus.
        presence: where agents are remembered outside the engine.
        presence_of: an agent as he is to be remembered now.
        everyone: all of them.
        clerk: who writes decisions down.
    """

    def __init__(
        self,
        house: House,
        presence: PresenceStore,
        presence_of: Callable[[str], AgentPresence],
        everyone: Callable[[], list[AgentPresence]],
        clerk: Clerk,
    ) -> None:
        self._bus = house.bus
        self._presence = presence
        self._presence_of = presence_of
        self._everyone = everyone
        self._clerk = clerk
        self._notices: asyncio.Queue[RoutingNotice] = asyncio.Queue()
        self._records: asyncio.Queue[DecisionRecord] = asyncio.Queue()
        self.restored = False
        """Agents remembered in Valkey were read: from now on what the engine knows replaces it."""

    def take(self, notice: RoutingNotice) -> None:
        """Take in what the engine told; never waits."""
        self._notices.put_nowait(notice)

    async def run(self) -> None:
        """Tell and keep until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell())
            group.create_task(self._keep_records())
            group.create_task(self._keep_presence())

    async def finish(self, seconds: float = 5.0) -> None:
        """Write down what was decided before an orderly end; what the database does not take in time is lost."""
        while not self._notices.empty():
            notice = self._notices.get_nowait()
            if isinstance(notice, DecisionRecord):
                self._records.put_nowait(notice)
        records = []
        while not self._records.empty():
            records.append(self._records.get_nowait())
        try:
            async with asyncio.timeout(seconds):
                await self._clerk.keep_decisions(records)
        except (HotlineError, TimeoutError) as error:
            log.error("decisions_lost", number=len(records), problem=str(error))  # noqa: TRY400

    async def _tell(self) -> None:
        while True:
            notice = await self._notices.get()
            if isinstance(notice, AgentStateChanged):
                await self._presence.save(self._presence_of(notice.agent_id))
            elif isinstance(notice, DecisionRecord):
                self._records.put_nowait(notice)
            await self._publish(notice)

    async def _keep_presence(self) -> None:
        """Bring Valkey up to date again and again: it may have been away, or have lost its memory."""
        while True:
            await asyncio.sleep(_PRESENCE_SECONDS)
            if self.restored:
                await self._presence.save_all(self._everyone())

    async def _keep_records(self) -> None:
        """Write decisions down in their order; while the database is away they wait."""
        while True:
            records = [await self._records.get()]
            await asyncio.sleep(_GATHER_SECONDS)
            while not self._records.empty() and len(records) < _TOGETHER:
                records.append(self._records.get_nowait())
            if not await self._store(records):
                for record in records:  # one that the database refuses must not take the others with it
                    await self._store([record])

    async def _store(self, records: list[DecisionRecord]) -> bool:
        while True:
            try:
                await self._clerk.keep_decisions(records)
            except PartUnavailable as error:
                log.error("decision_waits", problem=error.problem, remedy=error.remedy)  # noqa: TRY400
                await asyncio.sleep(_RECORDS_PAUSE_SECONDS)
                continue
            except HotlineError as error:
                log.error("decision_not_kept", records=len(records), problem=error.message)  # noqa: TRY400
                return False
            return True

    async def _publish(self, notice: RoutingNotice) -> None:
        match notice:
            case AgentStateChanged():
                await self._bus.publish(f"hotline/agents/{notice.agent_id}/state", asdict(notice))
            case PauseOverran():
                await self._bus.publish(f"hotline/agents/{notice.agent_id}/pause-overran", asdict(notice))
            case PlanTaken():
                await self._bus.publish(PLAN_TAKEN_TOPIC, asdict(notice))
            case _:
                await self._bus.publish(f"hotline/calls/{notice.call_id}/state", _shown(notice))


def _shown(notice: DecisionRecord) -> dict[str, Any]:
    """Return a notice about a call without its trace, which is long and on record."""
    values = {field.name: getattr(notice, field.name) for field in fields(notice) if field.name != "trace"}
    return {"event": _NAMES[type(notice)], **values}
