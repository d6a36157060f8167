"""What the subcommands open: database and keys of the instance that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core import personal
from core.clock import Clock, SystemClock
from core.database import Database
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Instance:
    """An open instance."""

    settings: Settings
    secrets: Secrets
    clock: Clock
    database: Database


@asynccontextmanager
async def open_instance() -> AsyncIterator[Instance]:
    """Open database and keys; no broker is needed."""
    settings = load_settings()
    secrets = Secrets.load(settings.home)
    personal.install_keys(PersonalKeys(secrets.personal_key))
    database = Database(settings.database_url)
    try:
        yield Instance(settings, secrets, SystemClock(), database)
    finally:
        await database.close()
