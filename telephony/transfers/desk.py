"""The desk of transfers: follows every talk in the switch, checks a verb against the table, tells the switch.

It holds nothing that the switch does not know: after a restart the first snapshot brings every talk back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from core.clock import Clock
from core.errors import HotlineError, NotFound, PartUnavailable
from core.ids import new_id
from telephony.events import CallFact, HangupReason, LegEnded, SwitchLost
from telephony.transfers.destinations import Destination
from telephony.transfers.following import Floor
from telephony.transfers.rooms import RoomControl
from telephony.transfers.states import Order, TalkEvent, TalkState, after, following
from telephony.transfers.talk import Repair, Room, Talk, TalkLeg, repairs, staying

log = structlog.get_logger(__name__)

_SETTLE_SECONDS = 0.4
"""How long the dialplan has to put things right by itself before we do."""
_BETWEEN_TRIES_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class TransferNotice:
    """What happened to a talk; told to desks, and kept."""

    call_id: str
    event: TalkEvent
    state: TalkState
    at: datetime
    endpoint: str = ""
    """Number or phone of who was called, left or answered."""
    reason: HangupReason | None = None
    """Why nobody came."""


@dataclass(slots=True)
class Wish:
    """What goes with a verb that calls somebody."""

    destination: Destination
    sounds: str = ""
    """Announcement to the caller (names of the switch's sounds, joined by `&`)."""
    seconds: float = 30.0
    """How long it may ring."""
    headers: Mapping[str, str] = field(default_factory=dict)
    leg_id: str = field(default_factory=new_id)
    """Id of the leg that is called: a wish is for one attempt."""


class TransferDesk:
    """Use cases of transfers.

    Args:
        rooms: what moves legs.
        clock: dates notices.
        tell: called with each notice, in order; what it raises is logged.
        patience: seconds that a verb waits to see its effect in the switch.
    """

    def __init__(
        self,
        rooms: RoomControl,
        clock: Clock,
        tell: Callable[[TransferNotice], Awaitable[None]] | None = None,
        *,
        patience: float = 3.0,
    ) -> None:
        self._rooms = rooms
        self._clock = clock
        self._floor = Floor()
        self._tell = tell
        self._patience = patience
        self._busy: dict[str, asyncio.Lock] = {}
        self._changed = asyncio.Condition()
        self._works: set[asyncio.Task[None]] = set()
        self._settling: set[str] = set()
        """Calls of which it is being waited for that nothing more happens."""
        self._announced: set[str] = set()
        """Calls whose caller is being told where he goes."""
        self._seen = False

    # ---- facts

    async def take(self, fact: CallFact) -> None:
        """Follow the switch; every fact goes through here, in order."""
        self._seen = not isinstance(fact, SwitchLost)
        for call_id, event, endpoint in self._floor.take(fact):
            reason = fact.reason if isinstance(fact, LegEnded) and not fact.answered else None
            if event is TalkEvent.FAILED:
                await self._bring_back(call_id, reason)
            await self._notice(call_id, event, endpoint, reason)
            if event in {TalkEvent.FAILED, TalkEvent.TARGET_LEFT, TalkEvent.AGENT_LEFT, TalkEvent.CALLER_LEFT}:
                self._later(self._settle(call_id))
        for call_id in self._floor.restored():
            self._later(self._settle(call_id))
        for call_id in self._busy.keys() - self._floor.talks.keys():
            del self._busy[call_id]
            self._announced.discard(call_id)
        async with self._changed:
            self._changed.notify_all()

    def talk(self, call_id: str) -> Talk:
        """Return a talk.

        Raises:
            NotFound: the switch has no such call.
            PartUnavailable: the switch is not seen.
        """
        if not self._seen:
            raise PartUnavailable("asterisk", "AMI 连接中断", remedy="等待自动重连")
        talk = self._floor.talks.get(call_id)
        if talk is None:
            raise NotFound("通话", call_id)
        return talk

    # ---- verbs

    async def act(self, call_id: str, event: TalkEvent, wish: Wish | None = None) -> TalkState:
        """Do a verb and return the state that followed; a verb that calls somebody returns when it rings.

        Raises:
            NotFound: there is no such call.
            TransitionRefused: it is impossible now; says in which state.
            PartUnavailable: the switch does not answer, or did not do it in time.
        """
        self.talk(call_id)
        async with self._busy.setdefault(call_id, asyncio.Lock()):
            talk = self.talk(call_id)
            step = after(talk.state, event)
            stay, wanted = staying(talk, step), following(step.state) - {talk.state}
            for order in step.orders:
                await self._do(order, talk, wish)
            return await self._reached(talk, wanted, stay, calling=wish is not None)

    async def requeue(self, call_id: str, queue: str, sounds: str = "") -> TalkState:
        """Send the caller into a queue and free the agent.

        Raises:
            NotFound, TransitionRefused, PartUnavailable: as `act`.
        """
        async with self._busy.setdefault(call_id, asyncio.Lock()):
            talk = self.talk(call_id)
            step = after(talk.state, TalkEvent.REQUEUE)
            caller, agent = talk.caller_leg, talk.agent_leg
            assert caller is not None
            assert agent is not None
            await self._rooms.requeue(caller.channel, queue, sounds)
            await self._rooms.hang_up(agent.channel)
            return step.state

    async def _reached(
        self, talk: Talk, wanted: frozenset[TalkState], stay: frozenset[str], *, calling: bool
    ) -> TalkState:
        """Wait until the switch shows it; a party who answers or hangs up meanwhile leads further, which is no error.

        Args:
            talk: the talk.
            wanted: the state that the verb leads to, and those that follow it by themselves.
            stay: legs that were there before and that the verb itself does not end.
            calling: the verb calls somebody, who may refuse before he is seen to ring.
        """

        def settled() -> bool:
            now = self._now(talk.call_id)  # a state read anew from the switch is another Talk
            in_vain = calling and now.target_leg is None
            return now.state in wanted or in_vain or not stay <= now.legs.keys()

        async with self._changed:
            try:
                async with asyncio.timeout(self._patience):
                    await self._changed.wait_for(settled)
            except TimeoutError as error:
                problem = f"交换机在 {self._patience:g} 秒内没有完成操作"
                raise PartUnavailable("asterisk", problem, remedy="查看通话状态后重试") from error
        return self._now(talk.call_id).state

    def _now(self, call_id: str) -> Talk:
        return self._floor.talks.get(call_id) or Talk(call_id)

    async def _do(self, order: Order, talk: Talk, wish: Wish | None) -> None:
        caller, agent, target = talk.caller_leg, talk.agent_leg, talk.target_leg
        match order:
            case Order.CALL_ASIDE | Order.CALL_IN | Order.CALL_BLIND:
                assert wish is not None
                await self._call(order, talk, wish)
            case Order.AGENT_RINGBACK | Order.AGENT_ASIDE | Order.AGENT_MAIN if agent is not None:
                places = {Order.AGENT_RINGBACK: "ring", Order.AGENT_ASIDE: "side", Order.AGENT_MAIN: "main"}
                await self._rooms.move(agent.channel, places[order])
            case Order.TARGET_MAIN if target is not None:
                await self._rooms.move(target.channel, "main")
            case Order.ANNOUNCE if caller is not None and wish is not None and wish.sounds:
                self._announced.add(talk.call_id)
                await self._rooms.announce(caller.channel, wish.sounds)
            case Order.RELEASE_AGENT if agent is not None:
                await self._rooms.hang_up(agent.channel)
            case Order.RELEASE_TARGET if target is not None:
                await self._let_go(talk, target)
            case _:
                pass

    async def _let_go(self, talk: Talk, leg: TalkLeg) -> None:
        """End a leg that was called, until its end is seen.

        One that was ordered an instant ago may have no channel yet, or may be between two steps that both lose it.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while leg.leg_id in talk.legs and loop.time() < end:
            await self._rooms.hang_up(leg.channel)
            await asyncio.sleep(_BETWEEN_TRIES_SECONDS)

    async def _call(self, order: Order, talk: Talk, wish: Wish) -> None:
        caller, agent = talk.caller_leg, talk.agent_leg
        assert caller is not None
        assert agent is not None
        leg_id = wish.leg_id
        goes = Room.SIDE if order is Order.CALL_ASIDE else Room.MAIN
        party = wish.destination.party
        leg = TalkLeg(leg_id, party, wish.destination.number, leg_id, answered=False, target=True, goes=goes,
                      blind=order is Order.CALL_BLIND)  # fmt: skip
        self._floor.expect(talk.call_id, leg)
        try:
            await self._rooms.call(
                wish.destination,
                call_id=talk.call_id,
                leg_id=leg_id,
                caller_channel=caller.channel,
                agent_channel=agent.channel,
                goes=goes,
                blind=leg.blind,
                timeout_seconds=wish.seconds,
                caller=talk.caller,
                headers=wish.headers,
            )
        except HotlineError:
            self._floor.forget(talk.call_id, leg_id)
            await self._rooms.move(agent.channel, "main")
            raise

    async def _bring_back(self, call_id: str, reason: HangupReason | None) -> None:
        """Nobody came: the dialplan brings back an agent who heard it ring; we do it when it never could ring.

        A caller who still hears where he goes is cut short by us too.
        """
        talk = self._floor.talks.get(call_id)
        caller, agent = (talk.caller_leg, talk.agent_leg) if talk is not None else (None, None)
        movers = []
        if agent is not None and agent.room is Room.SIDE and reason is HangupReason.UNREGISTERED:
            movers.append(agent)
        if caller is not None and call_id in self._announced:
            movers.append(caller)
        self._announced.discard(call_id)
        try:
            for mover in movers:
                await self._rooms.move(mover.channel, "main")
        except HotlineError as error:
            log.warning("not_brought_back", call_id=call_id, problem=error.message)

    # ---- what stays wrong is put right

    async def _settle(self, call_id: str) -> None:
        """Put right what is still wrong once nothing more happens: the dialplan moves the legs by itself first."""
        if call_id in self._settling:
            return
        self._settling.add(call_id)
        try:
            await self._quiet(call_id)
        finally:
            self._settling.discard(call_id)
        async with self._busy.setdefault(call_id, asyncio.Lock()):
            talk = self._floor.talks.get(call_id)
            for repair in repairs(talk) if talk is not None else ():
                log.warning("talk_repaired", call_id=call_id, repair=repair.value)
                assert talk is not None
                await self._repair(repair, talk)

    async def _quiet(self, call_id: str) -> None:
        """Wait until the switch has told nothing of the call for `_SETTLE_SECONDS`."""
        talk, facts = self._floor.talks.get(call_id), -1
        while talk is not None and talk.facts != facts:
            facts = talk.facts
            await asyncio.sleep(_SETTLE_SECONDS)
            talk = self._floor.talks.get(call_id)

    async def _repair(self, repair: Repair, talk: Talk) -> None:
        caller, agent, target = talk.caller_leg, talk.agent_leg, talk.target_leg
        movers = {Repair.AGENT_MAIN: agent, Repair.TARGET_MAIN: target, Repair.CALLER_MAIN: caller}
        mover = movers.get(repair)
        if mover is not None:
            await self._rooms.move(mover.channel, "main")
        elif repair is Repair.CALLER_UNSERVED and caller is not None:
            await self._rooms.move(caller.channel, "unserved", "hotline-alone")
        else:
            ended = (target,) if repair is Repair.CANCEL_TARGET else (agent, target)
            for leg in ended:
                if leg is not None:
                    await self._let_go(talk, leg)

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._guarded(work))
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except HotlineError as error:
            log.warning("talk_not_repaired", problem=error.message)

    async def _notice(self, call_id: str, event: TalkEvent, endpoint: str, reason: HangupReason | None) -> None:
        if self._tell is None:
            return
        talk = self._floor.talks.get(call_id)
        state = TalkState.OVER if talk is None else talk.state
        try:
            await self._tell(TransferNotice(call_id, event, state, self._clock.now(), endpoint, reason))
        except Exception:
            log.exception("transfer_not_told", call_id=call_id)
