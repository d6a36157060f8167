"""What the tests of the switch need: the running switch, its AMI, phones that are closed afterwards."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from core.ids import new_id
from telephony.ami import AmiLink
from telephony.ami.message import AmiMessage
from telephony.phones.sip_call import SipCall
from telephony.phones.user_agent import UserAgent
from tests.calls.conftest import Switch, asterisk_rootfs, clean_switch, switch

__all__ = ["asterisk_rootfs", "clean_switch", "switch"]


class Desk:
    """The engine's AMI user, with every event it was sent since the test began."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        asterisk = switch.settings.asterisk
        self.link = AmiLink(asterisk.bind, asterisk.ami_port, "engine", switch.secrets.ami_password("engine"))
        self.events: list[AmiMessage] = []
        self._changed = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.link.start()
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        assert self._reader is not None
        await self.set_heart("")
        self._reader.cancel()
        await self.link.close()

    async def set_heart(self, value: object) -> None:
        await self.link.action("Setvar", {"Variable": "HOTLINE_BEAT", "Value": value})

    async def beat(self) -> None:
        """One heartbeat: enough for the next six seconds."""
        await self.set_heart(int(time.time()))

    async def event(self, wanted: Callable[[AmiMessage], bool], *, within: float = 10.0) -> AmiMessage:
        found: list[AmiMessage] = []

        def look() -> bool:
            found[:] = [event for event in self.events if wanted(event)][:1]
            return bool(found)

        async with self._changed:
            async with asyncio.timeout(within):
                await self._changed.wait_for(look)
        return found[0]

    async def user_event(self, name: str, call: str = "", *, within: float = 10.0) -> AmiMessage:
        return await self.event(
            lambda event: event.get("userevent") == name and (not call or event.get("call") == call), within=within
        )

    async def ring(self, endpoint: str, arrived: AmiMessage, *, seconds: int = 10) -> str:
        """Ring an agent's phone as the engine does; return the leg's id."""
        leg, call = new_id(), arrived.get("call")
        variables = {
            "__HOTLINE_CALL": call,
            "HOTLINE_LEG": leg,
            "HOTLINE_PARTY": "agent",
            "HOTLINE_ENDPOINT": endpoint,
            "HOTLINE_TARGET": arrived.get("uniqueid"),
            "PJSIP_HEADER(add,X-Call-Id)": call,
        }
        fields = {
            "Channel": f"PJSIP/{endpoint}",
            "ChannelId": leg,
            "Context": "hotline-agent",
            "Exten": "join",
            "Priority": 1,
            "Async": "true",
            "Timeout": seconds * 1000,
        }
        await self.link.action("Originate", fields, variables=variables)
        return leg

    def journal(self, call: str) -> list[dict[str, Any]]:
        """Return the lines of one call in the journal, oldest first; every line of the file must be JSON."""
        path = self.switch.settings.spool_dir / "journal" / "legs.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [line for line in lines if line["call"] == call]

    async def _read(self) -> None:
        async for event in self.link.events():
            if isinstance(event, AmiMessage):
                async with self._changed:
                    self.events.append(event)
                    self._changed.notify_all()


@pytest.fixture
async def desk(clean_switch: Switch) -> AsyncIterator[Desk]:
    """The engine's AMI user on the running switch."""
    opened = Desk(clean_switch)
    await opened.start()
    yield opened
    await opened.close()


Phones = Callable[..., Awaitable[UserAgent]]


@pytest.fixture
async def phones(clean_switch: Switch) -> AsyncIterator[Phones]:
    """Make phones: `await phones("13800138000")` calls unregistered; `register=True` uses that account."""
    opened: list[UserAgent] = []

    async def make(
        number: str, *, register: bool = False, on_call: Callable[[SipCall], None] | None = None
    ) -> UserAgent:
        password = clean_switch.phone(number).secret if register else ""
        phone = UserAgent(number, clean_switch.sip, password=password, on_call=on_call)
        await phone.start()
        opened.append(phone)
        if register:
            await phone.register()
        return phone

    yield make
    for phone in opened:
        if phone._password:
            await phone.unregister()
        await phone.close()


async def offered(phone: UserAgent, *, within: float = 10.0) -> SipCall:
    """Return the call that rings at `phone`, once it does."""
    until = time.monotonic() + within
    while True:
        ready = [call for call in phone.calls.values() if call.port]
        if ready:
            return ready[-1]
        assert time.monotonic() < until, f"phone {phone.number} did not ring"
        await asyncio.sleep(0.01)
