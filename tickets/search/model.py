"""The words of tickets and the full-text index on them.

The index is not a thing SQLAlchemy can declare for both databases, so it is made right after the table, by whoever
makes the table (`create_all` or a migration): a GIN index on PostgreSQL, an FTS5 table kept by triggers on SQLite.
"""

from sqlalchemy import BigInteger, Connection, Integer, String, Table, Text, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class TicketWords(Base):
    """Under which words a ticket is found (`tickets.search.words`)."""

    __tablename__ = "ticket_words"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    """Grows with time: newest first is by it."""
    ticket_id: Mapped[str] = mapped_column(String(36), unique=True)
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


# a short pending list: searching reads it whole
_GIN = "CREATE INDEX ix_ticket_words_words ON ticket_words USING gin (words) WITH (gin_pending_list_limit = 512)"
_FTS5 = (
    "CREATE VIRTUAL TABLE ticket_fts USING fts5(words, content='ticket_words', content_rowid='id', detail='none', "
    "columnsize=0, tokenize='unicode61 remove_diacritics 0')"
)
_FORGET = "INSERT INTO ticket_fts(ticket_fts, rowid, words) VALUES ('delete', old.id, old.words);"
_LEARN = "INSERT INTO ticket_fts(rowid, words) VALUES (new.id, new.words);"
_MAKE = {
    "postgresql": (_GIN,),
    "sqlite": (
        _FTS5,
        f"CREATE TRIGGER ticket_fts_insert AFTER INSERT ON ticket_words BEGIN {_LEARN} END",
        f"CREATE TRIGGER ticket_fts_delete AFTER DELETE ON ticket_words BEGIN {_FORGET} END",
        f"CREATE TRIGGER ticket_fts_update AFTER UPDATE ON ticket_words BEGIN {_FORGET} {_LEARN} END",
    ),
}


@event.listens_for(Table, "after_create")
def _make_index(table: Table, connection: Connection, **given: object) -> None:
    del given
    if table.name == TicketWords.__tablename__:
        for statement in _MAKE[connection.dialect.name]:
            connection.exec_driver_sql(statement)


@event.listens_for(Table, "after_drop")
def _drop_index(table: Table, connection: Connection, **given: object) -> None:
    del given
    if table.name == TicketWords.__tablename__ and connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE ticket_fts")


def is_declared(name: str | None) -> bool:
    """Tell whether a table or index found in a database is declared in the models (False: made here, beside them)."""
    return name is None or not (name.startswith("ticket_fts") or name == "ix_ticket_words_words")
