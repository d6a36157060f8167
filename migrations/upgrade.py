"""Bring a database up to date, or ask whether it is; called by `hotline init` and the readiness check."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.database import Database


async def upgrade(database_url: str) -> None:
    """Make or change the tables to what this version needs, in one transaction.

    Raises:
        PartUnavailable: the database cannot be reached or written.
    """
    database = Database(database_url)
    try:
        async with database.transaction() as session:
            await (await session.connection()).run_sync(_upgrade)
    finally:
        await database.close()


async def is_current(database: Database) -> bool:
    """Tell whether the tables are those of this version.

    Raises:
        PartUnavailable: the database cannot be reached.
    """
    async with database.reading() as session:
        found = await (await session.connection()).run_sync(_revision)
    return found == ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
