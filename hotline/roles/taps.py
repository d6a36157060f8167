"""Which legs are tapped: every leg that talks has one tap, started again while the leg lives."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from core.errors import HotlineError
from telephony.control import CallControl
from telephony.events import CallFact, CallMode, LegEnded, LegJoined, Party, SwitchSnapshot
from telephony.watcher import SwitchWatcher

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
"""A leg whose tap breaks at once, again and again (wrong format, no engine), is tried ever more rarely."""
_LASTED_SECONDS = 10.0
"""A tap that brought sound for so long was sound: the next one is laid at once."""
_LINGER_SECONDS = 2.0
"""How long after its leg a tap may bring the last words."""


@dataclass(slots=True)
class TalkingLeg:
    """A leg that is to be tapped."""

    call_id: str
    leg_id: str
    party: Party
    channel: str
    attempts: int = 0
    failures: int = 0
    """Taps in a row that did not last."""
    tapped_at: float = 0.0
    """When the last tap was ordered, in seconds of the loop's clock."""


class TapKeeper:
    """Follows the switch and keeps one tap on every talking leg."""

    def __init__(self, control: CallControl) -> None:
        self._control = control
        self._legs: dict[str, TalkingLeg] = {}
        self._orders: set[asyncio.Task[None]] = set()

    def leg(self, leg_id: str) -> TalkingLeg | None:
        """Return the talking leg with this id."""
        return self._legs.get(leg_id)

    async def run(self, watcher: SwitchWatcher, hang_up: Callable[[str], None]) -> None:
        """Follow the switch until cancelled.

        Args:
            watcher: the switch's facts.
            hang_up: ends the tap of a leg; called a moment after the leg's end, should the tap then still be open.
        """
        loop = asyncio.get_running_loop()
        async for fact in watcher.facts():
            self._take(fact)
            if isinstance(fact, LegEnded):
                loop.call_later(_LINGER_SECONDS, hang_up, fact.leg_id)

    def ended(self, leg_id: str) -> None:
        """A tap's sound ended: tap again if the leg still talks a while later."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        lasted = asyncio.get_running_loop().time() - leg.tapped_at
        leg.failures = 0 if lasted >= _LASTED_SECONDS else leg.failures + 1
        pause = min(_LONGEST_PAUSE_SECONDS, _AGAIN_SECONDS * 2.0 ** max(0, leg.failures - 1))
        if leg.failures > 1:
            remedy = "该方通话的转写在通话结束后由录音补全"
            log.warning("tap_does_not_last", call_id=leg.call_id, leg_id=leg_id, again_after_s=pause, remedy=remedy)
        self._order(leg, pause)

    def _take(self, fact: CallFact) -> None:
        match fact:
            case LegJoined():
                self._talks(TalkingLeg(fact.call_id, fact.leg_id, fact.party, fact.channel))
            case LegEnded():
                self._legs.pop(fact.leg_id, None)
            case SwitchSnapshot():
                self._see(fact)
            case _:
                pass

    def _see(self, snapshot: SwitchSnapshot) -> None:
        seen = {
            leg.leg_id: TalkingLeg(call.call_id, leg.leg_id, leg.party, leg.channel)
            for call in snapshot.calls
            if call.mode is CallMode.TALKING
            for leg in call.legs
            if leg.answered
        }
        for gone in self._legs.keys() - seen.keys():
            del self._legs[gone]
        for leg in seen.values():
            self._talks(leg)

    def _talks(self, leg: TalkingLeg) -> None:
        if leg.leg_id not in self._legs:
            self._legs[leg.leg_id] = leg
            self._order(leg, 0.0)

    def _order(self, leg: TalkingLeg, after: float) -> None:
        task = asyncio.create_task(self._tap(leg, after))
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    async def _tap(self, leg: TalkingLeg, after: float) -> None:
        await asyncio.sleep(after)
        if self._legs.get(leg.leg_id) is not leg:
            return
        leg.attempts += 1
        leg.tapped_at = asyncio.get_running_loop().time()
        try:
            await self._control.start_tap(leg.leg_id, leg.channel, leg.attempts)
        except HotlineError as error:
            log.warning("tap_refused", call_id=leg.call_id, problem=error.message)
            self.ended(leg.leg_id)
