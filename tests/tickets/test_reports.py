"""Reports: they fall due by the clock, remind, are drafted with figures, handed in, released by another."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from docx import Document

from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, TransitionRefused
from tests.tickets.conftest import LEADER, REVIEWER, SUPERVISOR, Desk
from tests.tickets.test_supervision import desk_of
from tickets.model import Ticket
from tickets.profile import load_profile
from tickets.reports.due import due_at_midnight, midnights, period_before
from tickets.reports.service import ReportView
from tickets.service import TicketService

SUNDAY = datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
"""Noon of Sunday 29 March 2026, local time; the week ends at midnight, the month two days later."""
PDF = b"%PDF-1.4 report"


def told(reports: Sequence[ReportView]) -> set[tuple[str, str, str | None]]:
    return {(one.title, one.cadence, one.unit_id) for one in reports}


@pytest.mark.parametrize(
    ("cadence", "midnight", "first", "last"),
    [
        ("weekly", datetime(2026, 3, 1, 16, tzinfo=UTC), date(2026, 2, 23), date(2026, 3, 1)),
        ("monthly", datetime(2026, 2, 28, 16, tzinfo=UTC), date(2026, 2, 1), date(2026, 2, 28)),
        ("quarterly", datetime(2026, 3, 31, 16, tzinfo=UTC), date(2026, 1, 1), date(2026, 3, 31)),
        ("annual", datetime(2026, 12, 31, 16, tzinfo=UTC), date(2026, 1, 1), date(2026, 12, 31)),
        ("monthly", datetime(2026, 12, 31, 16, tzinfo=UTC), date(2026, 12, 1), date(2026, 12, 31)),
        ("daily", datetime(2026, 3, 1, 16, tzinfo=UTC), date(2026, 3, 1), date(2026, 3, 1)),
    ],
)
def test_a_period_ends_with_the_day_before(cadence: str, midnight: datetime, first: date, last: date) -> None:
    assert period_before(cadence, midnight) == (first, last)


def test_every_midnight_is_looked_at_once() -> None:
    found = midnights(SUNDAY, SUNDAY + timedelta(days=3))
    assert [one.astimezone(UTC).day for one in found] == [29, 30, 31]
    assert midnights(SUNDAY, SUNDAY) == []


def test_each_profile_has_its_reports_and_bulletins_with_clause_and_list() -> None:
    new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)
    yichun = due_at_midnight(load_profile("yichun"), new_year, public_emergency=False)
    named = {(one.title, one.cadence) for one in yichun if one.clause == "YC-25"}
    assert named == {
        (title, cadence) for title in ("热点专报", "分析专报") for cadence in ("monthly", "quarterly", "annual")
    }
    assert {"YC-26", "YC-33", "YC-9.6"} <= {one.clause for one in yichun}
    monday = datetime(2026, 3, 1, 16, tzinfo=UTC)
    jiangsu = due_at_midnight(load_profile("jiangsu"), monday, public_emergency=False)
    assert {(one.title, one.to) for one in jiangsu} == {
        ("热点专报", ("省委", "省政府")), ("分析专报", ("省委", "省政府")),
    }  # fmt: skip
    (daily,) = due_at_midnight(load_profile("jiangsu"), monday, public_emergency=True)
    assert (daily.title, daily.cadence) == ("每日报告", "daily")
    first = datetime(2026, 2, 28, 16, tzinfo=UTC)
    yangzhou = due_at_midnight(load_profile("yangzhou"), first, public_emergency=False)
    assert "省级诉求办理情况通报" in {one.title for one in yangzhou}


@pytest.fixture
async def sunday(desk: Desk, tmp_path: Path) -> Desk:
    desk.tickets.files = tmp_path / "files"
    desk.clock.advance(SUNDAY - desk.clock.now())
    return desk


async def test_reports_open_a_day_ahead_once_and_remind_when_late(sunday: Desk) -> None:
    tickets = sunday.tickets
    assert await tickets.open_reports() == 2
    assert await tickets.open_reports() == 0
    opened = await tickets.reports(REVIEWER)
    assert told(opened) == {("热点专报", "weekly", None), ("分析专报", "weekly", None)}
    assert not any(one.late for one in opened)
    sunday.clock.advance(timedelta(hours=13))
    assert await tickets.open_reports() == 0
    late = await tickets.reports(REVIEWER, "open")
    assert all(one.late for one in late)
    assert [one.event for one in await tickets.report_events(late[0].id, REVIEWER)] == ["opened", "reminded"]
    await tickets.open_reports()
    assert len(await tickets.report_events(late[0].id, REVIEWER)) == 2
    sunday.clock.advance(timedelta(days=15))  # nobody looked for two weeks
    await tickets.open_reports()
    weekly = [one for one in await tickets.reports(REVIEWER) if one.cadence == "weekly"]
    assert len(weekly) == 6


async def test_units_report_their_own_and_read_what_is_released_to_members(sunday: Desk) -> None:
    tickets, unit = sunday.tickets, sunday.unit
    sunday.clock.advance(timedelta(days=2))
    await tickets.open_reports()
    (own,) = await tickets.reports(unit)
    assert (own.title, own.unit_id, own.clause) == ("单位办件情况梳理汇总", unit.unit_id, "YC-9.6")
    name, draft = await tickets.report_draft(own.id, unit)
    assert name.endswith(".docx")
    with pytest.raises(NotFound):
        await tickets.hand_in_report(own.id, sunday.other_unit, draft)
    await tickets.hand_in_report(own.id, unit, draft)
    await tickets.decide_report(own.id, LEADER, released=True)
    bulletin = next(one for one in await tickets.reports(REVIEWER) if one.clause == "YC-26")
    await tickets.hand_in_report(bulletin.id, REVIEWER, PDF)
    assert bulletin.id not in {one.id for one in await tickets.reports(unit)}
    with pytest.raises(NotFound):
        await tickets.report_file(bulletin.id, unit)
    with pytest.raises(Forbidden):  # released by the 主管部门 only (YC-26)
        await tickets.decide_report(bulletin.id, LEADER, released=True)
    await tickets.decide_report(bulletin.id, SUPERVISOR, released=True)
    assert (await tickets.report_file(bulletin.id, unit))[1] == PDF


async def test_the_draft_of_a_bulletin_holds_the_figures_of_its_period(sunday: Desk) -> None:
    tickets = sunday.tickets
    ticket_id = await sunday.closed()
    slow = await sunday.signed()
    await tickets.supervise(ticket_id, SUPERVISOR, "媒体曝光")
    await tickets.supervise(slow, SUPERVISOR, "涉密")
    async with sunday.database.transaction() as session:
        (await session.get_one(Ticket, slow)).confidential = True
    sunday.clock.advance(timedelta(days=2))
    await tickets.open_reports()
    bulletin = next(one for one in await tickets.reports(REVIEWER) if one.clause == "YC-26")
    _, draft = await tickets.report_draft(bulletin.id, REVIEWER)
    words = Document(io.BytesIO(draft))
    rows = [[cell.text for cell in row.cells] for table in words.tables for row in table.rows]
    names = {unit.id: unit.name for unit in await tickets.units()}
    (line,) = [row for row in rows if row[0] == names[sunday.unit.unit_id or ""]]
    assert line[1:5] == ["100.00", "0.00", "50.00", "100.00"]
    numbers = {row[0] for row in rows}
    assert (await tickets.get(ticket_id)).number in numbers
    assert (await tickets.get(slow)).number not in numbers
    assert words.sections[0].footer.paragraphs[0].text.startswith("草稿,未经审定")


async def test_a_report_is_handed_in_refused_handed_in_again_and_released_by_another(sunday: Desk) -> None:
    tickets = sunday.tickets
    await tickets.open_reports()
    report = (await tickets.reports(REVIEWER))[0]
    with pytest.raises(TransitionRefused):
        await tickets.decide_report(report.id, SUPERVISOR, released=True)
    with pytest.raises(Conflict):
        await tickets.report_file(report.id, REVIEWER)
    for bad in (b"", b"<html>", b"\xff\xd8\xff photo"):
        with pytest.raises(InvalidInput):
            await tickets.hand_in_report(report.id, REVIEWER, bad)
    handed = await tickets.hand_in_report(report.id, SUPERVISOR, PDF, to=("成员单位", "市政府"))
    assert (handed.state, handed.to, handed.late) == ("handed_in", ("成员单位", "市政府"), False)
    with pytest.raises(Forbidden):
        await tickets.decide_report(report.id, SUPERVISOR, released=True)
    other = replace(SUPERVISOR, account_id="supervisor-2")
    await tickets.decide_report(report.id, other, released=False, note="补充分析")
    await tickets.hand_in_report(report.id, REVIEWER, PDF + b"2")
    done = await tickets.decide_report(report.id, other, released=True)
    assert (done.state, done.released_at) == ("released", sunday.clock.now())
    with pytest.raises(TransitionRefused):
        await tickets.hand_in_report(report.id, REVIEWER, PDF)
    events = [one.event for one in await tickets.report_events(report.id, REVIEWER)]
    assert events == ["opened", "handed_in", "refused", "handed_in", "released"]


async def test_jiangsu_reports_daily_while_an_emergency_lasts(database: Database, clock: ManualClock) -> None:
    tickets = TicketService(database, clock, load_profile("jiangsu"))
    clock.advance(SUNDAY - clock.now())
    await tickets.begin_emergency(SUPERVISOR, "台风")
    with pytest.raises(Conflict):
        await tickets.begin_emergency(SUPERVISOR, "台风")
    for _ in range(3):
        await tickets.open_reports()
        clock.advance(timedelta(days=1))
    found = [one.cadence for one in await tickets.reports(LEADER) if one.title in {"每日报告", "热点专报"}]
    assert found == ["daily"] * 3
    await tickets.end_emergency(SUPERVISOR)
    with pytest.raises(NotFound):
        await tickets.end_emergency(SUPERVISOR)


async def test_the_livelihood_ledger_lists_what_lasts_and_what_comes_again(sunday: Desk) -> None:
    tickets = sunday.tickets
    lasting, repeated, done = await sunday.signed(), await sunday.signed(), await sunday.closed()
    for call in ("call-1", "call-2"):
        await tickets.add_repeat_call(repeated, LEADER, call)
    sunday.clock.advance(timedelta(days=2))
    await tickets.open_reports()
    ledger = next(one for one in await tickets.reports(REVIEWER) if one.clause == "YC-23")
    async with sunday.database.transaction() as session:
        (await session.get_one(Ticket, lasting)).created_at = SUNDAY - timedelta(days=60)
    words = Document(io.BytesIO((await tickets.report_draft(ledger.id, REVIEWER))[1]))
    first, second = [{row.cells[0].text for row in table.rows} for table in words.tables]
    numbers = {one: (await tickets.get(one)).number for one in (lasting, repeated, done)}
    assert numbers[lasting] in first
    assert numbers[repeated] in second
    assert numbers[done] not in first | second


async def test_yangzhou_lists_what_units_pass_around(database: Database, clock: ManualClock) -> None:
    desk = await desk_of("yangzhou", database, clock)
    clock.advance(SUNDAY - clock.now())
    ticket_id = await desk.signed()
    await desk.tickets.note_shirking(ticket_id, SUPERVISOR, ("long_term",), "两局互推")
    clock.advance(timedelta(days=2))
    await desk.tickets.open_reports()
    report = next(one for one in await desk.tickets.reports(REVIEWER) if one.clause == "YZ-9b")
    words = Document(io.BytesIO((await desk.tickets.report_draft(report.id, REVIEWER))[1]))
    assert (await desk.tickets.get(ticket_id)).number in {row.cells[0].text for row in words.tables[0].rows}
