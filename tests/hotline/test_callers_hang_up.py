"""A caller hangs up in every state: the call ends in a defined state, nothing is left hanging."""

import pytest

from hotline.demo.watch import call_event
from telephony.phones.sip_call import CallState
from tests.hotline.desk import Desk
from tests.hotline.system import until

pytestmark = pytest.mark.calls


def _agent_states(desk: Desk, number: str) -> list[str]:
    topic = f"hotline/agents/{desk.system.seats[number].agent_id}/state"
    return [message.payload["state"] for message in desk.watch.messages if message.topic == topic]


async def test_a_caller_who_hangs_up_while_waiting_leaves_an_abandoned_call(desk: Desk) -> None:
    caller = await desk.dial()
    call = await desk.wait_call(caller, "waiting")
    await caller.call.hang_up()
    call = await desk.wait_call(caller, "ended")
    assert call["joined_at"] is None
    left = await desk.watch.wait("left", call_event("left_queue", call["call_id"]))
    assert left["reason"] == "abandoned"
    assert await desk.tickets_of(call["call_id"]) == []


async def test_a_caller_who_hangs_up_while_the_phone_rings_stops_it_and_the_agent_is_ready_again(desk: Desk) -> None:
    await desk.ready("8001")
    caller = await desk.dial()
    offered = await desk.ringing("8001")
    await desk.wait_state("8001", "offered")
    await caller.call.hang_up()
    await offered.wait_state(CallState.ENDED, within=3.0)
    assert offered.final_status == 487
    await desk.wait_state("8001", "ready", within=3.0)
    assert "paused" not in _agent_states(desk, "8001")[-3:]
    call = await desk.wait_call(caller, "ended")
    assert call["joined_at"] is None
    left = await desk.watch.wait("left", call_event("left_queue", call["call_id"]))
    assert left["reason"] == "abandoned"
    # and he is offered the next call as if nothing had been
    talk = await desk.talk("8001")
    await talk.agent.hang_up()


async def test_a_caller_who_hangs_up_in_the_talk_leaves_wrap_up_recording_and_draft(desk: Desk) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await desk.wait_state("8001", "talking")
    await talk.caller.call.hang_up()
    await talk.agent.wait_state(CallState.ENDED, within=5.0)
    await desk.wait_state("8001", "ready", within=10.0)
    assert _agent_states(desk, "8001")[-3:] == ["talking", "wrap_up", "ready"]
    await desk.finished(talk)


async def test_an_agent_who_hangs_up_gives_the_caller_a_farewell_and_ends_the_call(desk: Desk) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await talk.agent.hang_up()

    async def farewell() -> bool:
        return talk.caller.hears_music(0.5)

    await until(farewell, "thanks heard", within=5.0)
    await talk.caller.call.wait_state(CallState.ENDED, within=15.0)
    await desk.finished(talk)
