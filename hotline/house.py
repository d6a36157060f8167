"""What every role stands on, opened once a process: settings, secrets, clock, database, bus."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core import personal
from core.bus import Bus
from core.clock import Clock, SystemClock
from core.database import Database
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """The open parts of one process."""

    settings: Settings
    secrets: Secrets
    clock: Clock
    database: Database
    bus: Bus


@asynccontextmanager
async def open_house(settings: Settings, role: str) -> AsyncIterator[House]:
    """Open database and bus for a process of the given role; close them when the block ends."""
    secrets = Secrets.load(settings.home)
    personal.install_keys(PersonalKeys(secrets.personal_key))
    database = Database(settings.database_url)
    bus = Bus(
        settings.mqtt, username="hotline", password=secrets.mqtt_password, client_id=f"{settings.instance}-{role}"
    )
    try:
        async with bus:
            yield House(settings, secrets, SystemClock(), database, bus)
    finally:
        await database.close()
