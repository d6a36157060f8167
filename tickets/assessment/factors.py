"""Use cases: scores that people give, and the files that prove items of the assessment."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PartUnavailable
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.assessment import repository
from tickets.assessment.model import AssessmentEvidence, AssessmentFactor, AssessmentRequest
from tickets.attachments import store
from tickets.attachments.kinds import MOST_BYTES, TAKEN, kind_of
from tickets.base import TicketServiceBase, require_text

_PERIOD = re.compile(r"20\d\d(-(0[1-9]|1[0-2]))?")
_BEST = 100
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class FactorView:
    """A score a person gave."""

    id: str
    period: str
    unit_id: str
    dimension: str
    score: float
    reason: Personal
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A file that proves an item."""

    id: str
    item_id: str
    name: Personal
    media_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


class Evaluating(TicketServiceBase):
    """What no figure measures, entered by hand with its reason (JS-20, FJ-25, YC-31.1), and evidence (YC-31.3b)."""

    async def enter_factor(
        self, actor: Actor, period: str, unit_id: str, dimension: str, score: Decimal, reason: str
    ) -> str:
        """Give a unit a score for a month or a year; a later one takes its place, both stay on record.

        Raises:
            InvalidInput: no such period, unit or dimension, or a score that is none.
            Conflict: the month is published and does not change any more.
        """
        if not _PERIOD.fullmatch(period):
            raise InvalidInput("period", "形如 2026-03 或 2026")
        known = self.profile.assessment.dimensions
        if dimension not in known:
            raise InvalidInput("dimension", "可选:" + ("、".join(known) or "本地区没有人工评分项"))
        if not 0 <= score <= _BEST or score != round(score, 2):
            raise InvalidInput("score", "0至100,最多两位小数")
        async with self._database.transaction() as session:
            await _still_open(session, period)
            if await tickets.unit(session, unit_id) is None:
                raise InvalidInput("unit_id", "请选择承办单位")
            row = AssessmentFactor(
                id=new_id(), period=period, unit_id=unit_id, dimension=dimension, score=float(score),
                reason=Personal(require_text("reason", reason)), entered_by=actor.account_id,
                entered_at=self._clock.now(),
            )  # fmt: skip
            session.add(row)
        return row.id

    async def factors(self, actor: Actor, period: str) -> list[FactorView]:
        """Return the scores of a period, the latest of each; people of a unit see their own."""
        async with self._database.reading() as session:
            rows = await repository.factors(session, period, actor.unit_id if actor.bound else None)
        return [FactorView(**{name: getattr(row, name) for name in FactorView.__slots__}) for row in rows]

    async def add_evidence(self, actor: Actor, item_id: str, name: str, contents: bytes) -> EvidenceView:
        """Add a file to a request or a factor: the unit to its own requests until they are decided.

        Raises:
            NotFound: no such item, or another unit's.
            InvalidInput: a file that is not taken, or one too many.
            Conflict: the item is decided, or its month published.
        """
        kind = kind_of(contents)
        if kind is None or len(contents) > MOST_BYTES:
            raise InvalidInput("file", f"只接收20MB以内的{TAKEN}", code="attachment_kind")
        row = AssessmentEvidence(
            id=new_id(), item_id=item_id, name=Personal(require_text("name", name, most=120)), ending=kind[0],
            media_type=kind[1], size=len(contents), sha256=hashlib.sha256(contents).hexdigest(),
            added_by=actor.account_id, added_at=self._clock.now(),
        )  # fmt: skip
        async with self._database.transaction() as session:
            item = await _item(session, actor, item_id)
            if isinstance(item, AssessmentRequest) and item.state != "asked":
                raise Conflict("申请已处理,不能再补充材料", code="assessment_decided")
            if isinstance(item, AssessmentFactor):
                if actor.bound:
                    raise Forbidden("评分材料由热线中心提供", code="assessment_not_centre")
                await _still_open(session, item.period)
            if len(await repository.evidence(session, item_id)) >= _MOST_FILES:
                raise InvalidInput("file", f"不超过{_MOST_FILES}个文件", code="attachment_count")
            row.unit_id = item.unit_id
            session.add(row)
            await session.flush()
            await asyncio.to_thread(store.write, self._evidence_path(row), contents)
        return _view(row)

    async def evidence(self, actor: Actor, item_id: str) -> list[EvidenceView]:
        """Return the files that prove an item."""
        async with self._database.reading() as session:
            await _item(session, actor, item_id)
            return [_view(row) for row in await repository.evidence(session, item_id)]

    async def evidence_file(self, actor: Actor, evidence_id: str) -> tuple[EvidenceView, bytes]:
        """Return a file that proves an item, checked against its hash."""
        async with self._database.reading() as session:
            row = await session.get(AssessmentEvidence, evidence_id)
            if row is None:
                raise NotFound("证明材料", evidence_id)
            await _item(session, actor, row.item_id)
        contents = await asyncio.to_thread(store.read, self._evidence_path(row))
        if hashlib.sha256(contents).hexdigest() != row.sha256:
            raise Conflict("材料内容与登记不符", code="attachment_changed")
        return _view(row), contents

    def _evidence_path(self, row: AssessmentEvidence) -> Path:
        if self.files is None:
            raise PartUnavailable("tickets", "没有存放证明材料的目录", remedy="设置 HOTLINE_HOME")
        return self.files / "assessment" / f"{row.id}.{row.ending}"


async def _item(session: AsyncSession, actor: Actor, item_id: str) -> AssessmentRequest | AssessmentFactor:
    found: AssessmentRequest | AssessmentFactor | None = await session.get(AssessmentRequest, item_id)
    if found is None:
        found = await session.get(AssessmentFactor, item_id)
    if found is None or (actor.bound and found.unit_id != actor.unit_id):
        raise NotFound("考核事项", item_id)
    return found


async def _still_open(session: AsyncSession, period: str) -> None:
    settled = await repository.month(session, period)
    if settled is not None and settled.state == "published":
        raise Conflict("该月已发布,不能更改", code="assessment_published")


def _view(row: AssessmentEvidence) -> EvidenceView:
    return EvidenceView(**{name: getattr(row, name) for name in EvidenceView.__slots__})
