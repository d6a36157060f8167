from datetime import timedelta

import pytest
from sqlalchemy import text

from core.actors import Actor, Role
from core.errors import InvalidInput
from tests.tickets.conftest import AGENT, LEADER, Desk
from tickets.fields import TicketFields
from tickets.search.words import masked, query_of, words_of
from tickets.shares import ShareState

INSPECTOR = Actor("inspector-1", "质检员", Role.INSPECTOR)


def test_a_run_of_chinese_is_found_by_its_pairs_and_by_each_character() -> None:
    assert words_of("路灯坏") == {"路灯", "灯坏", "路", "灯", "坏"}
    assert query_of("路灯坏") == [("路灯", False), ("灯坏", False)]
    assert query_of("灯") == [("灯", False)]
    assert query_of("WiFi") == [("wifi", True)]


@pytest.mark.parametrize(
    "told",
    [
        "请打13800138000",
        "身份证362201199001011234",
        "座机0795-3212345",
        "一三八零零一三八零零零",
        "138 0013 8000",
    ],
)
def test_numbers_of_people_leave_no_trace_in_the_words(told: str) -> None:
    assert not {word for word in words_of(told) if any(digit in word for digit in "0123456789")}
    assert "一三" not in words_of(told)


def test_names_leave_no_trace_in_the_words() -> None:
    assert "建国" not in words_of("王建国先生反映", ())
    assert "建国" not in words_of("来电人王建国反映路灯", ("王建国",))
    assert "张三" not in masked("我叫张三,路灯不亮")
    assert "路灯" in words_of("来电人王建国反映路灯", ("王建国",))


async def test_tickets_are_found_by_words_of_title_matter_and_answer(desk: Desk) -> None:
    ticket_id = await desk.dispatched()
    for wanted in ("路灯", "灯", "小区门口", "路灯 小区"):
        assert [entry.id for entry in (await desk.tickets.search(LEADER, wanted)).items] == [ticket_id], wanted
    assert (await desk.tickets.search(LEADER, "公积金")).items == ()
    await desk.tickets.sign(ticket_id, desk.unit)
    await desk.tickets.answer(ticket_id, desk.unit, "已更换光源")
    assert [entry.id for entry in (await desk.tickets.search(LEADER, "光源")).items] == [ticket_id]


async def test_a_unit_finds_its_own_tickets_only_and_never_the_one_about_itself(desk: Desk) -> None:
    mine = await desk.dispatched()
    about_me = await desk.dispatched(complained_unit_id=desk.other_unit.unit_id)
    assert {entry.id for entry in (await desk.tickets.search(desk.unit, "路灯")).items} == {mine, about_me}
    assert (await desk.tickets.search(desk.other_unit, "路灯")).items == ()
    assert (await desk.tickets.entries(desk.other_unit)).items == ()


async def test_confidential_tickets_are_found_by_few(desk: Desk) -> None:
    await desk.draft(confidential=True)
    assert (await desk.tickets.search(INSPECTOR, "路灯")).items == ()
    assert len((await desk.tickets.search(LEADER, "路灯")).items) == 1


async def test_pages_of_a_search_hold_each_ticket_once(desk: Desk) -> None:
    made = {await desk.draft() for _ in range(7)}
    seen, after = [], None
    while True:
        page = await desk.tickets.search(LEADER, "路灯", after=after, limit=3)
        seen += [entry.id for entry in page.items]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.parametrize("wanted", ["路灯", "古樟树"])
async def test_newest_come_first_however_long_ago_they_were_opened(desk: Desk, wanted: str) -> None:
    made = []
    for days in (400, 40, 25, 0):
        made.append(await desk.draft(summary="古樟树旁的路灯不亮"))
        desk.clock.advance(timedelta(days=days))
    newest_first = made[::-1]
    for limit in range(1, 5):
        found = await desk.tickets.search(LEADER, wanted, limit=limit)
        assert [entry.id for entry in found.items] == newest_first[:limit]
        assert (found.next is None) == (limit == 4)


async def test_the_index_holds_no_number_and_no_name(desk: Desk) -> None:
    await desk.draft(summary="王建国电话13800138000,路灯不亮", caller_name="王建国")
    async with desk.database.reading() as session:
        kept = str((await session.execute(text("SELECT words FROM ticket_words"))).scalar_one())
    assert "路灯" in kept
    assert "建国" not in kept
    assert "138001" not in kept


async def test_nothing_to_look_for_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        await desk.tickets.search(LEADER, "。,!")
    with pytest.raises(InvalidInput):
        await desk.tickets.search(LEADER, "13800138000")


async def test_an_inbox_is_ordered_by_deadline_and_paged_by_key(desk: Desk) -> None:
    for category in ("complaint", "consult", "help"):
        await desk.dispatched(category)
        desk.clock.advance(timedelta(minutes=1))
    first = await desk.tickets.inbox(desk.unit, limit=2)
    second = await desk.tickets.inbox(desk.unit, limit=2, after=first.next)
    assert [entry.category for entry in (*first.items, *second.items)] == ["consult", "help", "complaint"]
    assert second.next is None
    await desk.tickets.sign(first.items[0].id, desk.unit)
    assert await desk.tickets.inbox_counts(desk.unit) == {"waiting": 2, "working": 1}
    working = await desk.tickets.inbox(desk.unit, ShareState.WORKING)
    assert [entry.id for entry in working.items] == [first.items[0].id]


def test_half_a_character_in_personal_text_is_refused() -> None:
    with pytest.raises(ValueError, match="不完整"):
        TicketFields.model_validate({"summary": "坏\ud800"})


async def test_half_a_character_is_refused_with_its_field(desk: Desk) -> None:
    ticket_id = await desk.draft()
    with pytest.raises(InvalidInput) as refused:
        await desk.tickets.edit_draft(ticket_id, AGENT, {"place": "路\udfff"})
    assert refused.value.field == "place"
