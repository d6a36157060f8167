"""The caller's side of the engine's role: places told, callbacks stood in line and made, refused callers counted.

Nothing here holds the engine up: facts are noted at once, what needs the database is done one after another beside it.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from core.errors import HotlineError
from core.personal import Personal, keys
from hotline.house import House
from hotline.roles.caller_board import CallerBoard
from hotline.roles.clerk import Clerk
from routing.callers.block_list import BlockList
from routing.callers.callbacks import CallbackView, callbacks_of
from routing.callers.rules import CallbackState, CallOutcome
from routing.engine import Engine
from routing.engine_events import (
    CallbackCancelled,
    CallbackWaiting,
    EngineEvent,
    LegJoined,
    OfferFailed,
    RingAgent,
)
from routing.events import OfferOutcome
from telephony.ami import AmiLink
from telephony.callbacks import CallbackControl
from telephony.events import (
    CallArrived,
    CallbackAsked,
    CallbackFailed,
    CallbackTaken,
    CallEnded,
    CallerRefused,
    CallFact,
    LegEnded,
    Party,
    SwitchSnapshot,
)
from telephony.events import LegJoined as LegSeenJoined
from telephony.waiting_room import WaitingRoom

log = structlog.get_logger(__name__)

_PLACES_SECONDS = 5.0
_TELL_AGAIN_SECONDS = 25.0
"""The dialplan tells no place that is older than 45 s."""
_PLACES_PAUSE_SECONDS = 0.02
"""Between two places: a long line is told little by little, so that no burst of it stands before a ring."""
_EXACT_MINUTES, _MOST_MINUTES = 15, 35
_CALLBACKS_SECONDS = 2.0
_RETRY_SECONDS = 2.0
_JOURNAL_TIME = timedelta(seconds=60)
"""Within this time the journal of legs was read and its calls were delivered."""
_TRIES = 30


class CallerDesk:
    """Notes what the switch tells of callers, and does what the engine commands for them.

    Args:
        house: what the process stands on.
        link: connection of the AMI user `engine`.
        engine: asked for places and expected waits.
        clerk: writes down what comes with every talk.
        feed: gives the engine an event.
    """

    def __init__(
        self,
        house: House,
        link: AmiLink,
        engine: Engine,
        clerk: Clerk,
        feed: Callable[[EngineEvent], None],
    ) -> None:
        self._house = house
        self._clerk = clerk
        self._engine = engine
        self._feed = feed
        self._room = WaitingRoom(link)
        self._control = CallbackControl(link)
        self._board = CallerBoard(house, self._room)
        self._blocks = BlockList(house.database, house.clock)
        self._callbacks = callbacks_of(house.database, house.clock, house.settings)
        self._channels: dict[str, tuple[str, Personal | None]] = {}
        """Channel and number of the caller of each living call."""
        self._open: dict[str, CallbackView] = {}
        """Open callbacks by the id of their next call, as the engine was told of them."""
        self._ringing: set[str] = set()
        """Calls back that are being made: an agent was on the line, the citizen not yet."""
        self._orphans: dict[str, datetime] = {}
        """Calls back that are in no switch, and since when."""
        self._seen = False
        """The switch was read at least once."""
        self._told: dict[str, tuple[int, int | None, float]] = {}
        """Place and minutes as they are heard, and when they were told, by call."""
        self._work: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._do_work())
            group.create_task(self._board.run())
            group.create_task(self._tell_places())
            group.create_task(self._stand_in_line())

    # ---- what the switch tells

    def note(self, fact: CallFact) -> None:  # noqa: C901 - one line a fact
        """Take in a fact, before the engine does; never waits."""
        match fact:
            case CallArrived():
                self._channels[fact.call_id] = (fact.channel, fact.caller)
            case CallbackAsked():
                self._later(self._ask, fact)
            case CallbackTaken():
                self._ringing.add(fact.call_id)
                self._feed(LegJoined(fact.leg_id, fact.call_id, fact.endpoint))
                self._later(self._callbacks.taken, fact.call_id, fact.endpoint)
            case CallbackFailed():
                self._ringing.discard(fact.call_id)
                self._later(self._callbacks.failed, fact.call_id, CallOutcome(fact.outcome.value))
            case LegSeenJoined(party=Party.AGENT):
                self._note_talk(fact)
            case LegEnded(party=Party.AGENT) if fact.call_id in self._ringing:
                self._ringing.discard(fact.call_id)
                self._later(self._callbacks.failed, fact.call_id, CallOutcome.AGENT_LEFT)
            case CallerRefused():
                self._later(self._blocks.note_refused, fact.number)
            case CallEnded():
                self._channels.pop(fact.call_id, None)
                self._told.pop(fact.call_id, None)
            case SwitchSnapshot():
                self._channels = {call.call_id: (call.channel, call.caller) for call in fact.calls if call.channel}
                self._ringing &= {call.call_id for call in fact.calls}
                self._seen = True

    def restored(self) -> None:
        """Stand all open callbacks in line again: the engine has just read the switch, where they are not."""
        for call_id, view in self._open.items():
            if call_id not in self._ringing and call_id not in self._channels:
                self._feed(_waiting(view))

    # ---- what the engine commands

    async def ring(self, order: RingAgent) -> None:
        """Ring an agent's phone for a callback.

        Raises:
            PartUnavailable, SwitchRefused: the switch does not.
        """
        view = self._open.get(order.call_id)
        if view is None:
            self._feed(OfferFailed(order.leg_id, OfferOutcome.CANCELLED))
            self._feed(CallbackCancelled(order.call_id))
            return
        await self._control.ring_agent(
            call_id=order.call_id,
            leg_id=order.leg_id,
            endpoint=order.endpoint,
            timeout_seconds=order.timeout_seconds,
            number=view.number,
            dialled=view.dialled,
            queue=view.queue,
            citizen_seconds=self._house.settings.callbacks.ring_seconds,
        )

    # ---- beside the engine

    def _note_talk(self, fact: LegSeenJoined) -> None:
        self._ringing.discard(fact.call_id)
        _, number = self._channels.get(fact.call_id, ("", None))
        self._later(self._clerk.note_talk, fact.call_id, number)

    def _later(self, work: Callable[..., Awaitable[object]], *arguments: object) -> None:
        self._work.put_nowait(lambda: work(*arguments))

    async def _do_work(self) -> None:
        """One after another, in the order of the facts; while the database is away they wait."""
        while True:
            work = await self._work.get()
            for _ in range(_TRIES):
                try:
                    await work()
                    break
                except HotlineError as error:
                    log.warning("caller_work_waits", problem=error.message)
                    await asyncio.sleep(_RETRY_SECONDS)

    async def _ask(self, fact: CallbackAsked) -> None:
        view = await self._callbacks.ask(
            fact.call_id, fact.number, queue=fact.queue, dialled=fact.dialled, entered_at=fact.entered_at
        )
        if view is not None and view.next_call_id not in self._open:
            self._open[view.next_call_id] = view
            self._feed(_waiting(view, from_call=fact.call_id))

    async def _stand_in_line(self) -> None:
        """Give the engine the callbacks that are open, and take back those that are no more."""
        while True:
            try:
                await self._compare()
            except HotlineError as error:
                log.warning("callbacks_not_read", problem=error.message)
            await asyncio.sleep(_CALLBACKS_SECONDS)

    async def _compare(self) -> None:
        if not self._seen or not self._work.empty():
            return  # what is not seen, or not written down yet, would look like gone
        found = {view.next_call_id: view for view in await self._callbacks.open()}
        for call_id in [call_id for call_id in self._open if call_id not in found]:
            del self._open[call_id]
            if call_id not in self._channels:
                self._feed(CallbackCancelled(call_id))
        for call_id, view in found.items():
            if view.state is CallbackState.CALLING:
                self._look_after(call_id)
            elif call_id not in self._open:
                self._open[call_id] = view
                self._feed(_waiting(view))

    def _look_after(self, call_id: str) -> None:
        """A call back that was being made when we, or the switch, died: whether it came about, the journal tells."""
        now = self._house.clock.now()
        if call_id in self._channels or call_id in self._ringing:
            self._orphans.pop(call_id, None)
        elif now - self._orphans.setdefault(call_id, now) > _JOURNAL_TIME:
            del self._orphans[call_id]
            self._later(self._callbacks.failed, call_id, CallOutcome.AGENT_LEFT)

    async def _tell_places(self) -> None:
        while True:
            try:
                await self._tell_all()
            except HotlineError as error:
                log.warning("places_not_told", problem=error.message)
            await asyncio.sleep(_PLACES_SECONDS)

    async def _tell_all(self) -> None:
        for queue in self._engine.queues():
            for place, call in enumerate(self._engine.waiting(queue), start=1):
                channel, _ = self._channels.get(call.call_id, ("", None))
                if channel and not call.callback and await self._tell_place(call.call_id, channel, place):
                    await asyncio.sleep(_PLACES_PAUSE_SECONDS)

    async def _tell_place(self, call_id: str, channel: str, place: int) -> bool:
        """Tell a caller's place if what he would hear has changed, or grows old; True: told."""
        now = self._house.clock.now()
        estimate = self._engine.estimate(call_id, now)
        seconds = None if estimate is None else estimate.seconds
        minutes = None if seconds is None else max(1, math.ceil(seconds / 60))
        heard = as_heard(place, minutes)
        before = self._told.get(call_id)
        if before is not None and before[:2] == heard and now.timestamp() - before[2] < _TELL_AGAIN_SECONDS:
            return False
        if await self._room.place(channel, place, minutes, now):
            self._told[call_id] = (*heard, now.timestamp())
        return True


def as_heard(place: int, minutes: int | None) -> tuple[int, int | None]:
    """Return what stands for all places and waits that are told in the same words (pure).

    The announcements (`hotline-place` in the dialplan) know 0 to 30 callers ahead, then "more than 30, 50, 100"; 1 to
    15 minutes, then steps of five, then "more than 30".
    """
    ahead = place - 1
    step = next((least for least in (100, 50, 30) if ahead > least), None)
    if minutes is not None and minutes > _EXACT_MINUTES:
        minutes = min(math.ceil(minutes / 5) * 5, _MOST_MINUTES)
    return (ahead if step is None else step + 1), minutes


def _waiting(view: CallbackView, from_call: str = "") -> CallbackWaiting:
    return CallbackWaiting(
        view.next_call_id,
        view.queue,
        view.entered_at,
        from_call=from_call,
        not_before=view.not_before,
        caller_key=keys().search_hash(view.number.reveal()),
    )
