"""Filters under a name: one's own, replaced by name, shared by shift leaders only."""

from dataclasses import replace

import pytest

from core.errors import Forbidden, InvalidInput, NotFound
from tests.tickets.conftest import AGENT, LEADER, Desk
from tickets.lists.filters import ListFilter

HARD = ListFilter(hard=True)
SIGNED = ListFilter(states=("signed",))


async def test_a_view_is_ones_own_until_a_shift_leader_shares_it(desk: Desk) -> None:
    await desk.tickets.save_view(AGENT, "疑难", HARD)
    assert await desk.tickets.saved_views(LEADER) == ()
    with pytest.raises(Forbidden):
        await desk.tickets.save_view(AGENT, "疑难", HARD, shared=True)
    shared = await desk.tickets.save_view(LEADER, "办理中", SIGNED, shared=True)
    seen = await desk.tickets.saved_views(AGENT)
    assert {(view.name, view.own, view.wanted) for view in seen} == {("疑难", True, HARD), ("办理中", False, SIGNED)}
    assert await desk.tickets.saved_views(desk.unit) == ()
    with pytest.raises(NotFound):
        await desk.tickets.forget_view(AGENT, shared.id)
    await desk.tickets.forget_view(LEADER, shared.id)
    assert [view.name for view in await desk.tickets.saved_views(AGENT)] == ["疑难"]


async def test_the_same_name_replaces_ones_own_view_and_nobody_elses(desk: Desk) -> None:
    other = replace(AGENT, account_id="agent-2")
    first = await desk.tickets.save_view(AGENT, " 我的 ", HARD)
    await desk.tickets.save_view(other, "我的", HARD)
    again = await desk.tickets.save_view(AGENT, "我的", SIGNED)
    assert again.id == first.id
    (mine,) = await desk.tickets.saved_views(AGENT)
    (others,) = await desk.tickets.saved_views(other)
    assert (mine.wanted, others.wanted) == (SIGNED, HARD)


async def test_views_have_an_end(desk: Desk) -> None:
    for number in range(50):
        await desk.tickets.save_view(AGENT, f"视图{number}", HARD)
    with pytest.raises(InvalidInput):
        await desk.tickets.save_view(AGENT, "再一个", HARD)
    await desk.tickets.save_view(AGENT, "视图7", SIGNED)
    with pytest.raises(InvalidInput):
        await desk.tickets.save_view(AGENT, "  ", HARD)


async def test_a_shared_view_finds_for_each_what_each_may_see(desk: Desk) -> None:
    await desk.draft(confidential=True)
    plain = await desk.draft()
    view = await desk.tickets.save_view(LEADER, "草稿", ListFilter(states=("draft",)), shared=True)
    (seen,) = await desk.tickets.saved_views(AGENT)
    assert len((await desk.tickets.entries(LEADER, view.wanted)).items) == 2
    assert [one.id for one in (await desk.tickets.entries(AGENT, seen.wanted)).items] == [plain]
