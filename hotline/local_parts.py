"""The local parts of an instance: Asterisk, the MQTT broker, Valkey. Kept alive beside the roles.

The broker and Valkey end with us: what they hold may be lost. Asterisk does not: calls go on while the Python side is
down, and the next start adopts the running switch.
"""

import asyncio
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Protocol

import structlog

from asterisk.instance import AsteriskInstance
from core.errors import PartUnavailable
from core.secrets import Secrets
from core.settings import Settings
from hotline.parts.mosquitto import Mosquitto
from hotline.parts.process import Child
from hotline.parts.valkey import Valkey
from hotline.phones import phones_of

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 1.0
_LOOKS_PER_HEALTH = 60
"""The switch is asked how it is once a minute; that also rotates its log when it has grown large."""


class _Server(Protocol):
    child: Child

    def start(self) -> None: ...
    def wait_ready(self, seconds: float = 10.0) -> None: ...
    def stop(self) -> None: ...


class LocalParts:
    """Starts the parts that the settings call local, watches them, and starts again what died."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets
        self._servers: list[_Server] = []
        self._switch: AsteriskInstance | None = None

    async def start(self) -> None:
        """Start what is not running; returns when all serve.

        Raises:
            PartUnavailable: one cannot start; says which and the remedy. What was started before it is stopped.
        """
        try:
            for server in self._chosen():
                self._servers.append(server)
                # on the main thread: the kernel ties the child's life to the thread that started it
                server.start()
                await asyncio.to_thread(server.wait_ready)
            await self._start_switch()
        except PartUnavailable:
            self.stop_servers()
            raise

    async def keep(self) -> None:
        """Look once a second and start again what died; runs until cancelled."""
        for look in count(1):
            await asyncio.sleep(_LOOK_SECONDS)
            for server in self._servers:
                if not server.child.is_running:
                    await self._again(server)
            if self._switch is not None:
                await self._look_at_switch(self._switch, thoroughly=look % _LOOKS_PER_HEALTH == 0)

    def stop_servers(self) -> None:
        """Stop the broker and Valkey. Asterisk goes on: `hotline asterisk stop` ends it."""
        for server in self._servers:
            server.stop()

    async def _look_at_switch(self, switch: AsteriskInstance, *, thoroughly: bool) -> None:
        if switch.pid is None:
            log.error("part_died", part="asterisk")
            with suppress(PartUnavailable):
                await self._start_switch()
        elif thoroughly:
            health = await switch.health()
            if not health.alive:
                log.error("part_unwell", part="asterisk", problem=health.problem, remedy=health.remedy)

    async def _again(self, server: _Server) -> None:
        log.error("part_died", part=server.child.part)
        try:
            server.start()
            await asyncio.to_thread(server.wait_ready)
        except PartUnavailable as error:
            log.error("part_not_started", part=error.part, problem=error.problem, remedy=error.remedy)  # noqa: TRY400

    def _chosen(self) -> list[_Server]:
        settings, home = self._settings, Path(self._settings.home)
        chosen: list[_Server] = []
        if settings.mqtt.local:
            chosen.append(Mosquitto(settings.mqtt, self._secrets.mqtt_password, home))
        if settings.redis.local:
            chosen.append(Valkey(settings.redis, self._secrets.redis_password, home))
        return chosen

    async def _start_switch(self) -> None:
        if self._settings.asterisk.mode != "rootfs":
            return
        phones = await phones_of(self._settings, self._secrets)
        self._switch = AsteriskInstance(self._settings, self._secrets, phones)
        await self._switch.start()
