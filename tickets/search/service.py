"""Use case: find tickets by what they say."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import InvalidInput
from core.ids import instant_of, is_id
from tickets.confidentiality import reads_confidential
from tickets.lists import repository as lists
from tickets.lists.entries import EntryPage
from tickets.lists.service import Listing
from tickets.search import repository, words

LARGEST_PAGE = 200
_LAST = "g"
"""Sorts after every id."""
_NEWEST_DAYS, _RECENT_DAYS = 1, 62
"""How far back a search looks first: common words are found at once, rare ones cost little in all."""
_SHORTER_THAN_A_MONTH = 27


class Searching(Listing):
    """Full-text search."""

    async def search(self, actor: Actor, text: str, *, after: str | None = None, limit: int = 20) -> EntryPage:
        """Return tickets whose masked text (title, matter, answer) contains all words of `text`, newest first.

        Args:
            actor: who asks; units find their own, confidential tickets are found by few.
            text: what is looked for; one Chinese character is enough.
            after: `next` of the page before.
            limit: 1 to 200.

        Raises:
            InvalidInput: nothing to look for, or a wrong page.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidInput("limit", f"应在1到{LARGEST_PAGE}之间")
        if after is not None and not is_id(after):
            raise InvalidInput("after", "不是上一页给出的值")
        wanted = words.query_of(text)
        if not wanted:
            raise InvalidInput("text", "请输入要查找的词")
        if actor.bound:
            if actor.unit_id is None:
                return EntryPage((), None)
            wanted.append((words.unit_word(actor.unit_id), False))
        without = None if reads_confidential(actor.role) else words.CONFIDENTIAL
        now = self._clock.now()
        async with self._database.reading() as session:
            ids = await _find(session, wanted, without, after or _LAST, limit + 1, now)
            entries = await self._entries(session, await lists.lines_by_id(session, ids[:limit]))
        return EntryPage(entries, ids[limit - 1] if len(ids) > limit else None)


async def _find(
    session: AsyncSession,
    wanted: Sequence[tuple[str, bool]],
    without: str | None,
    before: str,
    most: int,
    now: datetime,
) -> Sequence[str]:
    if not repository.is_postgresql(session):
        return await repository.found(session, words.for_sqlite(wanted, without=without), before, most)
    start = now if before == _LAST else instant_of(before)
    days, months, ever = (
        words.for_postgresql(wanted, without=without, one_of=one_of) for one_of in (_days(start), _months(start), ())
    )
    return await repository.found_by_day(session, days, months, ever, before, most)


def _days(until: datetime) -> tuple[str, ...]:
    """Return the words of the newest days, and of a day after (clocks differ)."""
    return tuple(words.day_words(until - timedelta(days=day))[0] for day in range(-1, _NEWEST_DAYS + 1))


def _months(until: datetime) -> tuple[str, ...]:
    """Return the words of the months that the recent days touch, newest first."""
    days = (*range(-1, _RECENT_DAYS, _SHORTER_THAN_A_MONTH), _RECENT_DAYS)
    return tuple(dict.fromkeys(words.day_words(until - timedelta(days=day))[1] for day in days))
