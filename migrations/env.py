"""Alembic's environment: the tables of every room, on the connection given or the database of the settings."""

import asyncio
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from core.database import Base, Database
from core.settings import load_settings
from migrations.models import import_models
from tickets.search.model import is_declared


def _plain_type(kind: str, thing: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as the plain types they are stored as: revisions do not change when our code does."""
    del autogen
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def is_ours(thing: object, name: str | None, kind: str, *others: object) -> bool:
    """Tell whether a thing found in a database is compared with the models; the full-text index is made beside them."""
    del thing, kind, others
    return is_declared(name)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_plain_type,
        include_object=is_ours,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_on_settings() -> None:
    database = Database(load_settings().database_url)
    async with database.transaction() as session:
        await (await session.connection()).run_sync(_run)
    await database.close()


import_models()
_given: Connection | None = context.config.attributes.get("connection")
if _given is not None:
    _run(_given)
else:
    asyncio.run(_run_on_settings())
