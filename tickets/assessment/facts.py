"""Facts about tickets of a period, as the figures want them."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import LOCAL
from core.errors import InvalidInput
from tickets.assessment import repository
from tickets.assessment.figures import TicketFact, late

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


async def facts_between(session: AsyncSession, start: datetime, end: datetime) -> list[TicketFact]:
    """Return one fact for each lead's assignment dispatched in [start, end), or whose ticket was closed in it."""
    return [_fact(row, start, end) for row in await repository.assigned(session, start, end)]


def bounds(month: str) -> tuple[datetime, datetime]:
    """Return beginning and end of a month (`2026-03`), local time.

    Raises:
        InvalidInput: it is none.
    """
    if not _MONTH.fullmatch(month):
        raise InvalidInput("month", "形如 2026-03")
    year, number = int(month[:4]), int(month[5:])
    following = (year + 1, 1) if number == 12 else (year, number + 1)  # noqa: PLR2004 - December
    return datetime(year, number, 1, tzinfo=LOCAL), datetime(*following, 1, tzinfo=LOCAL)


def _fact(row: Row[Any], start: datetime, end: datetime) -> TicketFact:
    latest = row.assignment_id == row.id
    return TicketFact(
        ticket_id=row.ticket_id,
        number=row.number,
        unit_id=row.unit_id,
        dispatched=start <= row.dispatched_at < end,
        closed=latest and row.closed_at is not None and start <= row.closed_at < end,
        signed_in_time=row.sign_done is not None and not late(row.sign_done, row.sign_due),
        returned=row.ended_at is not None and row.answered_at is None,
        finished=row.answered_at is not None,
        on_time=not late(row.resolve_done, row.resolve_due),
        has_limit=row.resolve_due is not None,
        rating=row.rating if latest else None,
        excluded=row.excluded,
        dispatched_at=row.dispatched_at,
        answered_at=row.answered_at,
    )
