"""SQLAlchemy 2 async: engine, session, transaction. SQLite and PostgreSQL run the same code."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, String, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from core.database_errors import explained
from core.errors import PartUnavailable
from core.ids import new_id

_READ_ONLY = "hotline_read_only"
_PG_READ_ONLY = {"postgresql_readonly": True}
_PG_SETTINGS = {"server_settings": {"jit": "off"}}
"""Our statements are short: compiling one takes longer than running it (full-text search: 60 ms instead of 10)."""
_PG_POOL: dict[str, Any] = {"pool_size": 15, "max_overflow": 0, "pool_timeout": 15.0, "pool_use_lifo": True}
"""Connections a process keeps. None beyond these: an overflowing one is opened for one transaction and thrown away,
which costs more than the transaction. The last used goes first: its statements are prepared, it needs no look at."""
_IDLE_SECONDS = 1.0
"""A connection that rested longer is asked whether it lives before it is used: three round trips, too many for each."""
_PRAGMAS = ("busy_timeout=15000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_WRITE_WAIT_SECONDS = 15.0
_URL_REMEDY = "检查 HOTLINE_DATABASE,例如 sqlite+aiosqlite:////var/lib/hotline/hotline.db 或 postgresql+asyncpg://用户:口令@主机/库"

_NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware UTC in Python, refused when naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC on the way in."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Make aware on the way out (SQLite forgets the zone)."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables. Relationships are declared with ``lazy="raise"``."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own protocol


class WithId:
    """Mixin: primary key `id`, a UUIDv7 string."""

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)


class Database:
    """The SQL database: one engine a process, one session a transaction.

    Raises:
        PartUnavailable: the URL is wrong, or (from `transaction` and `reading`) the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            parsed = make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            given = {} if self.is_sqlite else {"connect_args": _PG_SETTINGS, **_PG_POOL}
            self.engine = create_async_engine(url, hide_parameters=True, **given)
        except (ArgumentError, InvalidRequestError, ImportError) as error:
            raise PartUnavailable("database", f"数据库地址无效({type(error).__name__})", remedy=_URL_REMEDY) from error
        self._directory = Path(parsed.database).parent if self.is_sqlite and parsed.database else None
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine.sync_engine, "checkout", partial(_look_at_idle, self.engine.sync_engine))
            event.listen(self.engine.sync_engine, "checkin", _note_rest)
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)
        reader = self.engine.execution_options(**{_READ_ONLY: True}, **({} if self.is_sqlite else _PG_READ_ONLY))
        self._read = async_sessionmaker(reader, expire_on_commit=False)
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session that may write; commit when the block ends well, roll back when it raises."""
        async with self._turn_to_write(), self._session(self._write) as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Open a session that only reads: never waits for writers; the database refuses writes in it."""
        async with self._session(self._read) as session:
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _session(self, maker: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
        try:
            async with maker() as session, session.begin():
                await self._connect(session)
                yield session
        except DBAPIError as error:
            told = explained(error)
            if told is None:
                raise
            raise told from error

    async def _connect(self, session: AsyncSession) -> None:
        if self._directory is not None and not self._directory.is_dir():
            raise PartUnavailable(
                "database", f"数据库文件无法打开:目录 {self._directory} 不存在", remedy="运行 hotline init"
            )
        # only here: an OSError of the caller's own block is not the database's
        try:
            await session.connection()
        except PoolTimeout as error:
            raise PartUnavailable(
                "database", "数据库连接全部占用", remedy="稍后重试;长期如此则增加 api 进程"
            ) from error
        except OSError as error:
            raise PartUnavailable(
                "database", f"无法连接({type(error).__name__})", remedy="确认数据库正在运行且地址正确(HOTLINE_DATABASE)"
            ) from error

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        """SQLite has one writer: queue for it fairly here instead of polling its lock."""
        if not self.is_sqlite:
            yield
            return
        try:
            async with asyncio.timeout(_WRITE_WAIT_SECONDS):
                await self._writer.acquire()
        except TimeoutError as error:
            raise PartUnavailable("database", "等待写入超时", remedy="检查是否有长时间未结束的写事务") from error
        try:
            yield
        finally:
            self._writer.release()


def _tune_sqlite(connection: Any, record: object) -> None:
    del record
    # the driver's own BEGIN would start deferred transactions, which fail instead of waiting when they upgrade
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
    except Exception:
        cursor.close()
        # the pool forgets a connection that fails here: its thread and file would stay open
        connection.close()
        raise
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _note_rest(connection: object, record: Any) -> None:
    del connection
    record.info["rests_since"] = time.monotonic()


def _look_at_idle(engine: Engine, connection: Any, record: Any, proxy: object) -> None:
    """Let the pool replace connections that a restarted server has forgotten."""
    del proxy
    rests_since = record.info.get("rests_since")
    if rests_since is None or time.monotonic() - rests_since < _IDLE_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
