"""Each role is killed with one call waiting and one talking: it is started again, nothing is lost or doubled."""

import asyncio
import time
from typing import Any

import pytest

from telephony.phones.sip_call import CallState
from tests.hotline.desk import Desk
from tests.hotline.system import System, until

pytestmark = pytest.mark.calls


@pytest.mark.parametrize("role", ["switch", "clock", "api", "speech"])
async def test_a_killed_role_comes_back_and_both_calls_are_whole(system: System, desk: Desk, role: str) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    waiting = await desk.dial()
    await desk.wait_call(waiting, "waiting")
    await system.kill_child("--role", role)
    await talk.caller.call.hang_up()  # while the role is away
    second = await desk.answer(waiting, "8001", within=15.0)
    await system.wait_ready()
    await desk.finished(talk, within=30.0)
    await second.agent.hang_up()
    await waiting.call.wait_state(CallState.ENDED, within=15.0)
    await desk.finished(second)


async def test_after_the_engine_was_killed_the_waiting_caller_is_offered_within_seconds(
    system: System, desk: Desk
) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await desk.wait_state("8001", "talking")
    waiting = await desk.dial()
    await desk.wait_call(waiting, "waiting")
    await desk.ready("8002")
    first = await desk.ringing("8002")
    await system.kill_child("--role", "engine")
    died = time.monotonic()
    # the phone that rang goes on ringing: the new engine takes the offer over
    await first.answer()
    await desk.wait_state("8002", "talking", within=15.0)
    assert (await desk.state_of("8001"))[0] == "talking"
    third = await desk.dial()
    await talk.agent.hang_up()
    offered = await desk.ringing("8001", within=10.0)
    assert time.monotonic() - died < 20.0
    await offered.hang_up()
    await third.call.hang_up()
    call = await desk.wait_call(waiting, "talking")
    assert call["fell_back_at"] is None
    await desk.finished(talk)


async def test_after_the_engine_was_killed_agents_are_as_they_were(system: System, desk: Desk) -> None:
    await desk.ready("8001", "8002")
    await desk.agents["8002"].post("/agents/me/state", {"state": "paused", "reason": "rest"})
    await desk.wait_state("8002", "paused")
    caller = await desk.dial()
    await (await desk.ringing("8001")).reject(603)
    await system.kill_child("--role", "engine")
    talk = await desk.answer(caller, "8001", within=10.0)
    assert await desk.state_of("8002") == ("paused", "rest")
    await talk.agent.hang_up()
    call = await desk.finished(talk)
    assert call["fell_back_at"] is None


async def test_a_role_that_ends_at_once_is_not_started_in_a_hurry(system: System, desk: Desk) -> None:
    start = system.log_length()
    for _ in range(2):
        await system.kill_child("--role", "speech")
    told = system.log_from(start)
    pauses = [part.split("}")[0].split(",")[0] for part in told.split('"again_in_seconds": ')[1:]]
    assert [float(one) for one in pauses][-1] > float(pauses[0])
    await until(lambda: _ready(system), "ready", within=30.0)


async def test_readiness_tells_that_nobody_records_while_that_role_is_away(system: System) -> None:
    recorder = system.child("--role", "switch")
    assert recorder is not None
    system.supervisor().suspend()  # it would start the killed one again
    try:
        recorder.kill()
        told = await until(lambda: _complaint(system, "recorder"), "the absent recorder is told")
        assert told["remedy"]
    finally:
        system.supervisor().resume()
    await system.wait_ready(within=40.0)


async def _complaint(system: System, part: str) -> dict[str, Any] | None:
    state = (await system.readiness()).get("parts", {}).get(part)
    return None if state is None or state["ok"] else state


async def _ready(system: System) -> bool:
    await asyncio.sleep(0)
    return (await system.readiness()).get("status") == "ready"
