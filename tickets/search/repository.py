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
# Newest days first, each step only when those before did not give enough (the planner makes it a one-time filter);
# within a step found by the index, then ordered: walking through all tickets newest first would be slow for rare words.
_FIND_POSTGRESQL = text("""
    WITH days AS MATERIALIZED (
        SELECT ticket_id FROM ticket_words WHERE words @@ CAST(:days AS tsquery) AND ticket_id < :before
    ), months AS MATERIALIZED (
        SELECT ticket_id FROM ticket_words WHERE words @@ CAST(:months AS tsquery) AND ticket_id < :before
        AND (SELECT count(*) FROM days) < :most
    ), ever AS MATERIALIZED (
        SELECT ticket_id FROM ticket_words WHERE words @@ CAST(:ever AS tsquery) AND ticket_id < :before
        AND (SELECT count(*) FROM days) < :most AND (SELECT count(*) FROM months) < :most
    )
    SELECT ticket_id FROM (SELECT * FROM days UNION SELECT * FROM months UNION SELECT * FROM ever) found
    ORDER BY ticket_id DESC LIMIT :most
""")
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


async def found_by_day(
    session: AsyncSession, days: str, months: str, ever: str, before: str, most: int
) -> Sequence[str]:
    """Return ids of at most `most` tickets older than the ticket `before`, newest first (PostgreSQL).

    Args:
        session: the session.
        days: query that finds the newest days only.
        months: query that finds some months.
        ever: query that finds all.
        before: id of a ticket.
        most: how many.
    """
    given = {"days": days, "months": months, "ever": ever, "before": before, "most": most}
    return (await session.execute(_FIND_POSTGRESQL, given)).scalars().all()


async def found(session: AsyncSession, wanted: str, before: str, most: int) -> Sequence[str]:
    """Return the same on SQLite, whose full-text table walks newest first by itself."""
    return (await session.execute(_FIND_SQLITE, {"wanted": wanted, "before": before, "most": most})).scalars().all()
