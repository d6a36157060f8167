"""Writes facts and journal lines into the tables, inside the caller's transaction. Every write may come twice."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from core import ids, outbox, wire
from core.personal import Personal
from telephony import repository
from telephony.causes import reason_of
from telephony.events import CALL_ENDED, CallEndedMessage, CallSeen, HangupReason, LegRecorded, Party
from telephony.journal import LegLine
from telephony.model import Call, Leg
from telephony.states import CallEvent, CallState, next_state


class Ledger:
    """The tables of one transaction.

    Args:
        session: the open transaction.
        spool: spool directory of the switch; recordings are below it.
        now: present instant.
    """

    def __init__(self, session: AsyncSession, spool: Path, now: datetime) -> None:
        self._session = session
        self._spool = spool
        self._now = now

    async def call(self, call_id: str, entered_at: datetime | None = None) -> Call:
        """Return the row of a call; a call heard of for the first time is entered."""
        call = await repository.call_of(self._session, call_id)
        if call is None:
            entered = entered_at or (ids.instant_of(call_id) if ids.is_id(call_id) else self._now)
            call = Call(id=call_id, state=CallState.WAITING, dialled="", queue="", entered_at=entered)
            self._session.add(call)
        return call

    async def leg(self, leg_id: str, call_id: str, party: Party, endpoint: str, channel: str = "") -> Leg:
        """Return the row of a leg; a leg heard of for the first time is entered."""
        leg = await repository.leg_of(self._session, leg_id)
        if leg is None:
            leg = Leg(id=leg_id, call_id=call_id, party=party, endpoint="", channel="")
            self._session.add(leg)
        leg.endpoint = leg.endpoint or endpoint
        leg.channel = leg.channel or channel
        return leg

    async def arrived(
        self, call_id: str, caller: Personal | None, dialled: str, queue: str, entered_at: datetime | None
    ) -> Call:
        """Enter where a call came from and went to."""
        call = await self.call(call_id, entered_at)
        call.caller = call.caller or caller
        call.caller_hash = call.caller
        call.dialled = call.dialled or dialled
        call.queue = call.queue or queue
        call.entered_at = entered_at or call.entered_at
        return call

    async def came_by(self, call_id: str, *, reached: str, partner: str, former: str) -> None:
        """Enter the way that a call came: what a partner or a forwarding carrier told of it."""
        call = await self.call(call_id)
        call.reached, call.partner, call.former = reached[:32], partner[:32], former[:36]

    async def moved(self, call_id: str, event: CallEvent, at: datetime) -> None:
        """Enter what happened to a call."""
        call = await self.call(call_id)
        call.state = next_state(CallState(call.state), event)
        if event is CallEvent.FELL_BACK:
            call.fell_back_at = call.fell_back_at or at
        elif event is CallEvent.JOINED:
            call.joined_at = min(call.joined_at or at, at)

    async def journaled(self, line: LegLine) -> None:
        """Enter a leg's line of the journal: the durable truth about its end and its recording."""
        call = await self.arrived(line.call_id, line.caller, line.dialled, line.queue, line.entered_at)
        call.callback = call.callback or line.callback
        leg = await self.leg(line.leg_id, line.call_id, line.party, line.endpoint, line.channel)
        leg.joined_at = leg.joined_at or line.joined_at
        leg.recorded_at, leg.recording = line.recorded_at, line.file
        leg.ended_at = line.ended_at
        leg.reason = leg.reason or reason_of(answered=True, cause=line.cause)
        leg.journaled_at = leg.journaled_at or self._now
        if line.mode == CallState.FALLBACK:
            await self.moved(line.call_id, CallEvent.FELL_BACK, line.ended_at)
        if line.joined_at is not None:
            await self.moved(line.call_id, CallEvent.JOINED, line.joined_at)

    async def gone(self, seen: tuple[CallSeen, ...]) -> None:
        """Close what the tables hold as open and the switch no longer has: its end was not seen."""
        alive = {leg.leg_id for call in seen for leg in call.legs}
        for call in await repository.open_calls(self._session):
            for leg in await repository.legs_of(self._session, [call.id]):
                if leg.id not in alive and leg.journaled_at is None:
                    leg.ended_at = leg.ended_at or self._now
                    leg.reason = leg.reason or HangupReason.FAILED
                    self._adopt_orphan(leg)
            if not any(seen_call.call_id == call.id for seen_call in seen):
                await self.finish(call.id, certain=True)

    async def finish(self, call_id: str, *, certain: bool = False) -> bool:
        """End the call and send `CALL_ENDED` if every leg and its recording is known; return True when it was sent.

        Args:
            call_id: which call.
            certain: the switch no longer has the call, so no further line of the journal will come.
        """
        call = await self.call(call_id)
        await self._session.flush()
        legs = await repository.legs_of(self._session, [call_id])
        if call.told_at is not None or any(leg.ended_at is None for leg in legs):
            return False
        if not certain and not _complete(call, list(legs)):
            return False
        call.state = next_state(CallState(call.state), CallEvent.ENDED)
        call.ended_at = max((leg.ended_at for leg in legs if leg.ended_at), default=self._now)
        call.told_at = self._now
        message = CallEndedMessage(call_id, call.joined_at is not None, tuple(self._recorded(list(legs))))
        payload = wire.payload_of(message)
        await outbox.enqueue(self._session, topic=CALL_ENDED, key=call_id, payload=payload, now=self._now)
        return True

    def _adopt_orphan(self, leg: Leg) -> None:
        """The switch died with this leg: what it had recorded until then is still there."""
        name = f"legs/{leg.id}.wav"
        if leg.recording is None and (self._spool / name).exists():
            leg.recording = name
            leg.recorded_at = leg.recorded_at or leg.joined_at or leg.ended_at

    def _recorded(self, legs: list[Leg]) -> list[LegRecorded]:
        return [
            LegRecorded(
                call_id=leg.call_id,
                leg_id=leg.id,
                party=Party(leg.party),
                path=self._spool / leg.recording,
                started_at=leg.recorded_at,
                joined_at=leg.joined_at,
                ended_at=leg.ended_at,
            )
            for leg in legs
            if leg.recording is not None and leg.recorded_at is not None and leg.ended_at is not None
        ]


def _complete(call: Call, legs: list[Leg]) -> bool:
    """Tell whether nothing more is to come: the caller's line is there, and that of every leg that was joined."""
    if not any(leg.party == Party.CALLER and leg.journaled_at for leg in legs):
        return False
    others = [leg for leg in legs if leg.party != Party.CALLER and leg.joined_at]
    if call.joined_at is not None and not others:
        return False
    return all(leg.journaled_at for leg in others)
