"""The two that are compared, driven through what each gives its users: app_queue by AMI, ours by its bus requests."""

import time
from typing import Protocol

from bench._acd.phones import Phone
from bench._acd.site import APP_QUEUE_NUMBER
from core.bus import Bus
from core.errors import PartUnavailable
from telephony.ami import AmiLink

_AGENT_STATE = "hotline/rpc/engine/agent-state"
_PATIENCE_SECONDS = 10.0


class QueueSystem(Protocol):
    """Who is asked for agents' states."""

    name: str
    number: str
    """What callers dial to wait here."""

    async def sign_on(self, phone: Phone) -> None:
        """Seat an agent, paused."""

    async def ready(self, phone: Phone) -> float:
        """Let an agent take calls; return when that was asked, in seconds of the epoch."""

    async def pause(self, phone: Phone) -> None:
        """Let an agent take no call after this one."""

    async def sign_off(self, phone: Phone) -> None:
        """Take an agent off."""


class AppQueue:
    """Asterisk's own queue."""

    name = "app_queue"
    number = APP_QUEUE_NUMBER

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def sign_on(self, phone: Phone) -> None:
        """See `QueueSystem`."""
        await self._member("QueueAdd", phone, Paused="true", StateInterface=f"PJSIP/{phone.number}")

    async def ready(self, phone: Phone) -> float:
        """See `QueueSystem`."""
        asked = time.time()
        await self._member("QueuePause", phone, Paused="false")
        return asked

    async def pause(self, phone: Phone) -> None:
        """See `QueueSystem`."""
        await self._member("QueuePause", phone, Paused="true")

    async def sign_off(self, phone: Phone) -> None:
        """See `QueueSystem`."""
        await self._member("QueueRemove", phone)

    async def _member(self, action: str, phone: Phone, **fields: str) -> None:
        await self._link.action(action, {"Queue": "bench", "Interface": f"PJSIP/{phone.number}", **fields})


class OurQueue:
    """The product's engine, asked as its API asks it."""

    name = "hotline"
    number = "12345"

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def sign_on(self, phone: Phone) -> None:
        """See `QueueSystem`."""
        await self._ask(phone, "paused")

    async def ready(self, phone: Phone) -> float:
        """See `QueueSystem`."""
        asked = time.time()
        await self._ask(phone, "ready")
        return asked

    async def pause(self, phone: Phone) -> None:
        """See `QueueSystem`."""
        await self._ask(phone, "paused")

    async def sign_off(self, phone: Phone) -> None:
        """See `QueueSystem`."""
        await self._ask(phone, "offline")

    async def _ask(self, phone: Phone, state: str) -> None:
        """Ask until the engine has answered: on a machine that has too much to do it is late, not wrong."""
        request = {"agent_id": phone.agent_id, "state": state, "reason": "rest"}
        for last in (False, False, True):
            try:
                await self._bus.request(_AGENT_STATE, request, timeout=_PATIENCE_SECONDS)
            except PartUnavailable:
                if last:
                    raise
            else:
                return
