"""The real parts: an Asterisk of its own, phones that speak tones, merged hotlines as SIP peers on their own trunks."""

import asyncio
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from asterisk.instance import AsteriskInstance
from asterisk.phones import Phone
from core.clock import SystemClock
from core.ids import new_id
from core.secrets import Secrets
from core.settings import AsteriskSettings, Settings
from telephony.ami import AmiLink
from telephony.control import CallControl
from telephony.events import CallArrived, CallFact, LegRecorded, SwitchSnapshot
from telephony.phones.scripted import ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import tone
from telephony.phones.user_agent import UserAgent
from telephony.transfers.desk import TransferDesk, Wish
from telephony.transfers.destinations import Destination
from telephony.transfers.rooms import RoomControl
from telephony.transfers.states import TalkEvent, TalkState
from telephony.watcher import SwitchWatcher

HOTLINES = {"rsj": "12333", "fire": "119"}
"""Partner and number of each legacy hotline."""
AGENTS = ("8001", "8002")
_SPEECH_SECONDS = 40.0
_PATIENCE = 10.0


@dataclass
class Speaker:
    """A leg that says one tone from its answer to its end."""

    who: str
    hertz: int
    call: SipCall
    leg_id: str = ""


@dataclass
class Stage:
    """What the scenarios play on."""

    settings: Settings
    secrets: Secrets
    switch: AsteriskInstance
    link: AmiLink
    desk: TransferDesk
    phones: dict[str, ScriptedPhone]
    facts: list[CallFact] = field(default_factory=list)

    async def until(self, wanted: Callable[[], object], seconds: float = _PATIENCE) -> None:
        """Return when something holds.

        Raises:
            TimeoutError: it did not in time.
        """
        async with asyncio.timeout(seconds):
            while not wanted():  # noqa: ASYNC110 - what is waited for has no event of its own
                await asyncio.sleep(0.01)

    async def beat(self) -> None:
        """Tell the dialplan that an engine lives."""
        control = CallControl(self.link, self.settings)
        while True:
            await control.beat(SystemClock().now())
            await asyncio.sleep(1)

    async def begin(self) -> "Scene":
        """Let a citizen call and agent 8001 answer; both speak."""
        citizen = UserAgent("13900000001", self.sip)
        await citizen.start()
        known = {fact.call_id for fact in self.facts if isinstance(fact, CallArrived)}
        calling = await citizen.dial("12345")
        await calling.wait_state(CallState.ANSWERED)
        await self.until(lambda: self._arrival(known))
        arrived = self._arrival(known)
        assert arrived is not None
        leg_id = new_id()
        control = CallControl(self.link, self.settings)
        await control.ring_agent(
            call_id=arrived.call_id, leg_id=leg_id, caller_channel=arrived.channel, endpoint="8001",
            timeout_seconds=20, caller_number=arrived.caller, dialled=arrived.dialled,
        )  # fmt: skip
        answering = await self.phones["8001"].next_call()
        await answering.answer()
        scene = Scene(self, arrived, citizen)
        scene.speaks("caller", 1900, calling, arrived.leg_id)
        scene.speaks("agent", 700, answering, leg_id)
        await scene.reach(TalkState.TALKING)
        await asyncio.sleep(0.5)
        return scene

    def _arrival(self, known: set[str]) -> CallArrived | None:
        found = (fact for fact in self.facts if isinstance(fact, CallArrived) and fact.call_id not in known)
        return next(found, None)

    @property
    def sip(self) -> tuple[str, int]:
        """Where phones send SIP."""
        return self.settings.asterisk.bind, self.settings.asterisk.sip_port


@dataclass
class Scene:
    """One call on the stage."""

    stage: Stage
    arrived: CallArrived
    citizen: UserAgent
    speakers: list[Speaker] = field(default_factory=list)
    heard_after_ms: dict[str, float] = field(default_factory=dict)
    """From a change to the first tone heard of the other party, by change."""

    def speaks(self, who: str, hertz: int, call: SipCall, leg_id: str) -> Speaker:
        """Let a party speak its tone from now on."""
        call.media.play(tone(hertz, _SPEECH_SECONDS))
        self.speakers.append(Speaker(who, hertz, call, leg_id))
        return self.speakers[-1]

    def call(self, who: str) -> SipCall:
        """Return the phone's side of a party."""
        return next(one.call for one in self.speakers if one.who == who)

    @property
    def state(self) -> TalkState:
        """Where everybody is."""
        try:
            return self.stage.desk.talk(self.arrived.call_id).state
        except Exception:  # noqa: BLE001 - the switch has no such call any more
            return TalkState.OVER

    async def reach(self, *states: TalkState) -> None:
        """Wait for a state."""
        await self.stage.until(lambda: self.state in states)

    async def act(self, event: TalkEvent, *, trunk: str = "rsj", number: str = "", sounds: str = "") -> None:
        """Do a verb."""
        wish = Wish(
            Destination(number or HOTLINES.get(trunk, ""), trunk, trunk), sounds, 2.0 if sounds == "-" else 20.0
        )
        if sounds == "-":
            wish.sounds = ""
        calls = {TalkEvent.CONSULT, TalkEvent.INVITE, TalkEvent.BLIND}
        await self.stage.desk.act(self.arrived.call_id, event, wish if event in calls else None)

    async def answered_by(self, phone: str, hertz: int = 1000) -> Speaker:
        """Let the one who is called answer and speak."""
        ringing = await self.stage.phones[phone].next_call()
        await ringing.answer()
        await self.stage.until(lambda: self._target_leg(phone))
        return self.speaks(f"{phone}", hertz, ringing, self._target_leg(phone))

    def _target_leg(self, phone: str) -> str:
        number = HOTLINES.get(phone, phone)
        legs = self.stage.desk.talk(self.arrived.call_id).legs.values()
        return next((leg.leg_id for leg in legs if leg.endpoint == number and leg.answered and leg.target), "")

    async def hears(self, listener: str, speaker: str, change: str) -> None:
        """Measure how long after a change a party hears another one."""
        loop = asyncio.get_running_loop()
        hertz = next(one.hertz for one in self.speakers if one.who == speaker)
        began = loop.time()
        await self.call(listener).media.wait_tone(hertz, within=5.0, window=0.04)
        # the 40 ms of tone that prove it are not part of the wait
        self.heard_after_ms[change] = max(0.0, (loop.time() - began - 0.04) * 1000)

    async def end(self) -> list[LegRecorded]:
        """Hang everybody up and return the recordings of all who spoke."""
        for one in self.speakers:
            await one.call.hang_up()
        wanted = {one.leg_id for one in self.speakers}
        await self.stage.until(lambda: wanted <= {leg.leg_id for leg in self._recorded()})
        await self.citizen.close()
        return [leg for leg in self._recorded() if leg.leg_id in wanted]

    def _recorded(self) -> list[LegRecorded]:
        return [fact for fact in self.stage.facts if isinstance(fact, LegRecorded)]


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Start everything; stop it and delete its data afterwards."""
    home = Path(tempfile.mkdtemp(prefix="transfers-bench-"))
    first = 20000 + 2 * secrets.randbelow(5000)
    rootfs = Path(os.environ.get("HOTLINE_ASTERISK__ROOTFS", AsteriskSettings().rootfs))
    asterisk = AsteriskSettings(
        rootfs=rootfs, sip_port=_free(socket.SOCK_DGRAM), ami_port=_free(socket.SOCK_STREAM),
        rtp_first=first, rtp_last=first + 399,
    )  # fmt: skip
    settings = Settings(home=home, instance=f"transfers-{secrets.token_hex(3)}", asterisk=asterisk)
    accounts = [Phone(number, secrets.token_urlsafe(12), "agent", number) for number in AGENTS]
    phones = {one.number: ScriptedPhone(one.number, (asterisk.bind, asterisk.sip_port), password=one.secret)
              for one in accounts}  # fmt: skip
    phones |= {name: ScriptedPhone(number, (asterisk.bind, asterisk.sip_port)) for name, number in HOTLINES.items()}
    for phone in phones.values():
        await phone.start()
    _write_partners(home, phones)
    keys = Secrets.load_or_create(home)
    switch = AsteriskInstance(settings, keys, accounts)
    await switch.start()
    try:
        async with _running(settings, keys, switch, phones) as stage:
            yield stage
    finally:
        for phone in phones.values():
            await phone.close()
        await switch.stop()
        shutil.rmtree(settings.instance_root, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def _write_partners(home: Path, phones: dict[str, ScriptedPhone]) -> None:
    lines = []
    for name in HOTLINES:
        port = phones[name].contact.rpartition(":")[2].strip(">")
        lines += [f"[{name}]", 'host = "127.0.0.1"', f"port = {port}", f'addresses = ["127.0.0.1:{port}"]']
    (home / "partners.toml").write_text("\n".join(lines), "utf-8")


@asynccontextmanager
async def _running(
    settings: Settings, keys: Secrets, switch: AsteriskInstance, phones: dict[str, ScriptedPhone]
) -> AsyncIterator[Stage]:
    asterisk = settings.asterisk
    link = AmiLink(asterisk.bind, asterisk.ami_port, "engine", keys.ami_password("engine"))
    await link.start()
    desk = TransferDesk(RoomControl(link), SystemClock())
    stage = Stage(settings, keys, switch, link, desk, phones)

    async def follow() -> None:
        async for fact in SwitchWatcher(link, SystemClock(), settings.spool_dir).facts():
            await desk.take(fact)
            stage.facts.append(fact)

    tasks = [asyncio.create_task(follow()), asyncio.create_task(stage.beat())]
    try:
        for number in AGENTS:
            await phones[number].register()
        await stage.until(lambda: any(isinstance(fact, SwitchSnapshot) for fact in stage.facts))
        yield stage
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await link.close()
