"""What the engine orders in the switch: phones that ring, what waiting callers hear. Nobody waits for the answers."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from core.errors import HotlineError
from hotline.roles.charge import Charge
from routing.engine_events import (
    CancelRing,
    DialCallback,
    DivertCall,
    DivertFailed,
    EngineEvent,
    KeepQueue,
    OfferFailed,
    OfferKind,
    RingAgent,
)
from routing.events import OfferOutcome
from routing.plan.document import OverflowAction
from telephony.control import CallControl
from telephony.events import CallArrived, CallEnded, CallFact, CallSeen, SwitchSnapshot
from telephony.waiting_room import WaitingRoom

log = structlog.get_logger(__name__)

SwitchCommand = RingAgent | CancelRing | KeepQueue | DivertCall | DialCallback

_CALLBACK_HINT = "callback-hint"


class Orders:
    """Carries commands out.

    Args:
        control: rings and cancels, under the token of the charge.
        room: what the dialplan is told about waiting callers.
        feed: gives the engine an event: that an order failed.
        ring_for_callback: rings an agent for whom the dialplan then dials the citizen.
        charge: tells when it is certain that we are in charge.
    """

    def __init__(
        self,
        control: CallControl,
        room: WaitingRoom,
        feed: Callable[[EngineEvent], None],
        ring_for_callback: Callable[[RingAgent], Awaitable[None]],
        charge: Charge,
    ) -> None:
        self._control = control
        self._charge = charge
        self._unsent: set[str] = set()
        """Legs whose phones are to be rung and were not told so yet."""
        self._room = room
        self._feed = feed
        self._ring_for_callback = ring_for_callback
        self._callers: dict[str, CallArrived | CallSeen] = {}
        """What is known of the caller of each living call."""
        self._running: set[asyncio.Task[None]] = set()

    def see(self, fact: CallFact) -> None:
        """Remember where callers are."""
        match fact:
            case CallArrived():
                self._callers[fact.call_id] = fact
            case CallEnded():
                self._callers.pop(fact.call_id, None)
            case SwitchSnapshot():
                self._callers = {call.call_id: call for call in fact.calls if call.channel}

    def take(self, command: SwitchCommand) -> None:
        """Begin to carry a command out."""
        match command:
            case RingAgent() if command.kind is not OfferKind.CALLBACK and self._charge.is_sure:
                # written here and now: what else the loop has to do comes after it
                self._begin(self._taken(command, self._ordered(command)))
            case RingAgent():
                self._begin(self._ring(command))
            case CancelRing():
                self._begin(self._cancel(command))
            case KeepQueue():
                self._begin(self._keep_queue(command))
            case DivertCall():
                self._begin(self._divert(command))
            case DialCallback():
                pass  # the dialplan dials by itself once the agent is there: it needs nobody from then on

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _channel(self, call_id: str) -> str:
        caller = self._callers.get(call_id)
        return caller.channel if caller else ""

    async def _ring(self, order: RingAgent) -> None:
        self._unsent.add(order.leg_id)
        await self._charge.sure()
        if order.leg_id not in self._unsent:
            return  # withdrawn meanwhile
        self._unsent.discard(order.leg_id)
        callback = order.kind is OfferKind.CALLBACK
        await self._taken(order, self._ring_for_callback(order) if callback else self._ordered(order))

    def _ordered(self, order: RingAgent) -> Awaitable[object]:
        caller = self._callers.get(order.call_id)
        try:
            return self._control.ring_agent(
                call_id=order.call_id,
                leg_id=order.leg_id,
                caller_channel=caller.channel if caller else "",
                endpoint=order.endpoint,
                timeout_seconds=order.timeout_seconds,
                caller_number=caller.caller if caller else None,
                dialled=caller.dialled if caller else "",
            )
        except HotlineError as error:
            return _failed(error)  # told when awaited: the engine is in the midst of an event

    async def _taken(self, order: RingAgent, answer: Awaitable[object]) -> None:
        try:
            await answer
        except HotlineError as error:
            log.warning("ring_refused", call_id=order.call_id, problem=error.message)
            self._feed(OfferFailed(order.leg_id, OfferOutcome.FAILED))

    async def _cancel(self, order: CancelRing) -> None:
        if order.leg_id in self._unsent:
            self._unsent.discard(order.leg_id)
            return
        try:
            await self._control.cancel(order.leg_id)
        except HotlineError as error:
            log.warning("cancel_refused", leg_id=order.leg_id, problem=error.message)

    async def _keep_queue(self, order: KeepQueue) -> None:
        try:
            await self._room.keep_queue(self._channel(order.call_id), order.queue)
        except HotlineError as error:
            # the engine knows it all the same; only one that starts anew would find the call in its former queue
            log.warning("queue_not_kept", call_id=order.call_id, problem=error.message)

    async def _divert(self, order: DivertCall) -> None:
        channel = self._channel(order.call_id)
        try:
            match order.action:
                case OverflowAction.PARTNER:
                    await self._room.send_to_partner(channel, order.number, order.trunk)
                case OverflowAction.END:
                    await self._room.send_away(channel, order.target)
                case _:
                    await self._room.tell(channel, order.target or _CALLBACK_HINT)
        except HotlineError as error:
            log.warning("not_diverted", call_id=order.call_id, action=order.action, problem=error.message)
            self._feed(DivertFailed(order.call_id))


async def _failed(error: HotlineError) -> None:
    raise error
