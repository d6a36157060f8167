"""Role `engine`: reads the switch, lets the ACD engine decide, and carries its decisions out.

The engine is pure; this is its driver. Nothing between an event and the ring command waits for a database, a broker
or Valkey: what must be kept of a decision goes through a queue of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any

import structlog

from core.bus import Bus
from core.errors import HotlineError, InvalidInput, PartUnavailable
from core.ids import new_id
from core.personal import Personal
from core.valkey import Lease, connect
from hotline.house import House
from hotline.roles.charge import LEASE, LEASE_SECONDS, Charge, ChargeLostError
from hotline.roles.figures import FiguresDesk
from hotline.roles.seats import SeatDesk
from hotline.roles.supervision import SupervisionDesk
from hotline.roles.translate import engine_event
from hotline.services import ENGINE_STATE
from routing.engine import Engine
from routing.engine_events import AgentPresence, CancelRing, Command, EngineEvent, OfferFailed, RingAgent, TimePassed
from routing.events import (
    AgentStateChanged,
    CallLeftQueue,
    CallQueued,
    OfferEnded,
    OfferMade,
    OfferOutcome,
    RoutingNotice,
)
from routing.policy import Policy
from routing.presence import PresenceStore
from routing.service import AgentDirectory, DecisionLog
from telephony.ami import AmiLink
from telephony.control import CallControl
from telephony.events import CallArrived, CallEnded, CallFact, SwitchSnapshot
from telephony.fence import SwitchFence
from telephony.watcher import SwitchWatcher

log = structlog.get_logger(__name__)

AGENT_STATE = "hotline/rpc/engine/agent-state"
HANG_UP = "hotline/rpc/engine/hang-up"

DecisionRecord = CallQueued | CallLeftQueue | OfferMade | OfferEnded

_PRESENCE_SECONDS = 2.0
_PRESENCE_TRIES = 10
_PRESENCE_PAUSE_SECONDS = 0.3
_RECORDS_PAUSE_SECONDS = 2.0


class EngineDriver:
    """Feeds the engine and does what it commands, for as long as it is in charge."""

    def __init__(self, house: House, link: AmiLink, presence: PresenceStore, charge: Charge) -> None:
        settings = house.settings
        fence = SwitchFence(link)
        self._house = house
        self._charge = charge
        self._fence = fence
        self._watcher = SwitchWatcher(link, house.clock, settings.spool_dir, first=lambda: charge.claim(fence))
        self._control = CallControl(link, settings, fence=lambda: charge.token)
        self._link = link
        self._presence = presence
        self._decisions = DecisionLog(house.database)
        self._seats = SeatDesk(AgentDirectory(house.database, house.clock))
        self._engine = Engine(
            Policy(
                offer_seconds=settings.queue.offer_seconds,
                wrap_up_seconds=settings.queue.wrap_up_seconds,
                missed_offers_to_pause=settings.queue.missed_offers_to_pause,
            ),
            new_id,
        )
        self._figures = FiguresDesk(house, lambda one: self._engine.presence_of(one).queues, self._engine.queues)
        self._supervision = SupervisionDesk(link, self._control, settings, self._engine, self._feed)
        self._callers: dict[str, tuple[str, Personal | None]] = {}
        """Channel and number of the caller of each living call."""
        self._notices: asyncio.Queue[RoutingNotice] = asyncio.Queue()
        self._records: asyncio.Queue[DecisionRecord] = asyncio.Queue()
        self._restored = False
        """Agents remembered in Valkey were read: from now on what we know replaces it."""
        self._wake = asyncio.Event()
        self._orders: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Drive until cancelled.

        Raises:
            ChargeLostError: another engine is in charge (in an ExceptionGroup).
        """
        bus = self._house.bus
        await bus.serve(AGENT_STATE, self._agent_state)
        await bus.serve(HANG_UP, self._hang_up)
        await bus.serve(ENGINE_STATE, self._state)
        for topic, handler in self._supervision.requests().items():
            await bus.serve(topic, handler)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._charge.keep(self._fence))
            group.create_task(self._listen())
            group.create_task(self._keep_time())
            group.create_task(self._beat())
            group.create_task(self._tell())
            group.create_task(self._keep_records())
            group.create_task(self._keep_presence())
            group.create_task(self._figures.run())

    # ---- in

    async def _listen(self) -> None:
        async for fact in self._watcher.facts():
            remembered = await self._remembered() if isinstance(fact, SwitchSnapshot) else ()
            self._note_callers(fact)
            self._supervision.note(fact)
            event = engine_event(fact, remembered)
            if event is not None:
                self._feed(event)

    async def _remembered(self) -> tuple[AgentPresence, ...]:
        """Return the agents as last known. Only at our start they are waited for: Valkey may be starting too."""
        for _ in range(1 if self._restored else _PRESENCE_TRIES):
            known = await self._presence.load()
            if known is not None:
                self._restored = True
                return known
            await asyncio.sleep(_PRESENCE_PAUSE_SECONDS)
        log.warning("agents_not_remembered", remedy="坐席重新置闲即可接听;确认 Valkey 正在运行(hotline doctor)")
        self._restored = True
        return ()

    def _note_callers(self, fact: CallFact) -> None:
        match fact:
            case CallArrived():
                self._callers[fact.call_id] = (fact.channel, fact.caller)
                if fact.caller is not None and fact.caller.reveal() in self._house.settings.queue.probe_numbers:
                    self._figures.leave_out(fact.call_id, "probe")
            case CallEnded():
                self._callers.pop(fact.call_id, None)
            case SwitchSnapshot():
                self._callers = {call.call_id: (call.channel, call.caller) for call in fact.calls if call.channel}

    def _feed(self, event: EngineEvent) -> None:
        for command in self._engine.handle(event, self._house.clock.now()):
            self._do(command)
        self._wake.set()

    async def _keep_time(self) -> None:
        while True:
            now = self._house.clock.now()
            wake = self._engine.next_wake(now)
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), None if wake is None else (wake - now).total_seconds())
            except TimeoutError:
                self._feed(TimePassed())

    async def _beat(self) -> None:
        """Tell the dialplan that we live; without it callers go to Asterisk's own queue."""
        while True:
            if self._link.connected:
                try:
                    await self._control.beat(self._house.clock.now())
                except HotlineError as error:
                    log.warning("heartbeat_not_taken", problem=error.message)
            await asyncio.sleep(self._house.settings.asterisk.heartbeat_seconds)

    # ---- out

    def _do(self, command: Command) -> None:
        match command:
            case RingAgent():
                self._order(self._ring(command))
            case CancelRing():
                self._order(self._cancel(command))
            case _:
                self._notices.put_nowait(command)
                self._figures.take(command)

    def _order(self, work: Coroutine[Any, Any, None]) -> None:
        # eager enough: the AMI action is written before anything else gets its turn to wait
        task = asyncio.create_task(work)
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    async def _ring(self, order: RingAgent) -> None:
        channel, number = self._callers.get(order.call_id, ("", None))
        try:
            await self._control.ring_agent(
                call_id=order.call_id,
                leg_id=order.leg_id,
                caller_channel=channel,
                endpoint=order.endpoint,
                timeout_seconds=order.timeout_seconds,
                caller_number=number,
            )
        except HotlineError as error:
            log.warning("ring_refused", call_id=order.call_id, problem=error.message)
            self._feed(OfferFailed(order.leg_id, OfferOutcome.FAILED))

    async def _cancel(self, order: CancelRing) -> None:
        try:
            await self._control.cancel(order.leg_id)
        except HotlineError as error:
            log.warning("cancel_refused", leg_id=order.leg_id, problem=error.message)

    async def _tell(self) -> None:
        """Publish what the engine told and hand it on to be kept; the engine never waits for this."""
        while True:
            notice = await self._notices.get()
            if isinstance(notice, AgentStateChanged):
                await self._presence.save(self._engine.presence_of(notice.agent_id))
            else:
                self._records.put_nowait(notice)
            await self._publish(notice)

    async def _keep_records(self) -> None:
        """Write decisions down in their order; while the database is away they wait."""
        while True:
            await self._store(await self._records.get())

    async def _store(self, record: DecisionRecord) -> None:
        while True:
            try:
                await self._decisions.store([record])
            except PartUnavailable as error:
                log.error("decision_waits", problem=error.problem, remedy=error.remedy)  # noqa: TRY400
                await asyncio.sleep(_RECORDS_PAUSE_SECONDS)
                continue
            except HotlineError as error:
                log.error("decision_not_kept", record=type(record).__name__, problem=error.message)  # noqa: TRY400
            return

    async def _keep_presence(self) -> None:
        """Bring Valkey up to date again and again: it may have been away, or have lost its memory."""
        while True:
            await asyncio.sleep(_PRESENCE_SECONDS)
            if self._restored:
                await self._presence.save_all(self._engine.presence())

    async def _publish(self, notice: RoutingNotice) -> None:
        bus = self._house.bus
        match notice:
            case AgentStateChanged():
                await bus.publish(f"hotline/agents/{notice.agent_id}/state", asdict(notice))
            case OfferMade() | OfferEnded():
                await bus.publish(
                    f"hotline/calls/{notice.call_id}/state", {"event": _name(notice), **_without_trace(notice)}
                )
            case CallQueued() | CallLeftQueue():
                await bus.publish(f"hotline/calls/{notice.call_id}/state", {"event": _name(notice), **asdict(notice)})

    # ---- requests

    async def _agent_state(self, request: dict[str, Any]) -> dict[str, object]:
        """Serve `AGENT_STATE`: `{agent_id, state, reason}` → the agent's presence afterwards."""
        agent_id = str(request.get("agent_id", ""))
        for event in await self._seats.acts(
            agent_id, str(request.get("state", "")), str(request.get("reason") or ""), self._engine
        ):
            self._feed(event)
        presence = self._engine.presence_of(agent_id)
        return {"agent_id": agent_id, "state": presence.state, "reason": presence.reason, "since": presence.since}

    async def _state(self, request: dict[str, Any]) -> dict[str, object]:
        """Serve `ENGINE_STATE`: whether the switch is seen.

        Raises:
            PartUnavailable: it is not.
        """
        del request
        if not self._link.connected:
            raise PartUnavailable("asterisk", "AMI 连接中断", remedy="确认 Asterisk 正在运行(hotline asterisk status)")
        return {"state": "可用"}

    async def _hang_up(self, request: dict[str, Any]) -> dict[str, object]:
        """Serve `HANG_UP`: `{call_id}` → how many legs were ended."""
        call_id = request.get("call_id")
        if not isinstance(call_id, str):
            raise InvalidInput("call_id", "缺少通话编号")
        return {"legs": await self._control.hang_up_call(call_id)}


def _name(notice: RoutingNotice) -> str:
    return {
        OfferMade: "offer_made",
        OfferEnded: "offer_ended",
        CallQueued: "queued",
        CallLeftQueue: "left_queue",
        AgentStateChanged: "agent_state",
    }[type(notice)]


def _without_trace(notice: OfferMade | OfferEnded) -> dict[str, Any]:
    return {name: value for name, value in asdict(notice).items() if name != "trace"}


async def run(house: House, *, standby: bool = False) -> None:
    """Run the role until cancelled: wait for the charge, drive while it is ours, and again.

    Args:
        house: what the process stands on.
        standby: never take charge without the lease.

    Raises:
        PartUnavailable: the switch cannot be reached or refuses the AMI user.
    """
    valkey = connect(house.settings.redis, house.secrets.redis_password)
    charge = Charge(Lease(valkey, LEASE, new_id(), LEASE_SECONDS), house.clock, standby=standby)
    try:
        while True:
            async with open_link(house, listen=False) as link:
                await charge.take(SwitchFence(link))
            await _in_charge(house, charge, PresenceStore(valkey))
    finally:
        await valkey.aclose()


async def _in_charge(house: House, charge: Charge, presence: PresenceStore) -> None:
    """Drive until the charge is lost. Requests are served on a connection of its own, which ends with the charge."""
    settings = house.settings
    bus = Bus(settings.mqtt, "hotline", house.secrets.mqtt_password, f"{settings.instance}-engine-in-charge")
    try:
        async with open_link(house) as link, bus:
            try:
                await EngineDriver(replace(house, bus=bus), link, presence, charge).run()
            except asyncio.CancelledError:
                await charge.leave(SwitchFence(link))
                raise
    except* ChargeLostError:
        log.warning("charge_lost", remedy="另一引擎进程已接管;本进程转为备用")


@asynccontextmanager
async def open_link(house: House, *, listen: bool = True) -> AsyncIterator[AmiLink]:
    """Open a link of the AMI user `engine`.

    Raises:
        PartUnavailable: the switch cannot be reached or refuses the user.
    """
    asterisk = house.settings.asterisk
    link = AmiLink(asterisk.host, asterisk.ami_port, "engine", house.secrets.ami_password("engine"), listen=listen)
    await link.start()
    try:
        yield link
    finally:
        await link.close()
