"""The ledger of supervisors: what cannot be put on record does not happen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.actors import Actor
from core.clock import Clock
from core.database import Database
from core.errors import HotlineError
from core.personal import Personal
from telephony.supervision import repository
from telephony.supervision.model import SupervisionRecord
from telephony.supervision.repository import RecordFilter

DONE = "done"


@dataclass(slots=True)
class Act:
    """What a supervisor is about to do; what is learnt while it is done may be filled in."""

    name: str
    reason: str
    call_id: str | None = None
    agent_id: str | None = None
    queue: str | None = None
    leg_id: str | None = None


class SupervisionLedger:
    """Who did what to whom, when and why."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def entry(self, actor: Actor, act: Act) -> AsyncIterator[Act]:
        """Keep the act before it is done, and after it what came of it; a refusal is kept and goes on.

        Raises:
            PartUnavailable: the database cannot be written; nothing is done then.
        """
        record_id = await self._open(actor, act)
        try:
            yield act
        except HotlineError as error:
            await self._close(record_id, act, error.code)
            raise
        await self._close(record_id, act, DONE)

    async def records(self, wanted: RecordFilter) -> list[SupervisionRecord]:
        """Return what was done, newest first."""
        async with self._database.reading() as session:
            return [*await repository.records(session, wanted)]

    async def _open(self, actor: Actor, act: Act) -> str:
        async with self._database.transaction() as session:
            record = SupervisionRecord(
                at=self._clock.now(),
                account_id=actor.account_id,
                act=act.name,
                call_id=act.call_id,
                agent_id=act.agent_id,
                queue=act.queue,
                reason=Personal(act.reason),
            )
            session.add(record)
            await session.flush()
            return record.id

    async def _close(self, record_id: str, act: Act, outcome: str) -> None:
        async with self._database.transaction() as session:
            record = await repository.record(session, record_id)
            if record is not None:
                record.outcome = outcome
                record.call_id, record.agent_id, record.leg_id = act.call_id, act.agent_id, act.leg_id
