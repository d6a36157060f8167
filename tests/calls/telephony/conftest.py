"""A desk at the real switch: AMI link, watcher, recorder and phones that send real sound."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from core.clock import SystemClock
from core.database import Database
from core.ids import new_id
from core.outbox import Deliverer, Delivery
from core.settings import Settings
from core.wire import read
from telephony.ami import AmiLink
from telephony.ami.link import Timings
from telephony.control import CallControl
from telephony.events import CALL_ENDED, CallArrived, CallEndedMessage, CallFact
from telephony.phones.g711 import Pcm
from telephony.phones.scripted import Script, ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import RATE, has_tone, read_wav, tone
from telephony.phones.user_agent import UserAgent
from telephony.service import CallRecorder
from telephony.watcher import SwitchWatcher

F = TypeVar("F")

CALLER_TONE = 440
AGENT_TONE = 700


class Wire:
    """A TCP proxy before the AMI port, so that the link can be cut and restored."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def restore(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        for one, other in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._copy(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()


class Desk:
    """What a test needs of the telephony room, on a real switch."""

    def __init__(self, switch: Any, database: Database) -> None:
        self.switch = switch
        self.database = database
        self.settings: Settings = switch.settings
        self.spool: Path = switch.settings.spool_dir
        self.clock = SystemClock()
        self.facts: list[CallFact] = []
        self.wire = Wire(switch.settings.asterisk.ami_port)
        self.recorder = self.new_recorder()
        self._phones: list[UserAgent] = []
        self._tasks: list[asyncio.Task[None]] = []

    def new_recorder(self) -> CallRecorder:
        """Return a recorder as after a restart."""
        return CallRecorder(self.database, self.clock, self.spool)

    async def start(self) -> None:
        """Start the Python side: link, watcher, recorder, heartbeat."""
        await self.wire.restore()
        password = self.switch.secrets.ami_password("engine")
        timings = Timings(action=3.0, ping_every=1.0, ping=1.0)
        self.link = AmiLink("127.0.0.1", self.wire.port, "engine", password, timings=timings)
        await self.link.start()
        self.control = CallControl(self.link, self.settings)
        await self.control.beat(self.clock.now())
        watcher = SwitchWatcher(self.link, self.clock, self.spool)
        self._tasks = [asyncio.create_task(self._follow(watcher)), asyncio.create_task(self._beat())]

    async def die(self) -> None:
        """End the Python side as a crash would: no more heartbeats, no more AMI."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.link.close()
        await self.wire.cut()

    async def close(self) -> None:
        for phone in self._phones:
            await phone.close()
        await self.die()

    async def agent(self, number: str, script: Script | None = None, *, registered: bool = True) -> ScriptedPhone:
        account = self.switch.phone(number)
        phone = ScriptedPhone(number, self.switch.sip, password=account.secret, script=script)
        await phone.start()
        self._phones.append(phone)
        if registered:
            await phone.register(seconds=60)
        return phone

    async def citizen(self, number: str = "13900000001") -> UserAgent:
        phone = UserAgent(number, self.switch.sip)
        await phone.start()
        self._phones.append(phone)
        return phone

    async def arrive(self, dialled: str = "12345") -> tuple[SipCall, CallArrived]:
        """Let a citizen dial; return his side of the call and the fact that he arrived."""
        known = {fact.call_id for fact in self.facts if isinstance(fact, CallArrived)}
        call = await (await self.citizen()).dial(dialled)
        await call.wait_state(CallState.ANSWERED)
        return call, await self.until(CallArrived, lambda fact: fact.call_id not in known)

    async def ring(self, arrived: CallArrived, endpoint: str, seconds: float = 20.0) -> str:
        """Ring an agent for a caller; return the leg id."""
        leg_id = new_id()
        await self.control.ring_agent(
            call_id=arrived.call_id,
            leg_id=leg_id,
            caller_channel=arrived.channel,
            endpoint=endpoint,
            timeout_seconds=seconds,
            caller_number=arrived.caller,
            dialled=arrived.dialled,
        )
        return leg_id

    async def join(self, endpoint: str = "8001") -> tuple[SipCall, SipCall, CallArrived, str]:
        """Make a caller and an agent talk; return both sides, the arrival and the agent's leg id."""
        agent = await self.agent(endpoint)
        citizen, arrived = await self.arrive()
        leg_id = await self.ring(arrived, endpoint)
        answering = await agent.next_call()
        await answering.answer()
        await self.talk(citizen, answering)
        return citizen, answering, arrived, leg_id

    async def talk(self, citizen: SipCall, agent: SipCall, seconds: float = 1.2) -> None:
        """Let both sides send their tone for `seconds`, and check that each hears the other."""
        citizen.media.play(tone(CALLER_TONE, seconds))
        agent.media.play(tone(AGENT_TONE, seconds))
        # together: on a busy machine one tone may be over before the other was heard
        await asyncio.gather(
            agent.media.wait_tone(CALLER_TONE, within=seconds + 10),
            citizen.media.wait_tone(AGENT_TONE, within=seconds + 10),
        )
        await asyncio.gather(agent.media.wait_played(), citizen.media.wait_played())

    async def until(self, kind: type[F], wanted: Callable[[F], bool] = lambda _: True, *, within: float = 10.0) -> F:
        """Return the first fact of a kind that fits, also if it came already."""
        async with asyncio.timeout(within):
            while True:
                for fact in self.facts:
                    if isinstance(fact, kind) and wanted(fact):
                        return fact
                await asyncio.sleep(0.01)

    async def told(self, call_id: str, *, within: float = 10.0) -> CallEndedMessage:
        """Return the outbox message of the end of a call."""
        found: list[CallEndedMessage] = []

        async def keep(delivery: Delivery) -> None:
            found.append(read(CallEndedMessage, delivery.payload))

        deliverer = Deliverer(self.database, self.clock, {CALL_ENDED: keep})
        async with asyncio.timeout(within):
            while not any(message.call_id == call_id for message in found):
                await deliverer.run_once()
                await asyncio.sleep(0.02)
        return next(message for message in found if message.call_id == call_id)

    def recording(self, leg_id: str) -> Pcm:
        return read_wav(self.spool / "legs" / f"{leg_id}.wav")

    async def _follow(self, watcher: SwitchWatcher) -> None:
        async for fact in watcher.facts():
            await self.recorder.take(fact)
            self.facts.append(fact)

    async def _beat(self) -> None:
        while True:
            with suppress(Exception):
                await self.control.beat(self.clock.now())
            await asyncio.sleep(1)


def seconds_of_tone(samples: Pcm, hertz: float) -> float:
    """Return how many seconds of a recording are mainly a tone, in windows of 100 ms."""
    window = RATE // 10
    parts = [samples[start : start + window] for start in range(0, len(samples) - window, window)]
    return float(np.sum([has_tone(part, hertz) for part in parts])) / 10


@pytest.fixture
def tone_seconds() -> Callable[[Pcm, float], float]:
    return seconds_of_tone


@pytest.fixture
async def desk(clean_switch: Any, sqlite_url: str) -> AsyncIterator[Desk]:
    """The Python side, running, on the switch of this session; leaves the switch without calls and heartbeat."""
    journal = clean_switch.settings.spool_dir / "journal"
    for left in journal.glob("*.jsonl"):
        left.unlink()  # lines of other tests' calls
    database = Database(sqlite_url)
    opened = Desk(clean_switch, database)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.close()
        await clean_switch.instance.cli("dialplan set global HOTLINE_BEAT 0")
        await database.close()


@pytest.fixture
def udp_ports() -> Callable[[int], list[int]]:
    """Ports that are free now, for phones that cannot choose one themselves."""

    def choose(count: int) -> list[int]:
        probes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        ports = [probe.getsockname()[1] for probe in probes]
        for probe in probes:
            probe.close()
        return ports

    return choose
