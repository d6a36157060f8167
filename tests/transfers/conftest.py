"""A talk on the real switch with merged hotlines as SIP peers of their own, and the desk that transfers it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.database import Base, Database
from telephony.events import CallArrived, CallFact, LegEnded, SwitchSnapshot
from telephony.phones.scripted import Script, ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import RATE, has_tone, tone
from telephony.phones.user_agent import UserAgent
from telephony.transfers.desk import TransferDesk, TransferNotice, Wish
from telephony.transfers.destinations import Destination
from telephony.transfers.rooms import RoomControl
from telephony.transfers.states import TalkEvent, TalkState
from tests.calls.conftest import Switch, asterisk_rootfs, clean_switch, switch
from tests.calls.telephony.conftest import Desk

__all__ = ["asterisk_rootfs", "clean_switch", "switch"]

CALLER, AGENT, TARGET = 1700, 700, 1000
"""Hertz of what each party says."""
NUMBER = "12333"


@dataclass
class Hall:
    """Caller and agent in a talk, the partner's phones, the desk."""

    desk: Desk
    transfers: TransferDesk
    notices: list[TransferNotice]
    partner: ScriptedPhone
    citizen: SipCall
    agent: SipCall
    arrived: CallArrived

    @property
    def call_id(self) -> str:
        return self.arrived.call_id

    @property
    def state(self) -> TalkState:
        return self.transfers.talk(self.call_id).state

    def wish(self, *, seconds: float = 10.0, number: str = NUMBER, trunk: str = "rsj", sounds: str = "") -> Wish:
        return Wish(Destination(number, "人社", trunk), sounds=sounds, seconds=seconds)

    async def act(self, event: TalkEvent, **named: Any) -> TalkState:
        calls = {TalkEvent.CONSULT, TalkEvent.INVITE, TalkEvent.BLIND}
        return await self.transfers.act(self.call_id, event, self.wish(**named) if event in calls else None)

    async def consult(self) -> SipCall:
        """Consult the partner; return its side once it has answered."""
        await self.act(TalkEvent.CONSULT)
        ringing = await self.partner.next_call()
        await ringing.answer()
        await self.until(TalkState.CONSULTING)
        return ringing

    async def until(self, *states: TalkState, within: float = 5.0) -> TalkState:
        """Wait until the talk is in one of the states."""
        end = time.monotonic() + within
        while True:
            talk = self.transfers._floor.talks.get(self.call_id)
            state = TalkState.OVER if talk is None else talk.state
            if state in states:
                return state
            assert time.monotonic() < end, f"{state} instead of {states}"
            await asyncio.sleep(0.01)

    async def over(self) -> None:
        """The call has ended everywhere."""
        for call in (self.citizen, self.agent):
            await call.hang_up()
        assert await self.desk.switch.wait_until_empty() == []


async def hears(listener: SipCall, hertz: float, *, within: float = 3.0) -> None:
    await listener.media.wait_tone(hertz, within=within, window=0.1)


def loud(samples: Any) -> bool:
    """Tell whether there is sound at all."""
    return len(samples) > 0 and float(np.sqrt(np.mean(np.square(samples.astype(np.float64))))) > 30


async def hears_not(listener: SipCall, hertz: float, seconds: float = 0.3) -> None:
    """Check that a tone is not heard; what was under way when the legs parted may take a second to fade."""
    end = time.monotonic() + 1.0
    while has_tone(listener.media.heard_lately(seconds), hertz):
        assert time.monotonic() < end, f"{hertz:g} Hz is still heard"
        await asyncio.sleep(0.05)


def speak(call: SipCall, hertz: float, seconds: float = 60.0) -> None:
    call.media.play(tone(hertz, seconds))


@pytest.fixture
async def partner(clean_switch: Switch) -> AsyncIterator[ScriptedPhone]:
    """A merged hotline's switch: a SIP peer on a port of its own, the trunk `rsj` of ours."""
    phone = ScriptedPhone(NUMBER, clean_switch.sip)
    await phone.start()
    await connect(clean_switch, {"rsj": phone})
    yield phone
    await phone.close()


async def connect(switch: Switch, peers: dict[str, UserAgent], **more: Any) -> None:
    """Write the partners of the switch and let it read them."""
    lines = []
    for name, phone in peers.items():
        port = phone.contact.rpartition(":")[2].strip(">")
        lines += [f"[{name}]", 'host = "127.0.0.1"', f"port = {port}", f'addresses = ["127.0.0.1:{port}"]']
        lines += [f"{key} = {value}" for key, value in ({"options_seconds": 0} | more).items()]
    (switch.settings.home / "partners.toml").write_text("\n".join(lines), "utf-8")
    await switch.instance.reload_phones(switch.phones)


class TransferringDesk(Desk):
    """The desk of the calls' tests whose facts also go to a transfer desk."""

    def __init__(self, switch: Any, database: Database) -> None:
        super().__init__(switch, database)
        self.notices: list[TransferNotice] = []
        self.patience = 20.0
        """Seconds that a verb waits for its effect: a loaded machine is slow, not wrong."""
        self.moments: list[tuple[float, CallFact]] = []

    async def start(self) -> None:
        self.transfers: TransferDesk | None = None
        self._dead = False
        await super().start()
        await self.until(SwitchSnapshot)

    async def _note(self, notice: TransferNotice) -> None:
        self.notices.append(notice)

    async def die(self) -> None:
        self._dead = True  # asyncio.wait_for of Python 3.11 may swallow the cancellation of a beat
        await super().die()

    async def _beat(self) -> None:
        while not self._dead:
            with suppress(Exception):
                await self.control.beat(self.clock.now())
            await asyncio.sleep(1)

    async def _follow(self, watcher: Any) -> None:
        async for fact in watcher.facts():
            if self.transfers is None:
                self.transfers = TransferDesk(RoomControl(self.link), self.clock, self._note, patience=self.patience)
            await self.transfers.take(fact)
            self.moments.append((time.monotonic(), fact))
            self.facts.append(fact)
            await self.recorder.take(fact)


@pytest.fixture
async def desk(clean_switch: Switch, tmp_path: Path) -> AsyncIterator[TransferringDesk]:
    journal = clean_switch.settings.spool_dir / "journal"
    for left in journal.glob("*.jsonl"):
        left.unlink()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}")
    async with database.transaction() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    opened = TransferringDesk(clean_switch, database)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.close()
        await clean_switch.instance.cli("dialplan set global HOTLINE_BEAT 0")
        await database.close()


@pytest.fixture
async def hall(desk: TransferringDesk, partner: ScriptedPhone) -> AsyncIterator[Hall]:
    """Caller and agent 8001 talk."""
    citizen, agent, arrived, _ = await desk.join()
    assert desk.transfers is not None
    opened = Hall(desk, desk.transfers, desk.notices, partner, citizen, agent, arrived)
    yield opened
    for call in (citizen, agent):
        await call.hang_up()


def spool_legs(hall: Hall) -> Path:
    return hall.desk.spool / "legs"


@pytest.fixture
def leg_ended(hall: Hall) -> Callable[[str], Any]:
    async def wait(leg_id: str) -> LegEnded:
        return await hall.desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)

    return wait


__all__ += ["AGENT", "CALLER", "RATE", "TARGET", "CallState", "Hall", "Script", "hears", "hears_not", "loud", "speak"]
