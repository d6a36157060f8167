"""From the plan to the ear: a queue that is closed tells its caller so and lets him go, or leads him to a partner."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from hotline.roles.telling import PLAN_TAKEN_TOPIC
from telephony.phones.sip_call import CallState
from telephony.phones.sound import tone
from tests.asterisk.hearing import wait_heard
from tests.hotline.desk import Desk
from tests.hotline.system import AGENT_TONE, CALLER_TONE

pytestmark = pytest.mark.calls

_PATIENCE = 40.0
_A_MINUTE_A_DAY = """
[[queues.hours]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = "00:00"
to = "00:01"
"""

_PARTNER = """
[[partners]]
name = "night"
label = "夜间值班"
number = "8002"
"""

Activate = Callable[[str], Awaitable[None]]


def plan(closed: str, partners: str = "") -> str:
    """A plan whose one queue is open for a minute after midnight."""
    return f"""
[[queues]]
name = "general"
label = "综合"
dialled = ["12345"]
{_A_MINUTE_A_DAY}
[queues.closed]
{closed}
{partners}
"""


@pytest.fixture
async def activate(desk: Desk, tmp_path: Path) -> AsyncIterator[Activate]:
    """Put a plan in force as an operator does, and see the engine take it; afterwards the shipped one holds again."""

    async def hotline(*words: str) -> str:
        return await asyncio.to_thread(desk.system.stage.hotline, "plan", *words)

    async def act(text: str) -> None:
        file = tmp_path / "plan.toml"
        file.write_text(text, "utf-8")
        assert "可以启用" in await hotline("check", str(file))
        told = re.search(r"第 (\d+) 版", await hotline("activate", str(file)))
        assert told is not None

        def taken(topic: str, payload: dict[str, object]) -> bool:
            return topic == PLAN_TAKEN_TOPIC and payload["version"] == int(told[1])

        await desk.watch.wait("the engine takes the plan", taken, within=_PATIENCE)

    yield act
    await hotline("activate", "0")


async def test_a_caller_of_a_closed_queue_is_told_so_and_his_call_ends(desk: Desk, activate: Activate) -> None:
    await desk.ready("8001")
    await activate(plan('action = "end"'))
    caller = await desk.dial()
    await wait_heard(caller.call.media, "closed", within=_PATIENCE)
    await caller.call.wait_state(CallState.ENDED, within=_PATIENCE)
    call = await desk.wait_call(caller, "ended", within=_PATIENCE)
    assert call["joined_at"] is None
    await desk.no_ring("8001", seconds=1.0)


async def test_a_caller_of_a_closed_queue_talks_with_the_partner_whom_the_plan_names(
    desk: Desk, activate: Activate
) -> None:
    await activate(plan('action = "partner"\ntarget = "night"', _PARTNER))
    caller = await desk.dial()
    partner = await desk.ringing("8002", within=_PATIENCE)
    await partner.answer()
    partner.media.play(tone(AGENT_TONE, 60))
    caller.call.media.play(tone(CALLER_TONE, 60))
    await caller.call.media.wait_tone(AGENT_TONE, within=_PATIENCE)
    await partner.media.wait_tone(CALLER_TONE, within=_PATIENCE)
    await partner.hang_up()
    await caller.call.wait_state(CallState.ENDED, within=_PATIENCE)
    await desk.wait_call(caller, "ended", within=_PATIENCE)


async def test_a_caller_whom_the_partner_does_not_take_waits_on_and_an_agent_gets_him(
    desk: Desk, activate: Activate
) -> None:
    await activate(plan('action = "partner"\ntarget = "night"', _PARTNER))
    caller = await desk.dial()
    partner = await desk.ringing("8002", within=_PATIENCE)
    await partner.reject(486)
    await desk.ready("8001")
    talk = await desk.answer(caller, "8001", within=_PATIENCE)
    await talk.hear_each_other()
    await talk.caller.call.hang_up()
    await desk.finished(talk, within=_PATIENCE)
