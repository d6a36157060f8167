"""Use cases: the inbox of a unit, filtered lists, saved views."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import Forbidden, InvalidInput
from core.ids import is_id
from tickets.base import TicketServiceBase
from tickets.confidentiality import reads_confidential
from tickets.lists import repository
from tickets.lists.entries import EntryPage, TicketEntry, entry_of
from tickets.lists.filters import ListFilter
from tickets.shares import ShareState

LARGEST_PAGE = 200


class Listing(TicketServiceBase):
    """Lists of tickets."""

    async def inbox(
        self,
        actor: Actor,
        state: ShareState = ShareState.WAITING,
        *,
        unit_id: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> EntryPage:
        """Return what waits in a unit's inbox, the most urgent first.

        Args:
            actor: who asks; people of a unit see their own inbox, the centre any.
            state: waiting for the signature, being worked on, …
            unit_id: whose inbox; None: the actor's.
            after: `next` of the page before.
            limit: 1 to 200.
        """
        _check_limit(limit)
        whose = _inbox_of(actor, unit_id)
        async with self._database.reading() as session:
            rows = await repository.inbox(session, whose, state.value, _key(after), limit + 1)
            items = await self._entries(session, rows[:limit])
        following = None
        if len(rows) > limit:
            last = rows[limit - 1]
            following = f"{last.work_due_at.isoformat()}~{last.work_id}"
        return EntryPage(items, following)

    async def inbox_counts(self, actor: Actor, unit_id: str | None = None) -> dict[str, int]:
        """Return how many tickets a unit has in each state of its inbox."""
        whose = _inbox_of(actor, unit_id)
        async with self._database.reading() as session:
            return dict(await repository.inbox_counts(session, whose))

    async def entries(
        self, actor: Actor, wanted: ListFilter | None = None, *, after: str | None = None, limit: int = 50
    ) -> EntryPage:
        """Return tickets that fit a filter, newest first; everybody finds only what they may see."""
        _check_limit(limit)
        if after is not None and not is_id(after):
            raise InvalidInput("after", "不是上一页给出的值")
        if actor.bound and actor.unit_id is None:
            return EntryPage((), None)
        conditions = repository.matching(
            wanted or ListFilter(), unit_id=actor.unit_id if actor.bound else None,
            confidential=reads_confidential(actor.role),
        )  # fmt: skip
        async with self._database.reading() as session:
            rows = await repository.page(session, conditions, after, limit + 1)
            items = await self._entries(session, rows[:limit])
        return EntryPage(items, rows[limit - 1].id if len(rows) > limit else None)

    async def _entries(self, session: AsyncSession, rows: Sequence[Row[Any]]) -> tuple[TicketEntry, ...]:
        profiles = {row.profile_version: await self._profile_of(session, row.profile_version) for row in rows}
        facts = await repository.facts(session, {row.id: row.assignment_id for row in rows})
        now = self._clock.now()
        return tuple(entry_of(row, profiles[row.profile_version], facts.get(row.id, ()), now) for row in rows)


def _inbox_of(actor: Actor, unit_id: str | None) -> str:
    if actor.bound:
        if actor.unit_id is None or unit_id not in (None, actor.unit_id):
            raise Forbidden("只能查看本单位的待办", code="inbox_of_another_unit")
        return actor.unit_id
    if unit_id is None:
        raise InvalidInput("unit_id", "请指明单位")
    return unit_id


def _key(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    instant, _, work_id = after.partition("~")
    try:
        due_at = datetime.fromisoformat(instant)
    except ValueError:
        raise InvalidInput("after", "不是上一页给出的值") from None
    if due_at.tzinfo is None or not is_id(work_id):
        raise InvalidInput("after", "不是上一页给出的值")
    return due_at, work_id


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput("limit", f"应在1到{LARGEST_PAGE}之间")
