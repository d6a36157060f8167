from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
from core.database import Base, Database
from core.errors import PartUnavailable
from core.ids import new_id
from migrations.models import MODULES, import_models
from migrations.upgrade import _config, is_current, upgrade
from tickets.search.model import is_declared


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    maintenance: str = request.getfixturevalue("postgres_url")
    name = f"empty_{new_id()[-12:]}"
    engine = create_async_engine(maintenance, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield make_url(maintenance).set(database=name).render_as_string(hide_password=False)
        await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    await engine.dispose()


def declared(thing: object, name: str | None, *others: object) -> bool:
    """The full-text index is made beside the models."""
    return is_declared(name)


def differences(connection: Connection) -> list[object]:
    import_models()
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": declared})
    found: list[object] = compare_metadata(context, Base.metadata)
    return found


async def test_the_migrations_make_exactly_the_tables_of_the_models(empty_url: str) -> None:
    await upgrade(empty_url)
    database = Database(empty_url)
    async with database.reading() as session:
        assert await (await session.connection()).run_sync(differences) == []
    await database.close()


def test_every_module_that_declares_a_table_is_known_to_the_migrations() -> None:
    root = Path(migrations.__file__).parents[1]
    rooms = {module.split(".")[0] for module in MODULES}
    declaring = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for room in rooms
        for path in (root / room).rglob("*.py")
        if "__tablename__ =" in path.read_text("utf-8")
    }
    assert declaring == set(MODULES)


async def test_an_upgrade_may_be_repeated_and_tells_when_it_is_needed(empty_url: str) -> None:
    database = Database(empty_url)
    assert not await is_current(database)
    await upgrade(empty_url)
    await upgrade(empty_url)
    assert await is_current(database)
    await database.close()


async def test_a_downgrade_leaves_nothing_behind(empty_url: str) -> None:
    await upgrade(empty_url)
    database = Database(empty_url)

    def down(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    def tables(connection: Connection) -> set[str]:
        return set(connection.dialect.get_table_names(connection)) - {"alembic_version"}

    async with database.transaction() as session:
        await (await session.connection()).run_sync(down)
    async with database.reading() as session:
        assert await (await session.connection()).run_sync(tables) == set()
    await database.close()


async def test_an_upgrade_that_cannot_write_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PartUnavailable, match="hotline init"):
        await upgrade(f"sqlite+aiosqlite:///{tmp_path / 'absent' / 'x.db'}")
