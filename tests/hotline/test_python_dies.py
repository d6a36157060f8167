"""The whole Python side is killed: callers reach agents, talks go on, and afterwards everything is there, once."""

import asyncio

import pytest

from telephony.phones.sip_call import CallState
from telephony.phones.sound import tone
from tests.hotline.desk import Desk
from tests.hotline.system import AGENT_TONE, CALLER_TONE, System, longest_break, seconds_of_tone

pytestmark = pytest.mark.calls

_OUTAGE_SECONDS = 3.0


async def test_a_waiting_caller_reaches_an_agent_through_asterisks_own_queue(system: System, desk: Desk) -> None:
    await desk.ready("8001")
    await desk.agents["8001"].post("/agents/me/state", {"state": "paused", "reason": "rest"})
    caller = await desk.dial()
    await desk.wait_call(caller, "waiting")
    await asyncio.to_thread(system.kill_python)
    # no heart beats: the switch rings both phones by itself
    talk = await desk.answer(caller, "8001", within=20.0)
    other = await desk.phones["8002"].next_call()
    await other.wait_state(CallState.ENDED, within=3.0)
    await talk.hear_each_other()
    await talk.agent.hang_up()
    await caller.call.wait_state(CallState.ENDED, within=15.0)

    await system.stage.serve()
    call = await desk.finished(talk, within=30.0)
    assert call["fell_back_at"] is not None
    assert call["joined_at"] is not None
    assert {leg["party"] for leg in call["legs"]} == {"caller", "agent"}
    assert all(leg["recorded"] and leg["ended_at"] for leg in call["legs"])
    # exactly once, also after another look at everything
    await asyncio.to_thread(system.stop)
    await system.stage.serve()
    assert len(await desk.tickets_of(call["call_id"])) == 1
    assert (await desk.call_of(caller) or {})["state"] == "ended"


async def test_a_talk_goes_on_through_the_outage_and_its_recording_has_no_gap(system: System, desk: Desk) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await desk.wait_state("8001", "talking")
    for side in (talk.caller.call, talk.agent):
        side.media.longest_gap = 0.0
    await asyncio.to_thread(system.kill_python)
    await asyncio.sleep(_OUTAGE_SECONDS)
    for side, hertz in ((talk.caller.call, AGENT_TONE), (talk.agent, CALLER_TONE)):
        heard = side.media.heard_lately(_OUTAGE_SECONDS - 0.5)
        assert seconds_of_tone(heard, hertz) >= _OUTAGE_SECONDS - 1

    await system.stage.serve()
    await desk.wait_state("8001", "talking")
    waiting = await desk.dial()
    await desk.wait_call(waiting, "waiting")
    await desk.no_ring("8001", seconds=2.0)
    await talk.hear_each_other()
    await talk.caller.call.hang_up()
    call = await desk.finished(talk)
    left, right = await desk.sound(call["call_id"])
    talked = len(left) / 8000
    assert talked > _OUTAGE_SECONDS + 4
    for track, hertz in ((left, CALLER_TONE), (right, AGENT_TONE)):
        assert seconds_of_tone(track, hertz) > talked - 1
        assert longest_break(track, hertz) <= 0.3, "the recording has a gap"
    assert seconds_of_tone(left, AGENT_TONE) == 0
    # the one who waited is served next
    second = await desk.answer(waiting, "8001")
    await second.agent.hang_up()
    await desk.finished(second)


async def test_a_phone_that_rang_when_python_died_can_still_be_answered(system: System, desk: Desk) -> None:
    await desk.ready("8001")
    caller = await desk.dial()
    ringing = await desk.ringing("8001")
    await asyncio.to_thread(system.kill_python)
    await ringing.answer()
    ringing.media.play(tone(AGENT_TONE, 60))
    caller.call.media.play(tone(CALLER_TONE, 60))
    await caller.call.media.wait_tone(AGENT_TONE, within=5.0)
    await system.stage.serve()
    await desk.wait_state("8001", "talking")
    await ringing.media.wait_tone(CALLER_TONE, within=3.0)
    await ringing.hang_up()
    call = await desk.wait_call(caller, "ended")
    left, right = await desk.sound(call["call_id"])
    assert seconds_of_tone(left, CALLER_TONE) > 1
    assert seconds_of_tone(right, AGENT_TONE) > 1
    assert len(await desk.tickets_of(call["call_id"])) == 1
    await desk.wait_state("8001", "ready")
