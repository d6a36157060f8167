"""Agents' phones that do not take the call: it goes to another agent, the caller hears music, the reason is kept."""

from typing import Any

import pytest

from telephony.phones.scripted import Script
from telephony.phones.sip_call import CallState
from tests.hotline.desk import Caller, Desk
from tests.hotline.system import until

pytestmark = pytest.mark.calls


async def _outcomes(desk: Desk, caller: Caller) -> list[tuple[str, str | None]]:
    call = await desk.call_of(caller)
    assert call is not None
    names = {seat.agent_id: number for number, seat in desk.system.seats.items()}
    decisions: list[dict[str, Any]] = await desk.leader.get(f"/calls/{call['call_id']}/decisions")
    return [(names[one["agent_id"]], one["outcome"]) for one in decisions]


async def _music(caller: Caller) -> None:
    async def heard() -> bool:
        return caller.hears_music()

    await until(heard, "music after the failed offer", within=5.0)


@pytest.mark.parametrize(
    ("script", "outcome"),
    [(Script(reject_with=486), "busy"), (Script(reject_with=603), "rejected"), (Script(), "no_answer")],
    ids=["busy", "rejects", "does not answer"],
)
async def test_a_phone_that_is_not_answered_passes_the_call_on(desk: Desk, script: Script, outcome: str) -> None:
    desk.phones["8001"].script = script
    await desk.ready("8001")
    caller = await desk.dial()
    first = await desk.ringing("8001")
    await first.wait_state(CallState.ENDED, within=8.0)
    await _music(caller)
    await desk.ready("8002")
    talk = await desk.answer(caller, "8002")

    async def known() -> bool:
        return (await _outcomes(desk, caller))[-1] == ("8002", "joined")

    await until(known, "decisions kept")
    told = await _outcomes(desk, caller)
    assert told[0] == ("8001", outcome)
    await talk.agent.hang_up()
    await desk.finished(talk)


async def test_an_unregistered_phone_gets_no_calls_and_its_agent_is_told_so(desk: Desk) -> None:
    await desk.ready("8001", "8002")
    await desk.phones["8001"].unregister()
    assert await desk.wait_state("8001", "offline") == "phone_unregistered"
    talk = await desk.talk("8002")
    assert await _outcomes(desk, talk.caller) == [("8002", "joined")]
    await desk.phones["8001"].register()
    await desk.wait_state("8001", "ready")
    await talk.agent.hang_up()


async def test_an_agent_who_misses_two_offers_is_paused_and_the_caller_waits_on(desk: Desk) -> None:
    desk.phones["8001"].script = Script(reject_with=486)
    await desk.ready("8001")
    caller = await desk.dial()
    await desk.ringing("8001")
    await desk.ringing("8001")
    assert await desk.wait_state("8001", "paused") == "missed_offers"
    await _music(caller)
    desk.phones["8001"].script = Script()
    await desk.ready("8001")
    talk = await desk.answer(caller, "8001")
    await talk.caller.call.hang_up()
    await desk.finished(talk)
