"""A waiting caller leaves for a partner (overflow, closed queue): counted, limited, and back when not taken."""

import asyncio
import time

import pytest

from telephony.events import CallArrived, CallRequeued
from telephony.phones.scripted import ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.user_agent import UserAgent
from telephony.waiting_room import WaitingRoom
from tests.transfers.conftest import CALLER, NUMBER, TARGET, TransferringDesk, connect, hears, loud, speak

pytestmark = pytest.mark.calls

_PATIENCE = 20.0


async def leaves(desk: TransferringDesk, partner: ScriptedPhone) -> tuple[SipCall, CallArrived, SipCall]:
    """Send a waiting caller to the partner; return his side, his arrival and the partner's side, which rings."""
    citizen, arrived = await desk.arrive()
    assert await WaitingRoom(desk.link).send_to_partner(arrived.channel, NUMBER, "rsj")
    return citizen, arrived, await partner.next_call(within=_PATIENCE)


async def trunk_legs(desk: TransferringDesk, number: int) -> None:
    """Wait until the switch counts as many legs on the trunk."""
    end = time.monotonic() + _PATIENCE
    while True:
        shown = await desk.switch.instance.cli("group show channels")
        # channel, group, category
        found = [line for line in shown.splitlines() if line.split()[1:3] == ["rsj", "trunk"]]
        if len(found) == number:
            return
        assert time.monotonic() < end, shown
        await asyncio.sleep(0.1)


async def returned(desk: TransferringDesk, arrived: CallArrived) -> None:
    await desk.until(CallRequeued, lambda fact: fact.call_id == arrived.call_id, within=_PATIENCE)


async def test_a_caller_who_left_for_a_partner_is_one_of_its_calls_and_no_more_are_sent_than_it_takes(
    desk: TransferringDesk, partner: ScriptedPhone
) -> None:
    await connect(desk.switch, {"rsj": partner}, max_calls=1)
    citizen, arrived, answering = await leaves(desk, partner)
    assert answering.remote_headers["x-call-id"] == arrived.call_id
    await answering.answer()
    speak(citizen, CALLER)
    speak(answering, TARGET)
    await hears(answering, CALLER)
    await hears(citizen, TARGET)
    await trunk_legs(desk, 1)
    second, waiting = await desk.arrive()
    assert await WaitingRoom(desk.link).send_to_partner(waiting.channel, NUMBER, "rsj")
    await returned(desk, waiting)
    assert loud(second.media.heard_lately(0.5)), "the caller hears music again"
    with pytest.raises(TimeoutError):
        await partner.next_call(within=0.5)
    # nor does it get a call through to us beyond its number
    calling = await partner.dial("12345")
    with pytest.raises(TimeoutError):
        await calling.wait_state(CallState.ANSWERED)
    assert calling.final_status >= 400
    await answering.hang_up()
    await citizen.wait_state(CallState.ENDED)
    await trunk_legs(desk, 0)
    await second.hang_up()


async def test_a_caller_whom_the_partner_refuses_hears_music_waits_on_and_is_taken_by_an_agent(
    desk: TransferringDesk, partner: ScriptedPhone
) -> None:
    citizen, arrived, ringing = await leaves(desk, partner)
    assert loud(citizen.media.heard_lately(0.5)), "music while it rings"
    await ringing.reject(480)
    await returned(desk, arrived)
    agent: UserAgent = await desk.agent("8001")
    assert isinstance(agent, ScriptedPhone)
    await desk.ring(arrived, "8001")
    answering = await agent.next_call()
    await answering.answer()
    speak(citizen, CALLER)
    await hears(answering, CALLER)
    await citizen.hang_up()
    await answering.wait_state(CallState.ENDED)
