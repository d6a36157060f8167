"""What stands beside the figures: scores by hand, evidence, red cards, decisions of the office, days, exports."""

import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from core.clock import LOCAL, ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.tickets.conftest import SUPERVISOR, Desk
from tests.tickets.test_assessment import MONTH
from tickets.profile import load_profile
from tickets.service import TicketService

OTHER = replace(SUPERVISOR, account_id="supervisor-2")
PDF = b"%PDF-1.4 proof"


@pytest.fixture
def rooms(desk: Desk, tmp_path: Path) -> Desk:
    desk.tickets.files = tmp_path / "files"
    return desk


async def test_a_score_by_hand_has_its_reason_and_the_later_one_counts(rooms: Desk) -> None:
    tickets, unit_id = rooms.tickets, rooms.unit.unit_id or ""
    await tickets.enter_factor(SUPERVISOR, "2026", unit_id, "建章立制", Decimal(80), "缺少问责制度")
    await tickets.enter_factor(OTHER, "2026", unit_id, "建章立制", Decimal("90.5"), "已补齐")
    (seen,) = await tickets.factors(rooms.unit, "2026")
    assert (seen.score, seen.reason.reveal(), seen.entered_by) == (90.5, "已补齐", "supervisor-2")
    assert await tickets.factors(rooms.other_unit, "2026") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "2026-13"}, {"dimension": "颜值"}, {"score": Decimal("100.01")}, {"score": Decimal("1.234")},
        {"unit_id": "none"}, {"reason": " "},
    ],
)  # fmt: skip
async def test_a_score_that_is_none_is_refused(rooms: Desk, wrong: dict[str, object]) -> None:
    right = {
        "period": "2026",
        "unit_id": rooms.unit.unit_id,
        "dimension": "建章立制",
        "score": Decimal(1),
        "reason": "x",
    }
    with pytest.raises(InvalidInput):
        await rooms.tickets.enter_factor(SUPERVISOR, **{**right, **wrong})  # type: ignore[arg-type]


async def test_units_prove_their_bonus_until_it_is_decided_and_see_no_other(rooms: Desk) -> None:
    tickets = rooms.tickets
    rooms.clock.advance(timedelta(days=31))
    await tickets.draft_month(SUPERVISOR, MONTH)
    asked = await tickets.ask_review(rooms.unit, MONTH, "bonus", "被省政府通报表扬", item="plus_1")
    added = await tickets.add_evidence(rooms.unit, asked, "表扬通报.pdf", PDF)
    with pytest.raises(NotFound):
        await tickets.evidence(rooms.other_unit, asked)
    with pytest.raises(InvalidInput):
        await tickets.add_evidence(rooms.unit, asked, "x.html", b"<html>")
    assert (await tickets.evidence_file(SUPERVISOR, added.id))[1] == PDF
    await tickets.decide_review(SUPERVISOR, asked, accepted=True, points=2.5)
    with pytest.raises(Conflict):
        await tickets.add_evidence(rooms.unit, asked, "迟到.pdf", PDF)
    (item,) = await tickets.score_items(rooms.unit, "2026", rooms.unit.unit_id or "")
    assert item.points == 2.5
    factor = await tickets.enter_factor(SUPERVISOR, MONTH, rooms.unit.unit_id or "", "建章立制", Decimal(60), "抽查")
    with pytest.raises(Forbidden):
        await tickets.add_evidence(rooms.unit, factor, "反驳.pdf", PDF)
    await tickets.add_evidence(SUPERVISOR, factor, "抽查记录.pdf", PDF)


async def test_other_items_need_the_document_of_the_leading_office_and_points(rooms: Desk) -> None:
    tickets = rooms.tickets
    rooms.clock.advance(timedelta(days=31))
    await tickets.draft_month(SUPERVISOR, MONTH)
    asked = await tickets.ask_review(rooms.unit, MONTH, "bonus", "其他突出贡献", item="plus_other")
    for given in ({}, {"points": 3.0}, {"decision": "办文〔2026〕3号"}):
        with pytest.raises(InvalidInput):
            await tickets.decide_review(SUPERVISOR, asked, accepted=True, **given)  # type: ignore[arg-type]
    await tickets.decide_review(SUPERVISOR, asked, accepted=True, points=3.0, decision="办文〔2026〕3号")
    objection = await tickets.ask_review(rooms.unit, MONTH, "objection", "不服")
    with pytest.raises(InvalidInput):
        await tickets.decide_review(SUPERVISOR, objection, accepted=True, points=1.0)


async def test_every_missed_limit_is_a_red_card_of_its_unit(rooms: Desk) -> None:
    tickets = rooms.tickets
    ticket_id = await rooms.dispatched()
    assert await tickets.missed_limits(SUPERVISOR, MONTH) == []
    rooms.clock.advance(timedelta(days=12))
    found = await tickets.missed_limits(SUPERVISOR, MONTH)
    assert {(one.ticket_id, one.unit_id, one.done_at) for one in found} == {(ticket_id, rooms.unit.unit_id, None)}
    assert {one.duty for one in found} == {"sign", "resolve"}
    assert await tickets.missed_limits(rooms.other_unit, MONTH) == []


async def test_a_day_is_counted_by_area_with_what_stands_below_it(rooms: Desk) -> None:
    await rooms.closed()
    await rooms.dispatched()
    today = rooms.clock.now().astimezone(LOCAL).date()
    areas = {one.unit_id: one for one in await rooms.tickets.day(SUPERVISOR, today)}
    own = areas[rooms.unit.unit_id or ""]
    assert (own.dispatched, own.finished, own.closed, own.figures["finish_rate"].shown) == (2, 1, 1, "50.00")
    assert all(one.dispatched == 0 for one in areas.values() if one is not own)
    (seen,) = await rooms.tickets.day(rooms.unit, today)
    assert seen.unit_id == rooms.unit.unit_id


async def test_the_export_of_a_month_states_formula_state_and_tickets(rooms: Desk) -> None:
    tickets = rooms.tickets
    ticket_id = await rooms.closed()
    name, contents = await tickets.assessment_file(SUPERVISOR, MONTH, "xlsx")
    book = load_workbook(io.BytesIO(contents))
    assert (name, book.sheetnames) == (
        f"考核-{MONTH}.xlsx", ["排名", "指标与公式", "人工评分", "红牌(逾期)", "指标明细"],
    )  # fmt: skip
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell}
    assert (await tickets.get(ticket_id)).number in cells
    assert any("草稿,未发布" in cell for cell in cells)
    assert "限期内签收 ÷ 本期派发" in cells
    assert str(book["排名"]["A1"].value).startswith("内部资料。主管")


async def test_the_export_of_a_year_recommends_who_has_no_deduction(rooms: Desk) -> None:
    tickets = rooms.tickets
    await rooms.closed()
    rooms.clock.advance(timedelta(days=31))
    await tickets.draft_month(SUPERVISOR, MONTH)
    rooms.clock.advance(timedelta(days=10))
    await tickets.publish_month(SUPERVISOR, MONTH)
    name, contents = await tickets.assessment_file(SUPERVISOR, "2026", "docx")
    words = Document(io.BytesIO(contents))
    assert name == "考核-2026.docx"
    assert "平安建设考核" in words.paragraphs[2].text
    assert words.paragraphs[-1].text.startswith("按得分排列")
    with pytest.raises(InvalidInput):
        await tickets.assessment_file(SUPERVISOR, "20x6", "docx")


async def test_without_cards_in_the_profile_an_unfinished_task_counts(database: Database, clock: ManualClock) -> None:
    tickets = TicketService(database, clock, load_profile("fujian"))
    assert await tickets.missed_limits(SUPERVISOR, MONTH) == []
