"""Use case: the assessment of a month or a year as XLSX and DOCX, with formulas and the tickets behind each figure."""

import asyncio
import io
from collections.abc import Sequence
from typing import Literal

from core.actors import Actor
from core.clock import LOCAL
from tickets import repository as tickets
from tickets.assessment import repository
from tickets.assessment.daily import Watching
from tickets.assessment.facts import bounds, facts_between
from tickets.assessment.figures import SCORED, TicketFact, UnitFigures, explain, ranked
from tickets.assessment.service import Assessing, struck_of
from tickets.documents.pages import Document, Section

_FORMULAS = {
    "timely_sign_rate": "限期内签收 ÷ 本期派发", "return_rate": "退回生效 ÷ 本期派发", "finish_rate": "办结 ÷ 本期派发",
    "on_time_rate": "限期内办结(含批准的延期) ÷ 本期办结且有期限",
    "satisfaction": "满意 ÷ (已评价 − 依规定不计入,YC-32);未评价不计",
}  # fmt: skip
_YEAR_LENGTH = 4


class AssessmentExport(Assessing, Watching):
    """Exports for the general appraisal (JS-23, CZ-三(六), YC-31.3c, FJ-25) and for praise (JS-23, FJ-28)."""

    async def assessment_file(self, actor: Actor, period: str, form: Literal["xlsx", "docx"]) -> tuple[str, bytes]:
        """Return name and contents of the assessment of a month (`2026-03`) or a year (`2026`).

        It states for each figure its formula, and for a month the tickets it counts; who had it made stands in it.
        """
        year = len(period) == _YEAR_LENGTH
        sections = await (self._year_sections(actor, period) if year else self._month_sections(period))
        made = f"{self._clock.now().astimezone(LOCAL):%Y-%m-%d %H:%M}"
        words = Document(
            heading=self.profile.hotline, title=f"{period} 承办单位考核",
            subtitle="结果用于:" + "、".join(self.profile.assessment.result_goes_to), sections=sections,
            mark=f"内部资料。{actor.name} {made} {actor.account_id}",
        )  # fmt: skip
        return f"考核-{period}.{form}", await asyncio.to_thread(_docx if form == "docx" else _xlsx, words)

    async def _month_sections(self, month: str) -> tuple[Section, ...]:
        async with self._database.reading() as session:
            facts = await facts_between(session, *bounds(month))
            struck = await struck_of(session, month)
            settled = await repository.month_seen(session, month)
            factors = await repository.factors(session, month)
            missed = await self._missed(session, *bounds(month))
            names = {unit.id: unit.name for unit in await tickets.units(session)}
        made = ranked(self.profile, facts, struck)
        state = "已发布" if settled and settled.state == "published" else "草稿,未发布"
        reasons = [
            (names.get(unit, unit), metric, one.number, "计入" if one.counted else "不计入", one.left_out or "")
            for unit in sorted({fact.unit_id for fact in facts})
            for metric in _FORMULAS
            for one in explain(_of(facts, unit), metric, struck.get(unit, ()))
        ]
        return (
            Section("一、排名", (f"状态:{state}。月度得分 = {_score()}。",), ("名次", "单位", "得分"),
                    _places(made, names)),
            Section("二、指标与公式", titles=("单位", "指标", "数值(%)", "计数", "公式"), rows=[
                (names.get(one.unit_id, ""), name, figure.shown or "—", f"{figure.counted}/{figure.out_of}",
                 _FORMULAS[name])
                for one in made for name, figure in one.figures.items()
            ]),
            Section("三、人工评分", titles=("单位", "项目", "得分", "理由"), rows=[
                (names.get(one.unit_id, ""), one.dimension, f"{one.score:.2f}", one.reason.reveal()) for one in factors
            ]),
            Section("四、红牌(逾期)", titles=("单位", "工单编号", "义务", "期限", "完成", "依据"), rows=[
                (names.get(one.unit_id, ""), one.number, one.duty, f"{one.due_at.astimezone(LOCAL):%m-%d %H:%M}",
                 f"{one.done_at.astimezone(LOCAL):%m-%d %H:%M}" if one.done_at else "未完成", one.clause)
                for one in missed
            ]),
            Section("五、指标明细", titles=("单位", "指标", "工单编号", "是否计入", "原因"), rows=reasons),
        )  # fmt: skip

    async def _year_sections(self, actor: Actor, year: str) -> tuple[Section, ...]:
        scores = await self.year(actor, year)
        async with self._database.reading() as session:
            names = {unit.id: unit.name for unit in await tickets.units(session)}
            asked = [one for one in await repository.requests(session, year) if one.state == "accepted"]
            factors = await repository.factors(session, year)
        known = self.profile.assessment.items
        items = [(one, known.get(one.item or "")) for one in asked if one.kind != "objection"]
        deducted = {one.unit_id for one, _ in items if one.kind == "deduction"}
        praised = [one for one in scores if one.score is not None and one.unit_id not in deducted]
        return (
            Section("一、年度得分", ("年度得分 = 已发布各月得分的平均值(YC-31.3a);加分、扣分另列(AMB-24)。",),
                    ("单位", "得分", "加分", "扣分", "计入月份"), [
                (names.get(one.unit_id, ""), "—" if one.score is None else str(one.score), f"{one.plus:.2f}",
                 f"{one.minus:.2f}", "、".join(sorted(one.months))) for one in scores
            ]),
            Section("二、加分、扣分", titles=("单位", "月份", "事项", "分值", "依据"), rows=[
                (names.get(one.unit_id, ""), one.month, item.title if item else one.kind, f"{one.points:.2f}",
                 item.clause if item else "")
                for one, item in items
            ]),
            Section("三、人工评分", titles=("单位", "项目", "得分", "理由"), rows=[
                (names.get(one.unit_id, ""), one.dimension, f"{one.score:.2f}", one.reason.reveal()) for one in factors
            ]),
            Section("四、评先评优推荐名单", ("按得分排列,不含有扣分的单位。",), ("序号", "单位", "得分"), [
                (str(place), names.get(one.unit_id, ""), str(one.score)) for place, one in enumerate(praised, 1)
            ]),
        )  # fmt: skip


def _of(facts: Sequence[TicketFact], unit_id: str) -> list[TicketFact]:
    return [fact for fact in facts if fact.unit_id == unit_id]


def _places(made: Sequence[UnitFigures], names: dict[str, str]) -> list[tuple[str, ...]]:
    return [
        (str(one.place or "—"), names.get(one.unit_id, ""), "—" if one.score is None else str(one.score))
        for one in made
    ]


def _score() -> str:
    return "(" + " + ".join(_FORMULAS[name] for name in SCORED) + f") ÷ {len(SCORED)}(产品默认,条文无公式)"


def _docx(words: Document) -> bytes:
    from tickets.documents import page_type  # heavy: not at the start of every role and command

    return page_type.docx(words)


def _xlsx(words: Document) -> bytes:
    from openpyxl import Workbook  # heavy

    from tickets.exports.sheets import plain

    book = Workbook(write_only=True)
    for section in words.sections:
        sheet = book.create_sheet(section.heading.split("、", 1)[-1][:31])
        sheet.append([words.mark])
        for row in (*((text,) for text in section.paragraphs), section.titles, *section.rows):
            sheet.append([plain(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
