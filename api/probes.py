"""Looks at the parts that the interface itself stands on (the switch is looked at by who knows it)."""

from redis.asyncio import Redis
from sqlalchemy import text

from api.health import Probe
from core import disk
from core.bus import Bus
from core.database import Database
from core.settings import Settings
from core.valkey import guard

OK = "可用"


def database_probe(database: Database) -> Probe:
    """Return a probe that reads from the database."""

    async def look() -> str:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
        return OK

    return look


def broker_probe(bus: Bus) -> Probe:
    """Return a probe that tells whether the bus has its broker."""

    async def look() -> str:
        await bus.wait_connected(timeout=0.5)
        return OK

    return look


def valkey_probe(valkey: Redis) -> Probe:
    """Return a probe that asks Valkey for a PONG."""

    async def look() -> str:
        with guard():
            await valkey.ping()
        return OK

    return look


def disk_probe(settings: Settings) -> Probe:
    """Return a probe that looks at the free space where recordings are made and kept."""

    async def look() -> str:
        fullest = disk.require(settings.written_places, settings.disk)
        return f"{fullest},请尽快清理" if fullest.is_low(settings.disk) else str(fullest)

    return look


def role_probe(bus: Bus, topic: str) -> Probe:
    """Return a probe that asks a role how it is; the `state` in its answer is shown."""

    async def look() -> str:
        answer = await bus.request(topic, {}, timeout=1.5)
        return str(answer.get("state", OK))

    return look
