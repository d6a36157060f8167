"""`CallRecorder`: what the switch did, kept in the database. Facts come in any order and more than once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from core.clock import Clock
from core.database import Database
from core.errors import HotlineError, InvalidInput, NotFound
from core.personal import Personal
from telephony import repository
from telephony.events import (
    CallArrived,
    CallEnded,
    CallFact,
    CallFellBack,
    CallRequeued,
    LegEnded,
    LegJoined,
    LegRecorded,
    LegRinging,
    Party,
    SwitchSnapshot,
)
from telephony.journal import Journal, TakenFile
from telephony.ledger import Ledger
from telephony.repository import CallFilter
from telephony.states import CallEvent
from telephony.views import CallView, NumberTraffic, call_view
from telephony.watcher import SwitchWatcher

log = structlog.get_logger(__name__)

_MOST_CALLS = 200


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one look into the journal brought."""

    lines: int
    damaged: int


class CallRecorder:
    """Use cases of the recorder; one transaction each.

    Raises (all methods): PartUnavailable when the database cannot be used; nothing is lost then, the journal stays.
    """

    def __init__(self, database: Database, clock: Clock, spool: Path) -> None:
        self._database = database
        self._clock = clock
        self._spool = spool
        self._journal = Journal(spool / "journal")
        self._busy = asyncio.Lock()

    async def take(self, fact: CallFact) -> None:
        """Record a fact; the end of a leg makes the journal be read."""
        if isinstance(fact, LegEnded | LegRecorded | CallEnded | SwitchSnapshot):
            await self.ingest_journal()
        async with self._database.transaction() as session:
            await self._enter(Ledger(session, self._spool, self._clock.now()), fact)

    async def ingest_journal(self) -> Ingested:
        """Store every line of the journal that is not stored yet, and tell of calls that are complete by it."""
        async with self._busy:
            files = await asyncio.to_thread(self._journal.take)
            for file in files:
                await self._store(file)
                self._journal.stored(file)
            await asyncio.to_thread(self._journal.sweep, self._clock.now())
        return Ingested(sum(len(file.lines) for file in files), sum(file.damaged for file in files))

    async def calls(self, wanted: CallFilter) -> list[CallView]:
        """Return calls, newest first.

        Raises:
            InvalidInput: `limit` is not between 1 and 200.
        """
        if not 1 <= wanted.limit <= _MOST_CALLS:
            raise InvalidInput("limit", f"必须在 1 到 {_MOST_CALLS} 之间")
        async with self._database.reading() as session:
            calls = await repository.find_calls(session, wanted)
            legs = await repository.legs_of(session, [call.id for call in calls])
        return [call_view(call, legs) for call in calls]

    async def traffic(self, since: datetime, until: datetime, without: Sequence[Personal]) -> list[NumberTraffic]:
        """Return what became of each number in a period, each hotline under the number that was really dialled.

        Args:
            since: earliest arrival.
            until: arrivals before it.
            without: callers who are not counted (probe calls, JS-20).
        """
        async with self._database.reading() as session:
            dialled = await repository.calls_by_number(session, since, until, without)
            called = await repository.transfers_by_number(session, since, until, without)
        found = {row[0]: NumberTraffic(*row) for row in dialled if row[0]}
        for number, transfers, connected in called:
            known = found.get(number, NumberTraffic(number))
            found[number] = replace(known, transfers=transfers, connected=connected)
        return sorted(found.values(), key=lambda one: (len(one.number), one.number))

    async def call(self, call_id: str) -> CallView:
        """Return one call with its legs.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.reading() as session:
            call = await repository.call_of(session, call_id)
            if call is None:
                raise NotFound("通话", call_id)
            return call_view(call, await repository.legs_of(session, [call_id]))

    async def run(
        self, watcher: SwitchWatcher, *, after: Callable[[CallFact], Awaitable[None]], every: float = 5.0
    ) -> None:
        """Record until cancelled: the switch's facts as they come, the journal also every `every` seconds.

        Args:
            watcher: the switch's facts.
            after: told of each fact once it is recorded, or could not be; what it raises is logged.
            every: seconds between two looks into the journal.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(watcher, after))
            tasks.create_task(self._look(every))

    async def _follow(self, watcher: SwitchWatcher, after: Callable[[CallFact], Awaitable[None]]) -> None:
        async for fact in watcher.facts():
            try:
                await self.take(fact)
            except HotlineError as error:
                # the journal and the next snapshot bring it again
                log.warning("fact_not_recorded", fact=type(fact).__name__, problem=error.code)
            await self._tell(after, fact)

    @staticmethod
    async def _tell(after: Callable[[CallFact], Awaitable[None]], fact: CallFact) -> None:
        try:
            await after(fact)
        except Exception:
            log.exception("fact_not_told", fact=type(fact).__name__)

    async def _look(self, every: float) -> None:
        while True:
            try:
                await self.ingest_journal()
            except (HotlineError, OSError) as error:
                log.warning("journal_not_ingested", problem=getattr(error, "code", type(error).__name__))
            await asyncio.sleep(every)

    async def _store(self, file: TakenFile) -> None:
        if file.damaged:
            log.warning("journal_damaged", file=file.path.name, lines=file.damaged)
        async with self._database.transaction() as session:
            ledger = Ledger(session, self._spool, self._clock.now())
            for line in file.lines:
                await ledger.journaled(line)
            for call_id in sorted({line.call_id for line in file.lines}):
                await ledger.finish(call_id)

    async def _enter(self, ledger: Ledger, fact: CallFact) -> None:  # noqa: C901 - one branch a fact
        match fact:
            case CallArrived():
                await ledger.arrived(fact.call_id, fact.caller, fact.dialled, fact.queue, fact.at)
                await ledger.came_by(fact.call_id, reached=fact.reached, partner=fact.partner, former=fact.former)
                await ledger.leg(fact.leg_id, fact.call_id, Party.CALLER, "", fact.channel)
            case CallFellBack():
                await ledger.moved(fact.call_id, CallEvent.FELL_BACK, fact.at)
            case CallRequeued():
                await ledger.moved(fact.call_id, CallEvent.REQUEUED, fact.at)
            case LegRinging():
                leg = await ledger.leg(fact.leg_id, fact.call_id, fact.party, fact.endpoint)
                leg.rang_at = leg.rang_at or fact.at
            case LegJoined():
                leg = await ledger.leg(fact.leg_id, fact.call_id, fact.party, fact.endpoint, fact.channel)
                leg.joined_at = leg.joined_at or fact.at
                await ledger.moved(fact.call_id, CallEvent.JOINED, fact.at)
            case LegEnded():
                leg = await ledger.leg(fact.leg_id, fact.call_id, fact.party, fact.endpoint)
                leg.ended_at = leg.ended_at or fact.at
                leg.reason = fact.reason
                await ledger.finish(fact.call_id)
            case CallEnded():
                await ledger.finish(fact.call_id)
            case SwitchSnapshot():
                await self._enter_snapshot(ledger, fact)
            case _:
                pass

    async def _enter_snapshot(self, ledger: Ledger, snapshot: SwitchSnapshot) -> None:
        for call in snapshot.calls:
            if call.caller_leg_id:
                await ledger.arrived(call.call_id, call.caller, call.dialled, call.queue, call.entered_at)
            for leg in call.legs:
                await ledger.leg(leg.leg_id, call.call_id, leg.party, leg.endpoint, leg.channel)
        await ledger.gone(snapshot.calls)
