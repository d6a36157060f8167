"""Notes that go with a caller to a partner: one when its phone rings, one that tells how it ended.

The first lets whoever answers see whom he gets; the second says that it is his, or that nobody came: the note is void.
Both go through the outbox. Should this role die in between, `HANDOVER_CHECK` tells the end from the tables
(`hotline/handover.py`), under the same keys: no stage is told twice.
"""

from datetime import datetime, timedelta

import structlog

from core.errors import HotlineError
from hotline.house import House
from telephony.events import CallEnded, CallFact, HandOver, HandOverStage, LegEnded, LegJoined
from telephony.transfers.notes import at_stage, check_later, tell

log = structlog.get_logger(__name__)

_GRACE = timedelta(seconds=60)
"""After the longest ringing: by then the tables know how the leg ended."""


class HandOverNotes:
    """Notes of the transfers that are under way.

    Args:
        house: gives database and clock.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._open: dict[str, HandOver] = {}
        """Attempts whose end is not known, by leg."""

    def expect(self, note: HandOver) -> None:
        """Note that a partner is about to be called: it may answer before the verb returns."""
        self._open[note.leg_id] = note

    async def rings(self, leg_id: str, seconds: float) -> None:
        """Tell the partner who is coming; nothing when the attempt is over already.

        Args:
            leg_id: the attempt.
            seconds: how long it may ring.
        """
        note = self._open.get(leg_id)
        if note is not None:
            await self._keep(note, check_at=note.at + timedelta(seconds=seconds) + _GRACE)

    async def take(self, fact: CallFact) -> None:
        """Follow the switch: tell how an attempt ended."""
        match fact:
            case LegJoined(leg_id=leg_id) if leg_id in self._open:
                await self._keep(at_stage(self._open.pop(leg_id), HandOverStage.ANSWERED, fact.at))
            case LegEnded(leg_id=leg_id) if leg_id in self._open:
                note = self._open.pop(leg_id)
                await self._keep(at_stage(note, HandOverStage.NOT_CONNECTED, fact.at, fact.reason))
            case CallEnded():
                # a verb that the switch refused leaves an attempt that never began
                for leg_id in [one for one, note in self._open.items() if note.call_id == fact.call_id]:
                    del self._open[leg_id]
            case _:
                pass

    async def _keep(self, note: HandOver, check_at: datetime | None = None) -> None:
        """Put a stage into the outbox; `check_at`: when its end is looked up should nobody tell it."""
        now = self._house.clock.now()
        try:
            async with self._house.database.transaction() as session:
                await tell(session, note, now)
                if check_at is not None:
                    await check_later(session, note, now, check_at)
        except HotlineError as error:
            # the caller is with the partner already: a note that cannot be kept must not undo that
            log.error("handover_note_not_kept", call_id=note.call_id, problem=error.code)  # noqa: TRY400
