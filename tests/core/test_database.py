import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import String, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import ManualClock
from core.database import Base, Database, UtcDateTime, WithId
from core.errors import PartUnavailable
from core.outbox import enqueue
from core.outbox_model import OutboxMessage
from core.personal import EncryptedPersonal, Personal, PersonalKeys, SearchHash, install_keys
from hotline.parts.postgresql import PostgreSql
from hotline.parts.process import free_port


class Citizen(WithId, Base):
    __tablename__ = "test_citizens"
    __table_args__ = {"info": {"test": True}}  # noqa: RUF012 - SQLAlchemy's own protocol

    name: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    phone_hash: Mapped[str | None] = mapped_column(SearchHash)
    note: Mapped[str | None] = mapped_column(String(20))
    at: Mapped[datetime | None]


TABLE = Base.metadata.tables["test_citizens"]
# a table of this test only: the fixtures and the migrations do not know it
Base.metadata.remove(TABLE)


async def make(database: Database) -> Database:
    async with database.transaction() as session:
        await (await session.connection()).run_sync(TABLE.create)
    return database


async def test_what_a_block_wrote_is_there_when_it_ended_well_and_gone_when_it_raised(database: Database) -> None:
    await make(database)
    async with database.transaction() as session:
        session.add(Citizen(note="kept"))

    async def fail() -> None:
        async with database.transaction() as session:
            session.add(Citizen(note="lost"))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.reading() as session:
        assert list(await session.scalars(select(Citizen.note))) == ["kept"]


async def test_a_reading_session_cannot_write(database: Database) -> None:
    await make(database)

    async def write() -> None:
        async with database.reading() as session:
            session.add(Citizen(note="x"))

    with pytest.raises((DBAPIError, PartUnavailable)):
        await write()
    async with database.transaction() as session:
        session.add(Citizen(note="y"))
    async with database.reading() as session:
        assert list(await session.scalars(select(Citizen.note))) == ["y"]


async def test_a_reader_does_not_wait_for_a_writer_and_sees_what_was_committed(database: Database) -> None:
    await make(database)
    async with database.transaction() as writer:
        writer.add(Citizen(note="uncommitted"))
        await writer.flush()
        async with asyncio.timeout(2), database.reading() as reader:
            assert list(await reader.scalars(select(Citizen.note))) == []


async def test_many_writers_wait_for_each_other_and_none_fails(database: Database) -> None:
    await make(database)
    other = Database(database.url)

    async def write(on: Database, number: int) -> None:
        async with on.transaction() as session:
            session.add(Citizen(note=str(number)))

    await asyncio.gather(*(write(on, number) for number in range(40) for on in (database, other)))
    async with database.reading() as session:
        assert len(list(await session.scalars(select(Citizen.id)))) == 80
    await other.close()


async def test_personal_data_are_encrypted_and_found_by_their_exact_value(database: Database) -> None:
    await make(database)
    async with database.transaction() as session:
        session.add(Citizen(name=Personal("王小明"), phone_hash=Personal("13912345678")))
    async with database.reading() as session:
        raw = (await session.execute(text("SELECT name, phone_hash FROM test_citizens"))).one()
        found = await session.scalar(select(Citizen).where(Citizen.phone_hash == Personal("13912345678")))
        missed = await session.scalar(select(Citizen).where(Citizen.phone_hash == Personal("13912345679")))
    assert "王小明".encode() not in bytes(raw[0])
    assert "1391234" not in raw[1]
    assert found is not None
    assert found.name == Personal("王小明")
    assert missed is None


async def test_personal_data_are_not_readable_in_the_raw_file(sqlite_url: str, tmp_path: Path) -> None:
    database = await make(Database(sqlite_url))
    async with database.transaction() as session:
        session.add(Citizen(name=Personal("王小明 362201199001011234"), phone_hash=Personal("13912345678")))
    await database.close()
    content = b"".join((tmp_path / name).read_bytes() for name in os.listdir(tmp_path))  # noqa: PTH208
    for secret in ("王小明".encode(), b"362201199001011234", b"13912345678"):
        assert secret not in content


async def test_another_key_is_told_and_not_shown_as_garbage(sqlite_url: str) -> None:
    database = await make(Database(sqlite_url))
    async with database.transaction() as session:
        session.add(Citizen(name=Personal("王小明")))
    install_keys(PersonalKeys(b"another key ...................."))

    async def read() -> None:
        async with database.reading() as session:
            await session.scalar(select(Citizen))

    with pytest.raises(PartUnavailable, match=r"secrets\.toml"):
        await read()
    await database.close()


async def test_instants_come_back_as_aware_utc_and_naive_ones_are_refused(database: Database) -> None:
    await make(database)
    at = datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC)
    async with database.transaction() as session:
        session.add(Citizen(at=at))
    async with database.reading() as session:
        found = await session.scalar(select(Citizen.at))
    assert found == at
    assert found is not None
    assert found.tzinfo is UTC
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 2), None)  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite:///x.db", "mysql+nothing://x/y", "postgresql://x/y"])
def test_a_wrong_url_is_told_with_an_example(url: str) -> None:
    with pytest.raises(PartUnavailable, match="HOTLINE_DATABASE"):
        Database(url)


async def attempt(database: Database) -> None:
    try:
        async with database.transaction() as session:
            await session.execute(text("CREATE TABLE x (y TEXT)"))
            await session.execute(text("INSERT INTO x VALUES (:y)"), {"y": "z" * 400_000})
    finally:
        await database.close()


async def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PartUnavailable, match="无法打开"):
        await attempt(Database(f"sqlite+aiosqlite:///{tmp_path}/absent/x.db"))


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is a text file " * 100)
    with pytest.raises(PartUnavailable, match="损坏"):
        await attempt(Database(f"sqlite+aiosqlite:///{tmp_path}/x.db"))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


async def test_a_full_disk_is_told_and_nothing_is_half_written(disk: Path) -> None:
    with pytest.raises(PartUnavailable, match="磁盘"):
        await attempt(Database(f"sqlite+aiosqlite:///{disk}/x.db"))
    remount(disk, "size=8m")
    await attempt(Database(f"sqlite+aiosqlite:///{disk}/x.db"))


async def test_a_read_only_disk_is_told(disk: Path) -> None:
    with sqlite3.connect(disk / "x.db") as connection:
        connection.execute("CREATE TABLE a (b)")
    connection.close()
    remount(disk, "ro")
    with pytest.raises(PartUnavailable, match=r"不可写|无法打开"):
        await attempt(Database(f"sqlite+aiosqlite:///{disk}/x.db"))


async def test_missing_tables_are_told_with_the_remedy(tmp_path: Path, clock: ManualClock) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db")

    async def use() -> None:
        async with database.transaction() as session:
            await enqueue(session, topic="a", key="b", payload={}, now=clock.now())

    with pytest.raises(PartUnavailable, match="hotline init"):
        await use()
    await database.close()


async def test_a_broken_rule_of_a_table_stays_an_integrity_error(database: Database, clock: ManualClock) -> None:
    async def insert_twice() -> None:
        async with database.transaction() as session:
            for _ in range(2):
                session.add(OutboxMessage(topic="t", key="k", payload=b"", created_at=clock.now(), due_at=clock.now()))

    with pytest.raises(IntegrityError):
        await insert_twice()


@pytest.mark.servers
async def test_an_absent_or_refusing_postgresql_is_told(postgres_url: str) -> None:
    with pytest.raises(PartUnavailable, match="正在运行"):
        await attempt(Database(f"postgresql+asyncpg://postgres@127.0.0.1:{free_port()}/postgres"))
    with pytest.raises(PartUnavailable, match="createdb"):
        await attempt(Database(make_url(postgres_url).set(database="no_such").render_as_string()))


async def _look(database: Database) -> None:
    async with database.reading() as session:
        assert await session.scalar(text("SELECT 1")) == 1


@pytest.mark.servers
async def test_a_server_that_was_restarted_is_used_again_without_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.database._IDLE_SECONDS", 0.0)
    server = PostgreSql()
    try:
        server.start()
        server.wait_ready()
        database = Database(server.url)
        await asyncio.gather(*(_look(database) for _ in range(3)))
        server.child.stop()
        with pytest.raises(PartUnavailable):
            await _look(database)
        server.child.start()
        server.wait_ready()
        await asyncio.gather(*(_look(database) for _ in range(3)))
        await database.close()
    finally:
        server.stop()


@pytest.mark.servers
async def test_connections_that_are_all_taken_are_told_to_who_waits_too_long(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.database._PG_POOL", {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1})
    database = Database(postgres_url)
    async with database.reading():
        with pytest.raises(PartUnavailable, match="全部占用"):
            await _look(database)
    await _look(database)
    await database.close()


async def test_an_os_error_of_the_callers_own_is_not_taken_for_the_databases(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction():
            raise FileNotFoundError("mine")

    with pytest.raises(FileNotFoundError, match="mine"):
        await fail()
