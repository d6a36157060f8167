"""Queries on the words of tickets."""

from collections.abc import Collection, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_KEEP_POSTGRESQL = text(
    "INSERT INTO ticket_words (ticket_id, words) VALUES (:ticket_id, array_to_tsvector(CAST(:words AS text[]))) "
    "ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words"
)
_KEEP_SQLITE = text(
    "INSERT INTO ticket_words (ticket_id, words) VALUES (:ticket_id, :words) "
    "ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words"
)
# found by the index first, then ordered: walking newest-first through all tickets would be slow for rare words
_FIND_POSTGRESQL = text(
    "WITH found AS MATERIALIZED (SELECT ticket_id FROM ticket_words "
    "WHERE words @@ CAST(:wanted AS tsquery) AND ticket_id < :before) "
    "SELECT ticket_id FROM found ORDER BY ticket_id DESC LIMIT :most"
)
_FIND_SQLITE = text(
    "SELECT w.ticket_id FROM ticket_fts JOIN ticket_words w ON w.id = ticket_fts.rowid "
    "WHERE ticket_fts MATCH :wanted AND ticket_fts.rowid < "
    "COALESCE((SELECT id FROM ticket_words WHERE ticket_id = :before), 9223372036854775807) "
    "ORDER BY ticket_fts.rowid DESC LIMIT :most"
)


def is_postgresql(session: AsyncSession) -> bool:
    """Tell which of the two databases the session is on."""
    return session.get_bind().dialect.name == "postgresql"


async def keep_words(session: AsyncSession, ticket_id: str, words: Collection[str]) -> None:
    """Set the words under which a ticket is found."""
    if is_postgresql(session):
        await session.execute(_KEEP_POSTGRESQL, {"ticket_id": ticket_id, "words": sorted(words)})
    else:
        await session.execute(_KEEP_SQLITE, {"ticket_id": ticket_id, "words": " ".join(sorted(words))})


async def found(session: AsyncSession, wanted: str, before: str, most: int) -> Sequence[str]:
    """Return ids of at most `most` tickets older than the ticket `before`, newest first."""
    statement = _FIND_POSTGRESQL if is_postgresql(session) else _FIND_SQLITE
    return (await session.execute(statement, {"wanted": wanted, "before": before, "most": most})).scalars().all()
