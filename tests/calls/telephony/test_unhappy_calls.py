"""Callers who leave, phones that do not answer, and everything that dies, on the real switch."""

import asyncio
from typing import Any

import pytest

from core.errors import PartUnavailable
from core.personal import Personal
from telephony.ami import AmiLink
from telephony.events import (
    CallArrived,
    CallEnded,
    CallFellBack,
    HangupReason,
    LegEnded,
    LegJoined,
    LegRinging,
    SwitchLost,
    SwitchSnapshot,
)
from telephony.phones.scripted import Script
from telephony.phones.sip_call import CallState
from telephony.states import CallState as RowState

pytestmark = pytest.mark.calls

CALLER_TONE, AGENT_TONE = 440, 700


async def test_a_wrong_ami_password_is_told_with_a_remedy(clean_switch: Any) -> None:
    with pytest.raises(PartUnavailable) as told:
        await AmiLink("127.0.0.1", clean_switch.settings.asterisk.ami_port, "engine", "wrong").start()
    assert "Authentication failed" in told.value.problem
    assert "secrets.toml" in told.value.remedy


async def test_a_caller_who_cancels_while_being_answered_leaves_nothing(desk: Any) -> None:
    call = await (await desk.citizen()).dial("12345")
    await call.hang_up()
    await call.wait_state(CallState.ENDED)
    arrivals = {fact.call_id for fact in desk.facts if isinstance(fact, CallArrived)}
    for call_id in arrivals:
        await desk.until(CallEnded, lambda fact, wanted=call_id: fact.call_id == wanted)
    assert await desk.switch.wait_until_empty() == []


async def test_a_caller_who_gives_up_waiting_is_an_abandoned_call(desk: Any) -> None:
    citizen, arrived = await desk.arrive()
    await citizen.hang_up()
    ended = await desk.until(CallEnded)
    assert not ended.talked
    message = await desk.told(arrived.call_id)
    assert (message.talked, message.legs) == (False, ())
    assert (await desk.recorder.call(arrived.call_id)).joined_at is None


async def test_a_caller_who_leaves_while_the_phone_rings_is_seen_and_the_ringing_can_be_stopped(desk: Any) -> None:
    agent = await desk.agent("8001")
    citizen, arrived = await desk.arrive()
    leg_id = await desk.ring(arrived, "8001")
    ringing = await agent.next_call()
    await desk.until(LegRinging)
    await citizen.hang_up()
    await desk.until(LegEnded, lambda fact: fact.leg_id == arrived.leg_id)
    assert await desk.control.cancel(leg_id)
    ended = await desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)
    assert (ended.reason, ended.answered) == (HangupReason.CANCELLED, False)
    await ringing.wait_state(CallState.ENDED)
    assert not await desk.control.cancel(leg_id)
    await desk.until(CallEnded)
    assert (await desk.told(arrived.call_id)).legs == ()


async def test_an_agent_who_answers_after_the_caller_left_is_hung_up_by_the_dialplan(desk: Any) -> None:
    agent = await desk.agent("8001")
    citizen, arrived = await desk.arrive()
    leg_id = await desk.ring(arrived, "8001")
    ringing = await agent.next_call()
    await citizen.hang_up()
    await desk.until(LegEnded, lambda fact: fact.leg_id == arrived.leg_id)
    await ringing.answer()
    await ringing.wait_state(CallState.ENDED)
    await desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)
    message = await desk.told(arrived.call_id)
    assert not message.talked


@pytest.mark.parametrize(
    ("status", "reason"),
    [(486, HangupReason.BUSY), (603, HangupReason.REJECTED), (480, HangupReason.NO_ANSWER)],
)
async def test_a_phone_that_refuses_is_told_with_its_reason_and_the_caller_waits_on(
    desk: Any, status: int, reason: HangupReason
) -> None:
    await desk.agent("8001", Script(reject_with=status))
    citizen, arrived = await desk.arrive()
    leg_id = await desk.ring(arrived, "8001")
    ended = await desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)
    assert (ended.reason, ended.endpoint) == (reason, "8001")
    await _answered_by_another(desk, citizen, arrived)


async def test_an_unregistered_phone_is_told_at_once(desk: Any) -> None:
    citizen, arrived = await desk.arrive()
    leg_id = await desk.ring(arrived, "8006")
    ended = await desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)  # long before the ringing's end
    assert (ended.reason, ended.endpoint) == (HangupReason.UNREGISTERED, "8006")
    await _answered_by_another(desk, citizen, arrived)


async def test_a_phone_that_nobody_answers_is_given_up_in_time(desk: Any) -> None:
    agent = await desk.agent("8001")
    citizen, arrived = await desk.arrive()
    leg_id = await desk.ring(arrived, "8001", seconds=1.0)
    ringing = await agent.next_call()
    ended = await desk.until(LegEnded, lambda fact: fact.leg_id == leg_id, within=3.0)
    assert ended.reason is HangupReason.NO_ANSWER
    await ringing.wait_state(CallState.ENDED)
    await _answered_by_another(desk, citizen, arrived)


async def _answered_by_another(desk: Any, citizen: Any, arrived: Any) -> None:
    """The caller still waits: another agent can take him."""
    agent = await desk.agent("8002")
    leg_id = await desk.ring(arrived, "8002")
    answering = await agent.next_call()
    await answering.answer()
    await desk.talk(citizen, answering)
    await citizen.hang_up()
    message = await desk.told(arrived.call_id)
    assert {leg.leg_id for leg in message.legs} == {arrived.leg_id, leg_id}


async def test_two_agents_who_answer_at_once_do_not_steal_the_caller(desk: Any) -> None:
    phones = [await desk.agent(number) for number in ("8001", "8002")]
    citizen, arrived = await desk.arrive()
    for number in ("8001", "8002"):
        await desk.ring(arrived, number)
    calls = [await phone.next_call() for phone in phones]
    await asyncio.gather(*(call.answer() for call in calls))
    async with asyncio.timeout(10):
        while sum(call.state is CallState.ENDED for call in calls) != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    (winner,) = (call for call in calls if call.state is CallState.ANSWERED)
    await desk.talk(citizen, winner)
    await citizen.hang_up()
    await desk.until(CallEnded)


async def test_the_engine_s_death_while_the_phone_rings_changes_nothing_for_the_two(
    desk: Any, tone_seconds: Any
) -> None:
    agent = await desk.agent("8001")
    citizen, arrived = await desk.arrive()
    leg_id = await desk.ring(arrived, "8001")
    ringing = await agent.next_call()
    await desk.die()
    await ringing.answer()
    await desk.talk(citizen, ringing)
    await ringing.hang_up()
    await citizen.wait_state(CallState.ENDED, within=15)
    await desk.switch.wait_until_empty()
    await desk.new_recorder().ingest_journal()
    message = await desk.told(arrived.call_id)
    assert {leg.leg_id for leg in message.legs} == {arrived.leg_id, leg_id}
    assert tone_seconds(desk.recording(arrived.leg_id), CALLER_TONE) > 0.3
    assert tone_seconds(desk.recording(leg_id), AGENT_TONE) > 0.3


async def test_with_all_python_dead_the_waiting_caller_reaches_an_agent_and_nothing_is_lost(
    desk: Any, tone_seconds: Any
) -> None:
    agent = await desk.agent("8001")
    citizen, arrived = await desk.arrive()
    await desk.die()
    ringing = await agent.next_call(within=20)
    await ringing.answer()
    await desk.talk(citizen, ringing)
    await ringing.hang_up()
    await citizen.wait_state(CallState.ENDED, within=15)
    await desk.switch.wait_until_empty()
    recorder = desk.new_recorder()
    await recorder.ingest_journal()
    view = await recorder.call(arrived.call_id)
    assert (view.state, view.caller) == (RowState.ENDED, Personal("13900000001"))
    assert view.fell_back_at is not None
    message = await desk.told(arrived.call_id)
    assert message.talked
    sounds = {leg.party: desk.recording(leg.leg_id) for leg in message.legs}
    assert tone_seconds(sounds["caller"], CALLER_TONE) > 0.3
    assert tone_seconds(sounds["agent"], AGENT_TONE) > 0.3


async def test_a_caller_in_the_fallback_is_left_alone_by_the_returning_python(desk: Any) -> None:
    citizen, arrived = await desk.arrive()
    await desk.die()
    await asyncio.sleep(desk.settings.asterisk.heartbeat_limit_seconds + 3)  # the beat grows old by the clock alone
    desk.facts.clear()
    await desk.start()
    snapshot = await desk.until(SwitchSnapshot)
    assert [(call.call_id, call.mode) for call in snapshot.calls] == [(arrived.call_id, "fallback")]
    await citizen.hang_up()
    await desk.until(CallEnded)


async def test_a_stopped_heart_is_told_as_a_fall_back_while_the_link_lives(desk: Any) -> None:
    desk._tasks[1].cancel()
    citizen, arrived = await desk.arrive()
    fell = await desk.until(CallFellBack, within=15)
    assert fell.call_id == arrived.call_id
    assert (await desk.recorder.call(arrived.call_id)).state is RowState.FALLBACK
    await citizen.hang_up()
    await desk.until(CallEnded)


async def test_a_link_cut_in_the_talk_comes_back_with_the_right_snapshot(desk: Any) -> None:
    citizen, answering, arrived, _ = await desk.join()
    desk.facts.clear()
    await desk.wire.cut()
    await desk.until(SwitchLost)
    await desk.talk(citizen, answering)
    await desk.wire.restore()
    snapshot = await desk.until(SwitchSnapshot)
    assert [(call.call_id, call.mode, len(call.legs)) for call in snapshot.calls] == [(arrived.call_id, "talking", 2)]
    await citizen.hang_up()
    await desk.until(CallEnded)
    assert (await desk.told(arrived.call_id)).talked


async def test_what_ended_while_the_link_was_cut_is_closed_by_the_snapshot(desk: Any) -> None:
    citizen, answering, arrived, leg_id = await desk.join()
    await desk.wire.cut()
    await desk.until(SwitchLost)
    await citizen.hang_up()
    await answering.wait_state(CallState.ENDED)
    await desk.switch.wait_until_empty()
    await desk.wire.restore()
    ended = {
        (await desk.until(LegEnded, lambda fact, leg=leg: fact.leg_id == leg)).leg_id
        for leg in (arrived.leg_id, leg_id)
    }
    assert ended == {arrived.leg_id, leg_id}
    await desk.until(CallEnded)
    message = await desk.told(arrived.call_id)
    assert (message.talked, len(message.legs)) == (True, 2)


async def test_a_killed_asterisk_closes_its_calls_once_it_is_back(desk: Any) -> None:
    citizen, answering, arrived, leg_id = await desk.join()
    await desk.until(LegJoined, lambda fact: fact.leg_id == leg_id)
    await desk.switch.instance.kill()
    await desk.until(SwitchLost)
    await desk.switch.instance.start()
    await desk.until(CallEnded, within=15)
    message = await desk.told(arrived.call_id)
    assert message.talked
    assert {leg.leg_id for leg in message.legs} == {arrived.leg_id, leg_id}
    assert all(leg.path.exists() for leg in message.legs)
    view = await desk.recorder.call(arrived.call_id)
    assert view.state is RowState.ENDED
    assert all(leg.ended_at is not None for leg in view.legs)
    for call in (citizen, answering):
        await call.change(CallState.ENDED)  # the switch is gone: nobody answers their BYE


@pytest.mark.parametrize(
    "number",
    ["139%0D%0AAction%3A%20Originate%0D%0A", "139%0D%0A%0D%0AEvent%3A%20UserEvent%0D%0AUserEvent%3A%20CallArrived"],
)
async def test_a_caller_id_cannot_become_ami(desk: Any, number: str) -> None:
    citizen = await desk.citizen(number)
    call = await citizen.dial("12345", display="x%0D%0AEvent: UserEvent")
    await call.wait_state(CallState.ANSWERED)
    arrived = await desk.until(CallArrived)
    assert arrived.caller is not None
    assert arrived.caller.reveal().isdigit()
    agent = await desk.agent("8001")
    leg_id = await desk.ring(arrived, "8001")
    answering = await agent.next_call()
    await answering.answer()
    await desk.until(LegJoined, lambda fact: fact.leg_id == leg_id)
    await call.hang_up()
    await desk.until(CallEnded)
    assert len([fact for fact in desk.facts if isinstance(fact, CallArrived)]) == 1
    assert (await desk.told(arrived.call_id)).talked


async def test_hanging_up_a_call_ends_every_leg_of_it(desk: Any) -> None:
    citizen, answering, arrived, _ = await desk.join()
    assert await desk.control.hang_up_call(arrived.call_id) >= 1
    await citizen.wait_state(CallState.ENDED)
    await answering.wait_state(CallState.ENDED)
    await desk.until(CallEnded)
    assert await desk.control.hang_up_call(arrived.call_id) == 0
