"""Block list and callbacks in the database, on SQLite and PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.errors import InvalidInput, NotFound, TransitionRefused
from core.ids import new_id
from core.personal import Personal
from hotline.roles.caller_board import entries
from routing.callers import repository
from routing.callers.block_list import BlockList
from routing.callers.callbacks import Callbacks, CallbackView
from routing.callers.rules import CallbackKind, CallbackRules, CallbackState, CallOutcome
from routing.plan.service import shipped_plan

BOSS = Actor("boss", "督导", Role.SUPERVISOR)
NUMBER = Personal("13800138000")


@pytest.fixture
def blocks(database: Database, clock: ManualClock) -> BlockList:
    return BlockList(database, clock)


@pytest.fixture
def callbacks(database: Database, clock: ManualClock) -> Callbacks:
    return Callbacks(database, clock, CallbackRules(attempts=2, retry_minutes=(10,)))


def month(clock: ManualClock) -> datetime:
    return clock.now() + timedelta(days=30)


async def test_a_block_holds_until_it_expires_with_reason_and_who_on_record(
    blocks: BlockList, clock: ManualClock, database: Database
) -> None:
    entry = await blocks.block("+8613800138000", reason="多次辱骂话务员", until=month(clock), actor=BOSS)
    assert (entry.number, entry.holds, entry.blocked_by) == (NUMBER, True, "boss")
    async with database.reading() as session:
        (change,) = await repository.changes(session, entry.block_id)
    assert (change.what, change.by, change.reason.reveal()) == ("block", "boss", "多次辱骂话务员")
    clock.advance(timedelta(days=31))
    assert await blocks.list() == []
    (past,) = await blocks.list(with_past=True)
    assert not past.holds


async def test_a_number_has_one_entry_that_holds_and_unblocking_needs_a_reason(
    blocks: BlockList, clock: ManualClock
) -> None:
    await blocks.block("13800138000", reason="骚扰来电", until=month(clock), actor=BOSS)
    again = await blocks.block("013800138000", reason="再次骚扰", until=month(clock), actor=BOSS)
    assert [one.block_id for one in await blocks.list()] == [again.block_id]
    with pytest.raises(InvalidInput, match="reason"):
        await blocks.unblock("13800138000", reason=" ", actor=BOSS)
    lifted = await blocks.unblock("+8613800138000", reason="核实后误判", actor=BOSS)
    assert (lifted.holds, lifted.lifted_by) == (False, "boss")
    with pytest.raises(NotFound):
        await blocks.unblock("13800138000", reason="核实后误判", actor=BOSS)


@pytest.mark.parametrize("number", ["110", "119", "120", "122", "+86110", "12345", "8001", "", "+4915112345678"])
async def test_emergency_hotline_and_short_numbers_are_never_blocked(
    blocks: BlockList, clock: ManualClock, number: str
) -> None:
    with pytest.raises(InvalidInput, match="number"):
        await blocks.block(number, reason="测试", until=month(clock), actor=BOSS)


@pytest.mark.parametrize("days", [0, -1, 181])
async def test_a_block_without_a_sensible_end_is_refused(blocks: BlockList, clock: ManualClock, days: int) -> None:
    with pytest.raises(InvalidInput, match="until"):
        await blocks.block("13800138000", reason="骚扰", until=clock.now() + timedelta(days=days), actor=BOSS)


async def test_refused_calls_are_counted_and_no_number_stands_in_clear_in_the_database(
    blocks: BlockList, clock: ManualClock, database: Database
) -> None:
    await blocks.block("13800138000", reason="骚扰", until=month(clock), actor=BOSS)
    await blocks.note_refused(Personal("+8613800138000"))
    await blocks.note_refused(Personal("13900139000"))
    (entry,) = await blocks.list()
    assert entry.refused == 1
    async with database.reading() as session:
        rows = (await session.execute(text("SELECT number, number_hash FROM caller_blocks"))).all()
    assert all("13800138000" not in str(bytes(number)) + hashed for number, hashed in rows)


async def test_the_board_for_the_switch_holds_what_holds_and_its_mark_comes_last(
    blocks: BlockList, clock: ManualClock
) -> None:
    entry = await blocks.block("13800138000", reason="骚扰", until=month(clock), actor=BOSS)
    plan = shipped_plan()
    found = entries(plan, await blocks.list(), "m1", {})
    assert found["BLOCK_13800138000"] == f"m1:{int(entry.expires_at.timestamp())}"
    assert found["QUEUE_12345"] == "m1:general"
    assert found["EMERGENCY"] == "110-119-120-122"
    assert list(found)[-1] == "BOARD"
    position, comfort, after, words, opening = found["RULES_general"].split(":")
    assert (int(position), int(comfort), int(after)) == (60, 30, 60)
    assert words
    assert opening == ""
    assert found["RULES_leader"].split(":")[2] == "never"
    storm = entries(plan.model_copy(update={"surge": "typhoon"}), [], "m1", {})
    assert storm["RULES_general"].endswith(":surge-typhoon")
    assert "BLOCK_13800138000" not in storm


def test_the_directory_of_hotlines_leads_its_numbers_where_the_plan_says_nothing() -> None:
    plan = shipped_plan()
    board = entries(plan, [], "m1", {"12328": "leader", "12345": "leader", "12350": "no-such-queue"})
    assert board["QUEUE_12328"] == "m1:leader"
    assert board["QUEUE_12345"] == "m1:general", "the plan's own word prevails"
    assert "QUEUE_12350" not in board, "the plan's default queue takes it"


async def ask(callbacks: Callbacks, clock: ManualClock, call_id: str = "") -> CallbackView:
    entered = clock.now() - timedelta(minutes=3)
    view = await callbacks.ask(call_id or new_id(), NUMBER, queue="general", dialled="12345", entered_at=entered)
    assert view is not None
    return view


async def test_a_wish_keeps_the_place_and_is_kept_once(callbacks: Callbacks, clock: ManualClock) -> None:
    call_id = new_id()
    first, again = await ask(callbacks, clock, call_id), await ask(callbacks, clock, call_id)
    assert first == again
    assert first.entered_at == clock.now() - timedelta(minutes=3)
    assert (first.kind, first.queue, first.state) == (CallbackKind.ASKED, "general", CallbackState.WAITING)
    assert await callbacks.ask(new_id(), Personal("110"), queue="q", dialled="", entered_at=clock.now()) is None


async def test_a_vain_attempt_is_tried_again_by_rule_and_then_given_up(
    callbacks: Callbacks, clock: ManualClock
) -> None:
    view = await ask(callbacks, clock)
    await callbacks.taken(view.next_call_id, "8001")
    await callbacks.failed(view.next_call_id, CallOutcome.NO_ANSWER)
    await callbacks.failed(view.next_call_id, CallOutcome.BUSY)
    (second,) = await callbacks.open()
    assert (second.attempts, second.not_before) == (1, clock.now() + timedelta(minutes=10))
    assert second.next_call_id != view.next_call_id
    assert second.entered_at == view.entered_at
    await callbacks.taken(second.next_call_id, "8002")
    await callbacks.failed(second.next_call_id, CallOutcome.BUSY)
    assert await callbacks.open() == []
    (given_up,) = await callbacks.list()
    assert given_up.state is CallbackState.GIVEN_UP
    assert [(call.part, call.endpoint, call.outcome) for call in given_up.calls] == [
        ("asked", "", None),
        ("attempt", "8001", "no_answer"),
        ("attempt", "8002", "busy"),
    ]


async def test_an_agent_who_leaves_costs_the_citizen_no_attempt(callbacks: Callbacks, clock: ManualClock) -> None:
    view = await ask(callbacks, clock)
    for _ in range(5):
        (now_open,) = await callbacks.open()
        await callbacks.taken(now_open.next_call_id, "8001")
        await callbacks.failed(now_open.next_call_id, CallOutcome.AGENT_LEFT)
    (still,) = await callbacks.open()
    assert (still.callback_id, still.attempts, still.entered_at) == (view.callback_id, 0, view.entered_at)


async def test_a_citizen_who_was_reached_is_done(callbacks: Callbacks, clock: ManualClock) -> None:
    view = await ask(callbacks, clock)
    await callbacks.taken(view.next_call_id, "8001")
    await callbacks.reached(view.next_call_id)
    await callbacks.answered(view.next_call_id, NUMBER)
    (done,) = await callbacks.list()
    assert (done.state, done.closed_at) == (CallbackState.REACHED, clock.now())


async def miss(callbacks: Callbacks, clock: ManualClock, seconds: float = 40, call_id: str = "") -> CallbackView | None:
    entered = clock.now() - timedelta(seconds=seconds)
    return await callbacks.miss(call_id or new_id(), NUMBER, dialled="12345", entered_at=entered, ended_at=clock.now())


async def test_missed_calls_of_one_number_are_one_callback_closed_when_it_rings_again(
    callbacks: Callbacks, clock: ManualClock
) -> None:
    first = await miss(callbacks, clock)
    clock.advance(timedelta(minutes=1))
    second = await miss(callbacks, clock)
    assert first is not None
    assert second is not None
    assert first.callback_id == second.callback_id
    assert (second.kind, second.queue, len(second.calls)) == (CallbackKind.MISSED, "callbacks", 2)
    await callbacks.answered(new_id(), Personal("+8613800138000"))
    assert await callbacks.open() == []
    (done,) = await callbacks.list()
    assert done.state is CallbackState.RANG_AGAIN


async def test_nothing_is_owed_for_a_slip_of_the_finger_an_anonymous_call_or_our_own_attempt(
    callbacks: Callbacks, clock: ManualClock
) -> None:
    assert await miss(callbacks, clock, seconds=2) is None
    assert (
        await callbacks.miss(
            new_id(), None, dialled="12345", entered_at=clock.now() - timedelta(minutes=1), ended_at=clock.now()
        )
        is None
    )
    view = await ask(callbacks, clock)
    await callbacks.taken(view.next_call_id, "8001")
    assert await miss(callbacks, clock, call_id=view.next_call_id) is None
    assert len(await callbacks.open()) == 1


async def test_a_missed_call_at_night_is_called_back_in_the_morning(callbacks: Callbacks, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=14))  # 23:00 in China
    view = await miss(callbacks, clock)
    assert view is not None
    assert view.not_before == clock.now() + timedelta(hours=9)  # 08:00, long after the pause


async def test_a_wish_takes_the_place_of_what_was_owed(callbacks: Callbacks, clock: ManualClock) -> None:
    owed = await miss(callbacks, clock)
    assert owed is not None
    wish = await ask(callbacks, clock)
    assert wish.callback_id != owed.callback_id
    assert [one.callback_id for one in await callbacks.open()] == [wish.callback_id]


async def test_what_is_too_old_is_given_up_and_a_person_may_cancel_with_a_reason(
    callbacks: Callbacks, clock: ManualClock
) -> None:
    view = await ask(callbacks, clock)
    cancelled = await callbacks.cancel(view.callback_id, reason="市民已现场办理", actor=BOSS)
    assert cancelled.state is CallbackState.CANCELLED
    with pytest.raises(TransitionRefused):
        await callbacks.cancel(view.callback_id, reason="重复操作", actor=BOSS)
    with pytest.raises(NotFound):
        await callbacks.cancel(new_id(), reason="无此任务", actor=BOSS)
    await ask(callbacks, clock)
    clock.advance(timedelta(days=4))
    assert await callbacks.open() == []
