"""Each verb on the real switch: who hears whom, and where everybody is."""

import asyncio
import time
from typing import Any

import pytest

from telephony.phones.sip_call import CallState
from telephony.transfers.desk import Wish
from telephony.transfers.destinations import Destination
from telephony.transfers.states import TalkEvent, TalkState
from tests.transfers.conftest import AGENT, CALLER, TARGET, Hall, hears, hears_not, loud, speak

pytestmark = pytest.mark.calls


async def test_consult_three_way_and_complete(hall: Hall) -> None:
    speak(hall.citizen, CALLER)
    speak(hall.agent, AGENT)
    assert await hall.act(TalkEvent.CONSULT) is TalkState.DIALLING
    target = await hall.partner.next_call()
    await hears(hall.agent, 450)  # ringback
    await target.answer()
    await hall.until(TalkState.CONSULTING)
    speak(target, TARGET)
    await hears(hall.agent, TARGET)
    await hears(target, AGENT)
    await hears_not(target, CALLER)
    await hears_not(hall.citizen, AGENT)
    assert loud(hall.citizen.media.heard_lately(0.5)), "the caller hears music"
    assert await hall.act(TalkEvent.THREE_WAY) is TalkState.CONFERENCE
    await hears(hall.citizen, TARGET)
    await hears(target, CALLER)
    assert await hall.act(TalkEvent.COMPLETE) is TalkState.HANDED_OVER
    await hall.agent.wait_state(CallState.ENDED)
    hall.agent.media.stop_playing()
    await hears(target, CALLER)
    await hears(hall.citizen, TARGET)
    await target.hang_up()
    await hall.until(TalkState.OVER)
    await hall.citizen.wait_state(CallState.ENDED, within=30)
    await hall.over()


async def test_swap_and_complete(hall: Hall) -> None:
    target = await hall.consult()
    speak(hall.citizen, CALLER)
    speak(hall.agent, AGENT)
    speak(target, TARGET)
    await hears(hall.agent, TARGET)
    assert await hall.act(TalkEvent.SWAP) is TalkState.SWAPPED
    await hears(hall.agent, CALLER)
    await hears(hall.citizen, AGENT)
    await asyncio.sleep(0.3)  # what was on its way
    await hears_not(target, AGENT, 0.1)
    assert await hall.act(TalkEvent.SWAP) is TalkState.CONSULTING
    await hears(target, AGENT)
    assert await hall.act(TalkEvent.COMPLETE) is TalkState.HANDED_OVER
    await hears(target, CALLER)
    await hears(hall.citizen, TARGET)
    await hall.citizen.hang_up()
    await target.wait_state(CallState.ENDED)
    await hall.over()


async def test_abort_gives_the_caller_back(hall: Hall) -> None:
    target = await hall.consult()
    speak(hall.citizen, CALLER)
    began = time.monotonic()
    assert await hall.act(TalkEvent.ABORT) is TalkState.TALKING
    await hears(hall.agent, CALLER)
    assert time.monotonic() - began < 0.6
    await target.wait_state(CallState.ENDED)
    await hall.over()


@pytest.mark.parametrize("event", [TalkEvent.CONSULT, TalkEvent.INVITE, TalkEvent.BLIND])
@pytest.mark.parametrize("status", [486, 603, 503, 404])
async def test_who_refuses_gives_the_caller_back_within_300_ms(hall: Hall, event: TalkEvent, status: int) -> None:
    speak(hall.citizen, CALLER)
    await hall.act(event)
    target = await hall.partner.next_call()
    if event is not TalkEvent.INVITE:
        await hears(hall.agent, 450)
    began = time.monotonic()
    await target.reject(status)
    await hears(hall.agent, CALLER, within=1.0)
    # the tone itself must be 100 ms long to be told from ringback
    assert time.monotonic() - began < 0.3 + 0.12
    await hall.until(TalkState.TALKING)
    assert [notice for notice in hall.notices if notice.event is TalkEvent.FAILED]
    await hall.over()


async def test_nobody_answers(hall: Hall) -> None:
    await hall.act(TalkEvent.CONSULT, seconds=1.0)
    await hall.partner.next_call()
    speak(hall.citizen, CALLER)
    await hall.until(TalkState.TALKING)
    await hears(hall.agent, CALLER)
    await hall.over()


async def test_a_trunk_that_is_not_there(hall: Hall) -> None:
    speak(hall.citizen, CALLER)
    await hall.act(TalkEvent.CONSULT, trunk="nowhere")
    await hall.until(TalkState.TALKING)
    await hears(hall.agent, CALLER)
    await hall.over()


async def test_an_invited_party_joins_while_the_agent_stays_with_the_caller(hall: Hall) -> None:
    speak(hall.citizen, CALLER)
    speak(hall.agent, AGENT)
    await hall.act(TalkEvent.INVITE, number="119")
    target = await hall.partner.next_call()
    await hears(hall.agent, CALLER)
    await target.answer()
    await hall.until(TalkState.CONFERENCE)
    speak(target, TARGET)
    await hears(target, CALLER)
    await hears(hall.citizen, TARGET)
    await hears(hall.agent, TARGET)
    await target.hang_up()
    await hall.until(TalkState.TALKING)
    await hall.over()


async def test_an_emergency_line_behind_the_carrier_joins_as_one_behind_a_trunk(hall: Hall) -> None:
    port = hall.partner.contact.rpartition(":")[2].strip(">")
    wish = Wish(Destination("119", "119 火警", emergency=True, carrier=f"127.0.0.1:{port}"), seconds=20.0)
    await hall.transfers.act(hall.call_id, TalkEvent.INVITE, wish)
    target = await hall.partner.next_call()
    assert "13900000001" in target.remote_headers["from"], "the emergency line sees who calls"
    await target.answer()
    await hall.until(TalkState.CONFERENCE)
    speak(target, TARGET)
    await hears(hall.citizen, TARGET)
    await hears(hall.agent, TARGET)
    await hall.act(TalkEvent.COMPLETE)
    speak(hall.citizen, CALLER)
    await hears(target, CALLER)
    await target.hang_up()
    await hall.over()


async def test_a_blind_transfer_is_told_to_the_caller_and_frees_the_agent(hall: Hall) -> None:
    speak(hall.citizen, CALLER)
    sounds = f"/srv/{hall.desk.settings.instance}/sounds/zh/transfer-12333"
    assert await hall.act(TalkEvent.BLIND, sounds=sounds) is TalkState.TRANSFERRING
    target = await hall.partner.next_call()
    await target.answer()
    await hall.agent.wait_state(CallState.ENDED)
    assert await hall.until(TalkState.HANDED_OVER) is TalkState.HANDED_OVER
    speak(target, TARGET)
    await hears(target, CALLER, within=8)
    await hears(hall.citizen, TARGET)
    await target.hang_up()
    await hall.over()


async def test_the_agent_hangs_up_while_the_hotline_rings_and_the_caller_gets_it_all_the_same(hall: Hall) -> None:
    await hall.act(TalkEvent.CONSULT)
    target = await hall.partner.next_call()
    await hall.agent.hang_up()
    await hall.until(TalkState.PENDING)
    await target.answer()
    await hall.until(TalkState.HANDED_OVER)
    speak(hall.citizen, CALLER)
    await hears(target, CALLER)
    await target.hang_up()
    await hall.over()


async def test_a_caller_whose_agent_left_and_whose_hotline_is_busy_waits_in_the_queue(hall: Hall) -> None:
    await hall.act(TalkEvent.CONSULT)
    target = await hall.partner.next_call()
    await hall.agent.hang_up()
    await hall.until(TalkState.PENDING)
    await target.reject(486)
    await hall.until(TalkState.QUEUED)
    second = await hall.desk.agent("8002")
    await hall.desk.ring(hall.arrived, "8002")
    answering = await second.next_call()
    await answering.answer()
    await hall.until(TalkState.TALKING)
    speak(hall.citizen, CALLER)
    await hears(answering, CALLER)
    await answering.hang_up()
    await hall.over()


async def test_to_another_queue(hall: Hall) -> None:
    assert await hall.transfers.requeue(hall.call_id, "labour") is TalkState.QUEUED
    await hall.agent.wait_state(CallState.ENDED)
    await hall.until(TalkState.QUEUED)
    assert hall.transfers.talk(hall.call_id).queue == "labour"
    assert loud(hall.citizen.media.heard_lately(0.3))
    await hall.over()


async def test_to_another_agent_who_may_transfer_on(hall: Hall) -> None:
    second = await hall.desk.agent("8002")
    await hall.act(TalkEvent.CONSULT, number="8002", trunk="")
    answering = await second.next_call()
    await answering.answer()
    await hall.until(TalkState.CONSULTING)
    await hall.act(TalkEvent.COMPLETE)
    speak(hall.citizen, CALLER)
    await hears(answering, CALLER)
    assert await hall.until(TalkState.TALKING)
    assert await hall.act(TalkEvent.CONSULT) is TalkState.DIALLING
    target = await hall.partner.next_call()
    await target.answer()
    await hall.until(TalkState.CONSULTING)
    await answering.hang_up()
    await hears(target, CALLER)
    await target.hang_up()
    await hall.over()


async def test_a_restarted_desk_goes_on_where_the_switch_is(hall: Hall, desk: Any) -> None:
    target = await hall.consult()
    await desk.die()
    desk.facts.clear()
    await desk.start()
    hall.transfers = desk.transfers
    await hall.until(TalkState.CONSULTING)
    assert await hall.act(TalkEvent.THREE_WAY) is TalkState.CONFERENCE
    speak(hall.citizen, CALLER)
    await hears(target, CALLER)
    await target.hang_up()
    await hall.over()
