"""Broker, Valkey or Asterisk is killed in the middle of calls."""

import asyncio

import pytest

from telephony.phones.sip_call import CallState
from tests.hotline.desk import Desk
from tests.hotline.system import AGENT_TONE, CALLER_TONE, System, seconds_of_tone, until

pytestmark = pytest.mark.calls


@pytest.mark.parametrize("server", ["mosquitto", "valkey"])
async def test_a_killed_server_leaves_the_call_alone_and_new_calls_are_served(
    system: System, desk: Desk, server: str
) -> None:
    await desk.ready("8001", "8002")
    talk = await desk.talk("8001")
    await desk.wait_state("8001", "talking")
    for side in (talk.caller.call, talk.agent):
        side.media.longest_gap = 0.0
    await system.kill_child(server)
    second = await desk.talk("8002")  # also while it is away
    await system.wait_ready()
    assert talk.caller.call.media.longest_gap < 0.5
    await talk.hear_each_other()
    await desk.wait_state("8001", "talking")
    await desk.wait_state("8002", "talking")
    await talk.agent.hang_up()
    await second.agent.hang_up()
    await desk.wait_state("8001", "ready")
    await desk.wait_state("8002", "ready")
    await desk.finished(talk)
    await desk.finished(second)


async def test_agents_are_known_again_when_valkey_and_engine_die_together(system: System, desk: Desk) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    engine = system.child("--role", "engine")
    assert engine is not None
    await system.kill_child("valkey")
    engine.kill()
    await system.wait_ready()
    await talk.hear_each_other()
    await talk.agent.hang_up()
    await desk.finished(talk)
    # what was only in Valkey is gone: the agent says again that he is ready, and is served
    await desk.ready("8001")
    second = await desk.talk("8001")
    await second.agent.hang_up()
    await desk.finished(second)


async def test_when_asterisk_is_killed_calls_end_in_order_and_what_was_said_is_kept(system: System, desk: Desk) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await asyncio.sleep(2.0)  # speech that must be in the recording
    waiting = await desk.dial()
    await desk.wait_call(waiting, "waiting")
    before = system.switch.pid
    await system.switch.kill()

    async def back() -> bool:
        return system.switch.pid not in {None, before}

    await until(back, "Asterisk started again", within=20.0)
    await system.wait_ready()
    ended = await desk.wait_call(talk.caller, "ended")
    assert (await desk.wait_call(waiting, "ended"))["joined_at"] is None
    left, right = await desk.sound(ended["call_id"])
    assert seconds_of_tone(left, CALLER_TONE) > 1.5
    assert seconds_of_tone(right, AGENT_TONE) > 1.5
    assert len(await desk.tickets_of(ended["call_id"])) == 1
    state, _ = await desk.state_of("8001")
    assert state not in {"talking", "offered"}

    for call in (talk.caller.call, talk.agent, waiting.call):
        await call.change(CallState.ENDED)  # the phones notice that nobody is there any more
    await desk.phones["8001"].register()
    await desk.ready("8001")
    await desk.wait_state("8001", "ready")
    again = await desk.talk("8001")
    await again.agent.hang_up()
    await desk.finished(again)
