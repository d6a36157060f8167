"""Bulk loading: COPY into PostgreSQL, executemany into SQLite."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import JSON, make_url

from bench._tickets.rows import World, blanks, tickets
from core.database import Base, Database
from core.personal import EncryptedPersonal, Personal, keys

CHUNK = 20_000


_COPIED = ("tickets", "ticket_assignments", "ticket_parties", "ticket_duties", "ticket_words")
_IDS = {"id", "ticket_id", "assignment_id"}


async def load(database: Database, world: World, count: int) -> None:
    """Add `count` tickets to an empty database."""
    made = tickets(world, count)
    if database.is_sqlite:
        await _into_sqlite(database, made)
        return
    async with _bulk(database) as connection:
        await connection.execute("CREATE TEMP TABLE words_in (at bigserial, ticket_id text, words text[])")
        while chunk := list(islice(made, CHUNK)):
            for name in chunk[0]:
                await _copy(connection, name, [rows[name] for rows in chunk])
        await connection.execute(
            "INSERT INTO ticket_words (ticket_id, words) "
            "SELECT ticket_id, array_to_tsvector(words) FROM words_in ORDER BY at"
        )


async def multiply(database: Database, times: int) -> None:
    """Make `times` as many tickets of those that are there (PostgreSQL): the same again, with other ids and numbers."""
    async with _bulk(database) as connection:
        for table in _COPIED:
            columns = [column.name for column in Base.metadata.tables[table].columns]
            if table == "ticket_words":
                columns.remove("id")
            chosen = ", ".join(_copied(column) for column in columns)
            await connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - names of our own tables
                f"SELECT {chosen} FROM {table} row, generate_series(1, {times - 1}) copy {_order(table)}"
            )
            print(f"   {table} ×{times}", flush=True)


def _copied(column: str) -> str:
    if column in _IDS:
        return f"left(row.{column}, 35) || to_hex(copy)"
    return "row.number || '-' || copy" if column == "number" else f'row."{column}"'


def _order(table: str) -> str:
    return "ORDER BY row.id, copy" if table == "ticket_words" else ""


@asynccontextmanager
async def _bulk(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Open a connection for loading; indexes that are not keys are made once, afterwards."""
    url = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'")
        found = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY($1) AND indexdef NOT LIKE '%UNIQUE%'",
            list(_COPIED),
        )
        for row in found:
            await connection.execute(f"DROP INDEX {row['indexname']}")
        yield connection
        for row in found:
            await connection.execute(row["indexdef"])
        print(f"   {len(found)} indexes made", flush=True)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, name: str, rows: list[dict[str, Any]]) -> None:
    table = name.partition("#")[0]
    if table == "ticket_words":
        records = [(row["ticket_id"], row["words"]) for row in rows]
        await connection.copy_records_to_table("words_in", records=records, columns=["ticket_id", "words"])
        return
    full = [blanks(table, row) for row in rows]
    await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in full], columns=list(full[0]))


async def _into_sqlite(database: Database, made: Iterator[dict[str, dict[str, Any]]]) -> None:
    while chunk := list(islice(made, CHUNK)):
        async with database.transaction() as session:
            connection = await session.connection()
            for name in chunk[0]:
                table = Base.metadata.tables[name.partition("#")[0]]
                rows = [_plain(table.name, blanks(table.name, dict(one[name]))) for one in chunk]
                statement = table.insert()
                await connection.execute(statement, rows)


def _plain(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as SQLAlchemy's types take it."""
    for column in Base.metadata.tables[table].columns:
        if isinstance(column.type, EncryptedPersonal) and row.get(column.name) is not None:
            row[column.name] = Personal(keys().decrypt(row[column.name]))
        elif isinstance(column.type, JSON) and isinstance(row.get(column.name), str):
            row[column.name] = json.loads(row[column.name])
    if table == "ticket_words":
        row = {"ticket_id": row["ticket_id"], "words": " ".join(row["words"])}
    return row
