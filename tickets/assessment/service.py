"""Use cases of assessment."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.assessment import repository
from tickets.assessment.facts import bounds, facts_between
from tickets.assessment.figures import Reason, UnitFigures, explain, ranked
from tickets.assessment.model import AssessmentMonth, AssessmentRequest
from tickets.base import TicketServiceBase, require_text
from tickets.deadlines import due_after
from tickets.profile_oversight import ScoreItem
from tickets.rules.metrics import Figure, annual_score

_YEAR = re.compile(r"20\d\d")
_MOST_POINTS = 100


@dataclass(frozen=True, slots=True)
class YearScore:
    """A unit's year: the mean of its months (YC-31.3a), plus and minus items beside it (AMB-24)."""

    unit_id: str
    score: Decimal | None
    months: dict[str, str | None]
    plus: float
    minus: float


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """What was asked about a unit's month, and the ticket it rests on."""

    id: str
    month: str
    kind: str
    """objection, bonus, deduction."""
    item: str | None
    title: str | None
    clause: str | None
    points: float
    state: str
    ticket_id: str | None
    number: str | None
    text: Personal
    asked_at: datetime
    decided_at: datetime | None


_SAME = tuple(name for name in ScoredItem.__slots__ if name not in {"title", "clause", "number"})


class Assessing(TicketServiceBase):
    """Figures, settlement, objections, ranking, the year."""

    async def ranking(self, actor: Actor, month: str) -> list[UnitFigures]:
        """Return the live ranking of a month (YC-31.2a); a unit sees its own line only."""
        async with self._database.reading() as session:
            facts = await facts_between(session, *bounds(month))
            made = ranked(self.profile, facts, await struck_of(session, month))
        return [one for one in made if not actor.bound or one.unit_id == actor.unit_id]

    async def explain_figure(self, actor: Actor, month: str, unit_id: str, metric: str) -> list[Reason]:
        """Return the tickets behind a figure: counted, not counted, or left out and why."""
        if actor.bound and actor.unit_id != unit_id:
            raise Forbidden("只能查看本单位的考核明细", code="assessment_of_another_unit")
        async with self._database.reading() as session:
            facts = [fact for fact in await facts_between(session, *bounds(month)) if fact.unit_id == unit_id]
            struck = await struck_of(session, month)
        try:
            return explain(facts, metric, struck.get(unit_id, ()))
        except KeyError:
            raise InvalidInput("metric", "没有此项指标") from None

    async def draft_month(self, actor: Actor, month: str) -> AssessmentMonth:
        """Settle a month that has ended as a draft; the objection window opens (YC-31.2b)."""
        del actor
        _, end = bounds(month)
        now = self._clock.now()
        if now < end:
            raise Conflict("该月尚未结束,不能核算", code="assessment_month_running")
        async with self._database.transaction() as session:
            if await repository.month(session, month):
                raise Conflict("该月已核算", code="assessment_drafted")
            until = due_after(self.profile.assessment.objection, now, self._time_of(self.profile)).at
            row = AssessmentMonth(
                id=new_id(), month=month, state="draft", drafted_at=now, objection_until=until, published_at=None,
                figures=await self._snapshot(session, month),
            )  # fmt: skip
            session.add(row)
        return row

    async def ask_review(
        self,
        actor: Actor,
        month: str,
        kind: Literal["objection", "bonus"],
        text: str,
        *,
        ticket_id: str | None = None,
        item: str | None = None,
    ) -> str:
        """A unit objects or asks for a bonus inside the window; silence is agreement (YC-31.2b)."""
        if actor.unit_id is None:
            raise Forbidden("只有承办单位可以提出", code="assessment_not_unit")
        points = self._points(item, "plus") if kind == "bonus" else 0.0
        async with self._database.transaction() as session:
            settled = await repository.month(session, month)
            if settled is None or settled.state != "draft" or self._clock.now() > settled.objection_until:
                raise Conflict("不在复核申请期限内,视为无意见", code="assessment_window_closed")
            row = self._request(actor, month, actor.unit_id, kind, item, ticket_id, text, points)
            session.add(row)
        return row.id

    async def propose_deduction(
        self, actor: Actor, month: str, unit_id: str, item: str, text: str, *, ticket_id: str | None = None
    ) -> str:
        """The centre proposes a minus item (YC-31.3d) for a month that is drafted; somebody else decides it.

        Raises:
            InvalidInput: no such minus item, or the ticket was never the unit's.
            Conflict: the month is not open.
        """
        points = self._points(item, "minus")
        async with self._database.transaction() as session:
            settled = await repository.month(session, month)
            if settled is None or settled.state != "draft":
                raise Conflict("该月不在核算中", code="assessment_window_closed")
            if await tickets.unit(session, unit_id) is None:
                raise InvalidInput("unit_id", "请选择承办单位")
            if ticket_id is not None and unit_id not in await tickets.parties(session, ticket_id):
                raise InvalidInput("ticket_id", "该单位没有办理此工单")
            row = self._request(actor, month, unit_id, "deduction", item, ticket_id, text, points)
            session.add(row)
        return row.id

    async def score_items(self, actor: Actor, year: str, unit_id: str) -> list[ScoredItem]:
        """Return a unit's plus and minus items and objections of a year, with the tickets they rest on."""
        if actor.bound and actor.unit_id != unit_id:
            raise Forbidden("只能查看本单位的考核明细", code="assessment_of_another_unit")
        if not _YEAR.fullmatch(year):
            raise InvalidInput("year", "形如 2026")
        known = self.profile.assessment.items
        async with self._database.reading() as session:
            rows = await repository.requests(session, year, unit_id)
            numbers = await repository.numbers(session, [row.ticket_id for row in rows if row.ticket_id])
        return [_scored(row, known.get(row.item or ""), numbers.get(row.ticket_id or "")) for row in rows]

    async def decide_review(
        self,
        actor: Actor,
        request_id: str,
        *,
        accepted: bool,
        points: float | None = None,
        decision: str | None = None,
    ) -> None:
        """Decide an objection, bonus or deduction; an accepted objection takes its ticket out of the unit's figures.

        `points`: what a plus or minus item is worth, where the regulation names no number; `decision`: why, or the
        document of the body that must decide (领导小组办公室 for "other" items, YC-31.3d).

        Raises:
            InvalidInput: the item needs points and the document of its body.
        """
        async with self._database.transaction() as session:
            row = await repository.request(session, request_id)
            if row is None:
                raise NotFound("复核申请", request_id)
            settled = await repository.month(session, row.month)
            if row.state != "asked" or settled is None or settled.state != "draft":
                raise Conflict("申请已处理或该月已发布", code="assessment_decided")
            if row.kind == "deduction" and row.asked_by == actor.account_id:
                raise Forbidden("不能审定本人提出的扣分", code="assessment_own_deduction")
            item = self.profile.assessment.items.get(row.item or "")
            if accepted and item and item.decided_by and not (points and decision):
                raise InvalidInput("decision", f"须填写{item.decided_by}认定的文号和分值")
            if accepted and points is not None:
                row.points = _worth(row.kind, points)
            row.decision = Personal.of(decision)
            row.state = "accepted" if accepted else "refused"
            row.decided_by, row.decided_at = actor.account_id, self._clock.now()
            await session.flush()
            settled.figures = await self._snapshot(session, row.month)

    async def publish_month(self, actor: Actor, month: str) -> AssessmentMonth:
        """Publish a settled month; after that it does not change (YC-31.2c)."""
        del actor
        async with self._database.transaction() as session:
            row = await repository.month(session, month)
            if row is None:
                raise NotFound("月度考核", month)
            waiting = [one for one in await repository.requests(session, month) if one.state == "asked"]
            if row.state != "draft" or waiting or self._clock.now() <= row.objection_until:
                raise Conflict("复核期限未满或有未处理的申请", code="assessment_not_ready")
            row.state, row.published_at = "published", self._clock.now()
        return row

    async def year(self, actor: Actor, year: str) -> list[YearScore]:
        """Return the yearly scores from the published months, best first."""
        if not _YEAR.fullmatch(year):
            raise InvalidInput("year", "形如 2026")
        async with self._database.reading() as session:
            months = await repository.months_of(session, year)
            asked = await repository.requests(session, year)
        scores: dict[str, dict[str, str | None]] = defaultdict(dict)
        for month in months:
            for unit_id, figures in month.figures.items():
                scores[unit_id][month.month] = None if figures["score"] is None else str(figures["score"])
        items = [one for one in asked if one.state == "accepted"]
        made = [_year(unit_id, own, items) for unit_id, own in scores.items()]
        made = [one for one in made if not actor.bound or one.unit_id == actor.unit_id]
        return sorted(made, key=lambda one: (one.score is None, -(one.score or 0)))

    async def _snapshot(self, session: AsyncSession, month: str) -> dict[str, dict[str, object]]:
        made = ranked(self.profile, await facts_between(session, *bounds(month)), await struck_of(session, month))
        return {
            one.unit_id: {
                "score": None if one.score is None else str(one.score),
                "place": one.place,
                **{name: _kept(figure) for name, figure in one.figures.items()},
            }
            for one in made
        }

    def _request(  # noqa: PLR0917 - one row, written in its order
        self,
        actor: Actor,
        month: str,
        unit_id: str,
        kind: str,
        item: str | None,
        ticket_id: str | None,
        text: str,
        points: float,
    ) -> AssessmentRequest:
        return AssessmentRequest(
            id=new_id(), month=month, unit_id=unit_id, kind=kind, item=item, ticket_id=ticket_id,
            text=Personal(require_text("text", text)), points=points, state="asked", asked_by=actor.account_id,
            asked_at=self._clock.now(),
        )  # fmt: skip

    def _points(self, item: str | None, sign: Literal["plus", "minus"]) -> float:
        known = {name: one for name, one in self.profile.assessment.items.items() if one.sign == sign}
        if item is not None and item not in known:
            raise InvalidInput("item", "可选:" + "、".join(known))
        return float(known[item].points) if item else 0.0


def _worth(kind: str, points: float) -> float:
    if kind == "objection" or not 0 <= points <= _MOST_POINTS:
        raise InvalidInput("points", f"只有加分、扣分有分值,0至{_MOST_POINTS}")
    return round(points, 2)


def _scored(row: AssessmentRequest, item: ScoreItem | None, number: str | None) -> ScoredItem:
    return ScoredItem(
        **{name: getattr(row, name) for name in _SAME},
        title=item.title if item else None,
        clause=item.clause if item else None,
        number=number,
    )


def _kept(figure: Figure) -> dict[str, str | None]:
    return {"value": figure.shown, "counted": str(figure.counted), "out_of": str(figure.out_of)}


def _year(unit_id: str, months: dict[str, str | None], items: list[AssessmentRequest]) -> YearScore:
    own = [one for one in items if one.unit_id == unit_id]
    score = annual_score([None if value is None else Decimal(value) for value in months.values()]).value
    plus = sum(one.points for one in own if one.kind == "bonus")
    return YearScore(unit_id, score, months, plus, sum(one.points for one in own if one.kind == "deduction"))


async def struck_of(session: AsyncSession, month: str) -> dict[str, set[str]]:
    """Return by unit the tickets that accepted objections take out of a month's figures."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in await repository.requests(session, month):
        if one.kind == "objection" and one.state == "accepted" and one.ticket_id:
            found[one.unit_id].add(one.ticket_id)
    return found
