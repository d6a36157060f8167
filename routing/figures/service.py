"""Use cases of the figures: what is kept of them, and what they are counted again from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import LOCAL, Clock
from core.database import Database
from routing.events import (
    AgentState,
    AgentStateChanged,
    CallLeftQueue,
    CallQueued,
    LeaveReason,
    RoutingNotice,
)
from routing.figures import repository
from routing.figures.counts import Count
from routing.figures.lane import Interval
from routing.figures.model import LeftOutCall, QueueInterval, StateChange
from routing.figures.windows import INTERVAL
from routing.model import QueueStay

_LOOK_BACK = timedelta(hours=24)
"""How far before midnight an agent's last change of state is looked for."""


@dataclass(frozen=True, slots=True)
class History:
    """What the figures of today are counted from."""

    since: datetime
    left_out: tuple[str, ...]
    notices: tuple[RoutingNotice, ...]
    """In the order of their instants."""


@dataclass(frozen=True, slots=True)
class KeptInterval:
    """A half hour of the history; `complete`: it was written after its end."""

    interval: Interval
    complete: bool


class FigureLog:
    """The rows behind the figures. Everything may be stored twice."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def store(self, changes: Iterable[AgentStateChanged]) -> None:
        """Keep changes of agents' states, in order, in one transaction."""
        async with self._database.transaction() as session:
            for change in changes:
                session.add(
                    StateChange(
                        agent_id=change.agent_id,
                        state=change.state.value,
                        reason=change.reason,
                        call_id=change.call_id,
                        at=change.at,
                    )
                )
                await session.flush()  # ids are in the order of the changes

    async def leave_out(self, call_id: str, why: str) -> None:
        """Note that a call does not count: `probe` or `callback`."""
        async with self._database.transaction() as session:
            if await repository.left_out(session, call_id) is None:
                session.add(LeftOutCall(call_id=call_id, why=why, at=self._clock.now()))

    async def keep(self, intervals: Iterable[Interval], *, only_missing: bool = False) -> None:
        """Write half hours; what was written of them before is replaced, unless `only_missing`."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            for one in intervals:
                await _keep(session, one, now, only_missing=only_missing)

    async def intervals(self, queue: str, since: datetime, until: datetime) -> list[KeptInterval]:
        """Return the half hours of a queue (`*`: all together) that begin in the span, oldest first."""
        async with self._database.reading() as session:
            return [_kept(row) for row in await repository.intervals(session, queue, since, until)]

    async def changes_of(
        self, agent_id: str, since: datetime, until: datetime, limit: int = 500
    ) -> list[AgentStateChanged]:
        """Return what an agent did in the span, newest first."""
        async with self._database.reading() as session:
            return [_change(row) for row in await repository.changes_of(session, agent_id, since, until, limit)]

    async def today(self, until: datetime) -> History:
        """Return what happened from midnight, civil time, to before `until`, as the engine told it."""
        since = until.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(until.tzinfo)
        async with self._database.reading() as session:
            before = await repository.last_changes_before(session, since - _LOOK_BACK, since)
            changes = await repository.changes_since(session, since)
            stays = await repository.stays_since(session, since)
            left_out = await repository.left_out_since(session, since - _LOOK_BACK)
        notices: list[tuple[datetime, RoutingNotice]] = [(since, _change(row, since)) for row in before]
        notices += [(row.at, _change(row)) for row in changes if row.at < until]
        for stay in stays:
            notices += _of_stay(stay, since, until)
        # sorted is stable: what has the same instant keeps its order, calls after agents
        return History(since, tuple(left_out), tuple(notice for _, notice in sorted(notices, key=lambda one: one[0])))


async def _keep(session: AsyncSession, one: Interval, now: datetime, *, only_missing: bool) -> None:
    counts = {count.value: amount for count, amount in one.counts.items() if amount}
    row = await repository.interval(session, one.queue, one.starts_at)
    if row is None:
        session.add(QueueInterval(queue=one.queue, starts_at=one.starts_at, counts=counts, written_at=now))
    elif not only_missing:
        row.counts, row.written_at = counts, now


def _kept(row: QueueInterval) -> KeptInterval:
    known = set(Count)
    counts = {Count(name): amount for name, amount in row.counts.items() if name in known}
    return KeptInterval(Interval(row.queue, row.starts_at, counts), row.written_at >= row.starts_at + INTERVAL)


def _change(row: StateChange, at: datetime | None = None) -> AgentStateChanged:
    return AgentStateChanged(row.agent_id, AgentState(row.state), row.call_id, row.reason, at or row.at)


def _of_stay(stay: QueueStay, since: datetime, until: datetime) -> list[tuple[datetime, RoutingNotice]]:
    """Return how a call entered and left a queue. One that has not left is lost until the engine tells of it again."""
    queued = stay.queued_at or stay.entered_at
    told: list[tuple[datetime, RoutingNotice]] = []
    if queued >= until:
        return told
    if queued >= since:
        told.append((queued, CallQueued(stay.call_id, stay.queue, 1, stay.entered_at, queued)))
    has_left = stay.left_at is not None and stay.left_at < until
    left, reason = (stay.left_at or until, stay.reason) if has_left else (until, LeaveReason.LOST)
    if has_left or queued >= since:
        waited = max(0.0, (left - stay.entered_at).total_seconds())
        told.append((left, CallLeftQueue(stay.call_id, stay.queue, LeaveReason(reason or ""), waited, left)))
    return told
