"""Alarms of running calls: told again until somebody takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asr import repository
from asr.model import Alarm
from core.actors import Actor
from core.clock import Clock
from core.database import Database
from core.errors import Conflict, NotFound
from core.personal import Personal

_MOST_ALARMS = 200
AGAIN_AFTER = timedelta(seconds=60)
"""An alarm that nobody took is told again after this."""
MOST_TOLD = 5
"""Times an alarm is told; it stays on the list of those not taken."""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm as people see it."""

    id: str
    call_id: str
    level: str
    topic: str
    words: Personal
    at: datetime
    told: int
    """How often it was told so far."""
    taken_by: str | None
    """Name of who took it; None: nobody did."""
    taken_at: datetime | None


class AlarmDesk:
    """What became of the alarms that `TranscriptService.raise_alarm` raised."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def since(self, instant: datetime) -> list[AlarmView]:
        """Return the alarms raised since an instant, newest first."""
        async with self._database.reading() as session:
            return [_view(row) for row in await repository.alarms(session, instant, _MOST_ALARMS)]

    async def get(self, alarm_id: str) -> AlarmView:
        """Return one alarm.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.reading() as session:
            row = await repository.alarm(session, alarm_id)
        if row is None:
            raise NotFound("告警", alarm_id)
        return _view(row)

    async def take(self, alarm_id: str, actor: Actor) -> AlarmView:
        """Note that somebody takes care; the same person again changes nothing.

        Raises:
            NotFound: there is no such alarm.
            Conflict: somebody else took it first.
        """
        async with self._database.transaction() as session:
            row = await repository.alarm(session, alarm_id, locked=True)
            if row is None:
                raise NotFound("告警", alarm_id)
            if row.taken_by not in {None, actor.account_id}:
                raise Conflict(f"该告警已由{row.taken_name}处理", code="alarm_taken")
            if row.taken_by is None:
                row.taken_by, row.taken_name, row.taken_at = actor.account_id, actor.name, self._clock.now()
            return _view(row)

    async def tell_again(self) -> Sequence[AlarmView]:
        """Return the alarms that nobody took and that are to be told again now, and count it."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            due = await repository.alarms_untaken(session, now - AGAIN_AFTER, MOST_TOLD)
            for row in due:
                row.told, row.told_at = row.told + 1, now
            return [_view(row) for row in due]


def _view(row: Alarm) -> AlarmView:
    return AlarmView(
        row.id, row.call_id, row.level, row.topic, row.words, row.raised_at, row.told, row.taken_name, row.taken_at
    )
