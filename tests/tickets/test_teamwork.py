import asyncio
from pathlib import Path

import pytest

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.personal import Personal
from tests.tickets.conftest import AGENT, CALLER, REVIEWER, SUPERVISOR, Desk
from tickets.channels import Channel, Opening
from tickets.exchange.codes import query_code
from tickets.lists.filters import ListFilter
from tickets.service import TicketService


async def _lower_unit(desk: Desk) -> Actor:
    """A unit of level 3, and its superior in `desk.unit`."""
    lower = next(unit for unit in await desk.tickets.units() if unit.level == 3)
    desk.unit = Actor("unit-up", "区承办人", Role.UNIT, unit_id=lower.parent_id)
    return Actor("unit-low", "街道承办人", Role.UNIT, unit_id=lower.id)


async def test_a_matter_goes_three_levels_down_and_its_result_comes_back_level_by_level(desk: Desk) -> None:
    lower = await _lower_unit(desk)
    ticket_id = await desk.signed()
    before = (await desk.tickets.get(ticket_id)).due_at
    with pytest.raises(NotFound):
        await desk.tickets.get(ticket_id, lower)
    await desk.tickets.forward(ticket_id, desk.unit, lower.unit_id or "")
    (waiting,) = (await desk.tickets.inbox(lower)).items
    assert (waiting.id, waiting.due_at) == (ticket_id, before)
    await desk.tickets.sign_share(ticket_id, lower)
    await desk.tickets.answer_share(ticket_id, lower, "已更换")
    with pytest.raises(Forbidden):
        await desk.tickets.forward(ticket_id, lower, desk.other_unit.unit_id or "")
    await desk.tickets.answer(ticket_id, desk.unit, "已更换灯泡")
    await desk.tickets.close(ticket_id, REVIEWER)
    assert (await desk.tickets.inbox_counts(lower)) == {}
    assert await desk.tickets.verify_ledger(ticket_id) is None


async def test_an_assisting_unit_has_a_share_of_its_own_and_cannot_answer_to_the_centre(desk: Desk) -> None:
    ticket_id = await desk.signed()
    await desk.tickets.assist(ticket_id, REVIEWER, [desk.other_unit.unit_id or ""])
    with pytest.raises(Conflict):
        await desk.tickets.assist(ticket_id, REVIEWER, [desk.other_unit.unit_id or ""])
    await desk.tickets.sign_share(ticket_id, desk.other_unit)
    await desk.tickets.answer_share(ticket_id, desk.other_unit, "我局职责部分已完成")
    await desk.tickets.send_share_back(ticket_id, desk.unit, 2, "请补充照片")
    await desk.tickets.return_share(ticket_id, desk.other_unit, "不属我局职责")
    with pytest.raises(Conflict):
        await desk.tickets.answer_share(ticket_id, desk.other_unit, "再答")


async def test_only_the_lead_answers_signs_and_asks(desk: Desk) -> None:
    ticket_id = await desk.signed()
    await desk.tickets.assist(ticket_id, REVIEWER, [desk.other_unit.unit_id or ""])
    assisting, tickets = desk.other_unit, desk.tickets
    with pytest.raises(Forbidden):
        await tickets.answer(ticket_id, assisting, "越级答复")
    with pytest.raises(Forbidden):
        await tickets.ask_extension(ticket_id, assisting, 2, "情况复杂")
    with pytest.raises(Forbidden):
        await tickets.return_(ticket_id, assisting, basis="不属职责")
    with pytest.raises(Forbidden):
        await tickets.record_contact(ticket_id, assisting, how="phone", told="已告知")


async def test_the_unit_complained_about_is_never_given_the_ticket(desk: Desk) -> None:
    about = desk.other_unit.unit_id or ""
    ticket_id = await desk.signed(complained_unit_id=about)
    with pytest.raises(NotFound):
        await desk.tickets.get(ticket_id, desk.other_unit)
    with pytest.raises(InvalidInput, match="被投诉"):
        await desk.tickets.assist(ticket_id, REVIEWER, [about])
    draft = await desk.draft("consult", complained_unit_id=about)
    await desk.tickets.accept(draft, AGENT)
    with pytest.raises(InvalidInput, match="被投诉"):
        await desk.tickets.dispatch(draft, AGENT, about)


async def test_the_third_report_of_a_hard_matter_gives_the_longer_limit(desk: Desk) -> None:
    first = await desk.signed("help")
    await desk.tickets.mark_hard(first, REVIEWER, "多次反映")
    told = (await desk.tickets.get(first)).due_at
    for _ in range(2):
        again = await desk.draft("help")
        await desk.tickets.link_repeat(again, AGENT, first)
        await desk.tickets.link_repeat(again, AGENT, first)
    shown = await desk.tickets.get(first)
    assert shown.repeat_calls == 3
    assert told is not None
    assert shown.due_at is not None
    assert shown.due_at > told
    assert shown.due_clause == "YC-14g"


async def test_a_duplicate_is_merged_once_and_its_caller_counted(desk: Desk) -> None:
    first, second = await desk.signed(), await desk.draft()
    alike = await desk.tickets.same_matter(second, AGENT)
    assert [(one.ticket_id, one.probably) for one in alike] == [(first, True)]
    await desk.tickets.merge(second, AGENT, first, "同一路灯")
    assert (await desk.tickets.get(second)).state == "merged"
    assert (await desk.tickets.get(first)).repeat_calls == 2
    with pytest.raises(Conflict):
        await desk.tickets.merge(second, AGENT, first, "同一路灯")
    other = await desk.tickets.open_draft(None, Personal("13900139000"), "12345")
    with pytest.raises(Conflict):
        await desk.tickets.link_repeat(other, AGENT, first)


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.WECHAT, Channel.MAIL, Channel.PLATFORM])
async def test_the_same_message_of_any_channel_opens_one_ticket(desk: Desk, channel: Channel) -> None:
    opening = Opening(channel, "m-1", CALLER)
    fields = {"category": "help", "title": "路灯不亮", "summary": "三天"}
    ids = await asyncio.gather(*(desk.tickets.open(opening, AGENT, fields) for _ in range(4)))
    assert len(set(ids)) == 1
    assert (await desk.tickets.get(ids[0])).channel == channel


async def test_notices_are_numbered_kept_and_set_as_word_and_pdf(desk: Desk) -> None:
    ticket_id = await desk.signed()
    for number in (1, 2):
        notice = await desk.tickets.issue_notice(ticket_id, SUPERVISOR, kind="督办通知单", demand="限期修复", days=3)
        assert notice.number == f"督办通知单〔2026〕{number}号"
    name, word = await desk.tickets.notice_file(notice.id, desk.unit, "docx")
    assert name.endswith(".docx")
    assert word[:2] == b"PK"
    assert (await desk.tickets.notice_file(notice.id, SUPERVISOR, "pdf"))[1][:5] == b"%PDF-"
    with pytest.raises(NotFound):
        await desk.tickets.notice_file(notice.id, desk.other_unit, "pdf")
    with pytest.raises(InvalidInput):
        await desk.tickets.issue_notice(ticket_id, SUPERVISOR, kind="逮捕令", demand="-", days=3)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_an_export_needs_another_person_and_carries_who_asked(desk: Desk, tmp_path: Path, form: str) -> None:
    tickets = TicketService(desk.database, desk.clock, desk.tickets.profile, files=tmp_path)
    await desk.draft(title="=HYPERLINK(1)")
    await desk.draft(confidential=True)
    asked = await tickets.ask_export(SUPERVISOR, ListFilter(), form, "月度分析")  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        await tickets.decide_export(asked.id, SUPERVISOR, approved=True)
    other = Actor("supervisor-2", "主管二", Role.SUPERVISOR)
    await tickets.decide_export(asked.id, other, approved=True)
    with pytest.raises(Conflict):
        await tickets.fetch_export(asked.id, SUPERVISOR)
    assert await tickets.make_exports() == 1
    (shown,) = await tickets.exports(SUPERVISOR)
    assert (shown.state, shown.rows_done, shown.rows_total) == ("done", 1, 1)
    with pytest.raises(NotFound):
        await tickets.fetch_export(asked.id, other)
    _, path = await tickets.fetch_export(asked.id, SUPERVISOR)
    if form == "csv":
        told = path.read_text("utf-8-sig")
        assert asked.id in told
        assert "'=HYPERLINK(1)" in told


async def test_progress_is_told_for_number_and_code_only(desk: Desk) -> None:
    ticket_id = await desk.signed()
    number = (await desk.tickets.get(ticket_id)).number
    code = query_code(ticket_id)
    found = await desk.tickets.progress(number, code)
    assert [what for _, what in found.steps][-1] == "签收"
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    with pytest.raises(NotFound):
        await desk.tickets.progress(number, wrong)
