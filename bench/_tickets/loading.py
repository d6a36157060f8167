"""Bulk loading: COPY into PostgreSQL, one prepared statement a table into SQLite; keys and indexes afterwards."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url

from bench._tickets.progress import say
from bench._tickets.rows import World, blanks, tickets
from core.database import Base, Database

_CHUNK = 20_000
_COPIED = ("ticket_words", "ticket_duties", "tickets", "ticket_assignments", "ticket_parties")
"""Largest first: two connections share them."""
_IDS = {"id", "ticket_id", "assignment_id"}
_HANDS = 2
_Connection = Any


async def load(database: Database, world: World, count: int) -> None:
    """Add `count` tickets to an empty database."""
    made = tickets(world, count)
    if database.is_sqlite:
        path = make_url(database.url).database
        assert path is not None
        await asyncio.to_thread(_into_sqlite, path, made)
        return
    async with _bulk(database) as (connection, *_):
        await connection.execute("CREATE TEMP TABLE words_in (at bigserial, ticket_id text, words text[])")
        done = 0
        while chunk := list(islice(made, _CHUNK)):
            for name in chunk[0]:
                await _copy(connection, name, [rows[name] for rows in chunk])
            done += len(chunk)
            say(f"   {done:,}")
        await connection.execute(
            "INSERT INTO ticket_words (ticket_id, words) "
            "SELECT ticket_id, array_to_tsvector(words) FROM words_in ORDER BY at"
        )


async def multiply(database: Database, times: int) -> None:
    """Make `times` as many tickets of those that are there (PostgreSQL): the same again, with other ids and numbers."""
    async with _bulk(database) as hands:
        await _share(hands, [(f"{table} ×{times}", _again(table, times)) for table in _COPIED])


def _again(table: str, times: int) -> str:
    columns = [column.name for column in Base.metadata.tables[table].columns]
    if table == "ticket_words":
        columns.remove("id")
    chosen = ", ".join(_copied(column) for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - names of our own tables
        f"SELECT {chosen} FROM {table} row, generate_series(1, {times - 1}) copy {_order(table)}"
    )


def _copied(column: str) -> str:
    if column in _IDS:
        return f"left(row.{column}, 35) || to_hex(copy)"
    return "row.number || '-' || copy" if column == "number" else f'row."{column}"'


def _order(table: str) -> str:
    return "ORDER BY row.id, copy" if table == "ticket_words" else ""


@asynccontextmanager
async def _bulk(database: Database) -> AsyncIterator[Sequence[_Connection]]:
    """Open connections for loading; keys and indexes are taken away, and made once, afterwards."""
    url = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    hands = [await asyncpg.connect(url) for _ in range(_HANDS)]
    try:
        for hand in hands:
            await hand.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'; SET jit = off")
        made = [made for table in _COPIED for made in await _strip(hands[0], table)]
        yield hands
        await _share(hands, made)
        await _share(hands, [(f"statistics of {table}", f"VACUUM (ANALYZE) {table}") for table in _COPIED])
        await hands[0].execute("CHECKPOINT")
    finally:
        for hand in hands:
            await hand.close()


async def _strip(connection: _Connection, table: str) -> list[tuple[str, str]]:
    """Take keys and indexes from a table and return how they are made again: name and statement."""
    keys = await connection.fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint "
        "WHERE conrelid = $1::regclass AND contype IN ('p', 'u')",
        table,
    )
    again = [(row["conname"], f"ALTER TABLE {table} ADD CONSTRAINT {row[0]} {row[1]}") for row in keys]
    for name, _ in again:
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = await connection.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1", table)
    for name, _ in indexes:
        await connection.execute(f"DROP INDEX {name}")
    # plain indexes first: those of the words take longest, and a key locks its table
    return [(row["indexname"], row["indexdef"]) for row in indexes] + again


async def _share(hands: Sequence[_Connection], work: Sequence[tuple[str, str]]) -> None:
    """Let the connections do the statements, each the next one that waits."""
    waiting = iter(work)

    async def labour(hand: _Connection) -> None:
        for name, statement in waiting:
            await hand.execute(statement)
            say(f"   {name}")

    await asyncio.gather(*(labour(hand) for hand in hands))


async def _copy(connection: _Connection, name: str, rows: list[dict[str, Any]]) -> None:
    table = name.partition("#")[0]
    if table == "ticket_words":
        records = [(row["ticket_id"], row["words"]) for row in rows]
        await connection.copy_records_to_table("words_in", records=records, columns=["ticket_id", "words"])
        return
    full = [blanks(table, row) for row in rows]
    await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in full], columns=list(full[0]))


def _into_sqlite(path: str, made: Iterator[dict[str, dict[str, Any]]]) -> None:
    """Fill the file by itself, below SQLAlchemy; the full-text index is built in one go."""
    with closing(sqlite3.connect(path)) as connection:
        aside = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
            "AND tbl_name LIKE 'ticket%'"
        ).fetchall()
        for kind, name, _ in aside:
            connection.execute(f"DROP {kind} {name}")
        done = 0
        while chunk := list(islice(made, _CHUNK)):
            for name in chunk[0]:
                table = name.partition("#")[0]
                rows = [blanks(table, row[name]) for row in chunk]
                columns = [column for column in rows[0] if (table, column) != ("ticket_words", "id")]
                marks = ", ".join("?" * len(columns))
                connection.executemany(
                    f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - our own tables
                    [[_plain(row[column]) for column in columns] for row in rows],
                )
            done += len(chunk)
            say(f"   {done:,}")
        connection.execute("INSERT INTO ticket_fts (ticket_fts) VALUES ('rebuild')")
        for _, _, statement in aside:
            connection.execute(statement)
        connection.execute("ANALYZE")
        connection.commit()


def _plain(value: object) -> object:
    """Return a value as SQLAlchemy would have written it."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return " ".join(value) if isinstance(value, tuple) else value
