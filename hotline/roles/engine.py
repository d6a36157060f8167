"""Role `engine`: reads the switch, lets the ACD engine decide, and carries its decisions out.

The engine is pure; this is its driver. Nothing between an event and the ring command waits for a database, a broker
or Valkey: what must be kept of a decision goes through a queue of its own.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from core.bus import Bus
from core.errors import HotlineError, InvalidInput, PartUnavailable
from core.ids import new_id
from core.valkey import Lease, connect
from hotline.house import House
from hotline.phones import is_probe
from hotline.roles.callers import CallerDesk
from hotline.roles.charge import LEASE, LEASE_SECONDS, Charge, ChargeLostError
from hotline.roles.clerk import Clerk, open_clerk
from hotline.roles.describing import Describer
from hotline.roles.figures import FiguresDesk
from hotline.roles.orders import Orders, SwitchCommand
from hotline.roles.planned import PlanKeeper
from hotline.roles.seats import SeatDesk
from hotline.roles.supervision import SupervisionDesk
from hotline.roles.telling import Teller
from hotline.roles.translate import engine_event
from hotline.topics import AGENT_STATE, ENGINE_STATE
from routing.engine import Engine
from routing.engine_events import AgentPresence, CallbackWaiting, EngineEvent, PlanChanged, TimePassed
from routing.policy import Policy
from routing.presence import PresenceStore
from routing.service import AgentDirectory
from telephony.ami import AmiLink
from telephony.control import CallControl
from telephony.events import CallArrived, CallFact, SwitchSnapshot
from telephony.fence import SwitchFence
from telephony.waiting_room import WaitingRoom
from telephony.watcher import SwitchWatcher

log = structlog.get_logger(__name__)

HANG_UP = "hotline/rpc/engine/hang-up"

_PRESENCE_TRIES = 10
_PRESENCE_PAUSE_SECONDS = 0.3


class EngineDriver:
    """Feeds the engine and does what it commands, for as long as it is in charge."""

    def __init__(self, house: House, link: AmiLink, presence: PresenceStore, charge: Charge, clerk: Clerk) -> None:
        settings = house.settings
        fence = SwitchFence(link)
        self._house = house
        self._charge = charge
        self._fence = fence
        self._watcher = SwitchWatcher(link, house.clock, settings.spool_dir, first=lambda: charge.claim(fence))
        self._control = CallControl(link, settings)
        self._link = link
        self._presence = presence
        self._seats = SeatDesk(AgentDirectory(house.database, house.clock))
        self._engine = Engine(
            Policy(
                offer_seconds=settings.queue.offer_seconds,
                wrap_up_seconds=settings.queue.wrap_up_seconds,
                missed_offers_to_pause=settings.queue.missed_offers_to_pause,
            ),
            new_id,
        )
        self._callers = CallerDesk(house, link, self._engine, clerk, self._feed)
        self._orders = Orders(self._control, WaitingRoom(link), self._feed, self._callers.ring, charge)
        self._plan = PlanKeeper(house, self._feed)
        self._describer = Describer(house.clock, clerk)
        self._teller = Teller(house, presence, self._engine.presence_of, self._engine.presence, clerk)
        self._figures = FiguresDesk(
            house,
            lambda one: self._engine.presence_of(one).queues,
            self._engine.queues,
            self._plan.answer_within,
            clerk.keep_changes,
        )
        self._supervision = SupervisionDesk(link, self._control, settings, self._engine, self._feed)
        self._wake: datetime | None = None
        """When the alarm is set for."""
        self._alarm: asyncio.TimerHandle | None = None
        self._due = asyncio.Event()

    async def run(self) -> None:
        """Drive until cancelled.

        Raises:
            ChargeLostError: another engine is in charge (in an ExceptionGroup).
        """
        async with asyncio.TaskGroup() as group:
            # first of all the pulse: nothing that may be slow comes before it
            group.create_task(self._charge.keep(self._fence))
            group.create_task(self._serve())
            plan = await self._plan.first()
            self._feed(PlanChanged(plan.plan, plan.version))
            group.create_task(self._listen())
            group.create_task(self._keep_time())
            group.create_task(self._describer.run())
            group.create_task(self._take_descriptions())
            group.create_task(self._beat())
            group.create_task(self._teller.run())
            group.create_task(self._plan.run())
            group.create_task(self._figures.run())
            group.create_task(self._callers.run())

    async def _serve(self) -> None:
        """Be there for requests; the connection ends with the charge, and with it what it serves."""
        async with self._house.bus as bus:
            await bus.serve(AGENT_STATE, self._agent_state)
            await bus.serve(HANG_UP, self._hang_up)
            await bus.serve(ENGINE_STATE, self._state)
            for topic, handler in self._supervision.requests().items():
                await bus.serve(topic, handler)
            await asyncio.Event().wait()

    # ---- in

    async def _listen(self) -> None:
        async for fact in self._watcher.facts():
            remembered = await self._remembered() if isinstance(fact, SwitchSnapshot) else ()
            self._orders.see(fact)
            self._note_arrival(fact)
            self._supervision.note(fact)
            self._callers.note(fact)
            event = engine_event(fact, remembered)
            if event is not None:
                self._feed(event)
            if isinstance(fact, SwitchSnapshot):
                self._callers.restored()

    async def _remembered(self) -> tuple[AgentPresence, ...]:
        """Return the agents as last known. Only at our start they are waited for: Valkey may be starting too."""
        for _ in range(1 if self._teller.restored else _PRESENCE_TRIES):
            known = await self._presence.load()
            if known is not None:
                self._teller.restored = True
                return known
            await asyncio.sleep(_PRESENCE_PAUSE_SECONDS)
        log.warning("agents_not_remembered", remedy="坐席重新置闲即可接听;确认 Valkey 正在运行(hotline doctor)")
        self._teller.restored = True
        return ()

    def _note_arrival(self, fact: CallFact) -> None:
        if not isinstance(fact, CallArrived) or fact.caller is None:
            return
        self._describer.want(fact.call_id, fact.caller)
        if is_probe(self._house.settings, fact.caller.reveal()):
            self._figures.leave_out(fact.call_id, "probe")

    def _feed(self, event: EngineEvent) -> None:
        if isinstance(event, CallbackWaiting):
            self._figures.leave_out(event.callback_id, "callback")
        commands = self._engine.handle(event, self._house.clock.now())
        for command in commands:
            if isinstance(command, SwitchCommand):
                self._orders.take(command)
        for command in commands:
            if not isinstance(command, SwitchCommand):
                self._teller.take(command)
                self._figures.take(command)
        self._set_alarm()

    def _set_alarm(self) -> None:
        """Have `TimePassed` come when the engine wants it; nothing to do while that instant stays."""
        wake = self._engine.next_wake(self._house.clock.now())
        if wake == self._wake:
            return
        self._wake = wake
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if wake is not None:
            seconds = max(0.0, (wake - self._house.clock.now()).total_seconds())
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._due.set)

    async def _keep_time(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            self._wake = None
            self._feed(TimePassed())

    async def _take_descriptions(self) -> None:
        while True:
            self._feed(await self._describer.found.get())

    async def _beat(self) -> None:
        """Tell the dialplan that we live; without it callers go to Asterisk's own queue."""
        while True:
            if self._link.connected:
                try:
                    await self._control.beat(self._house.clock.now())
                except HotlineError as error:
                    log.warning("heartbeat_not_taken", problem=error.message)
            await asyncio.sleep(self._house.settings.asterisk.heartbeat_seconds)

    async def finish(self) -> None:
        """Write down what is not yet, at an orderly end."""
        await self._teller.finish()

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


async def run(house: House, *, standby: bool = False) -> None:
    """Run the role until cancelled: wait for the charge, drive while it is ours, and again.

    Args:
        house: what the process stands on.
        standby: never take charge without the lease.

    Raises:
        PartUnavailable: the switch cannot be reached or refuses the AMI user.
    """
    # what stays for good is looked through no more: a full collection takes tens of milliseconds
    gc.freeze()
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
    """Drive until the charge is lost."""
    settings = house.settings
    bus = Bus(settings.mqtt, "hotline", house.secrets.mqtt_password, f"{settings.instance}-engine-in-charge")
    try:
        async with open_link(house) as link, open_clerk(settings) as clerk:
            driver = EngineDriver(replace(house, bus=bus), link, presence, charge, clerk)
            try:
                await driver.run()
            except asyncio.CancelledError:
                await driver.finish()
                await charge.leave(SwitchFence(link))
                raise
    except* ChargeLostError:
        charge.put_down()
        log.info("work_put_down")


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
