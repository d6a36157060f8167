"""Every query of the supervisors' ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from telephony.supervision.model import SupervisionRecord


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which acts are wanted; None: any."""

    account_id: str | None = None
    agent_id: str | None = None
    call_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    """Paging: only acts older than this one (ids sort by time)."""
    limit: int = 50


async def record(session: AsyncSession, record_id: str) -> SupervisionRecord | None:
    """Return one act."""
    return await session.get(SupervisionRecord, record_id)


async def records(session: AsyncSession, wanted: RecordFilter) -> Sequence[SupervisionRecord]:
    """Return acts, newest first."""
    query = select(SupervisionRecord).order_by(SupervisionRecord.id.desc()).limit(wanted.limit)
    for column in ("account_id", "agent_id", "call_id"):
        value = getattr(wanted, column)
        if value is not None:
            query = query.where(getattr(SupervisionRecord, column) == value)
    if wanted.since is not None:
        query = query.where(SupervisionRecord.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(SupervisionRecord.at < wanted.until)
    if wanted.before is not None:
        query = query.where(SupervisionRecord.id < wanted.before)
    return (await session.scalars(query)).all()
