"""An agent who hangs up in the instant of joining: Asterisk 22.10.1 lost that hang-up, 9 to 14 ms after the answer."""

import asyncio
import random
import time

import pytest

from telephony.events import CallArrived, LegEnded
from telephony.phones.scripted import ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from tests.transfers.conftest import AGENT, CALLER, TransferringDesk, hears, speak

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]

TIMES = 50
SERVED = "hotline-wait"
OVER = {"hotline-farewell", "hotline-survey", ""}
"""Where a caller goes who talked a quarter of a second: on a loaded machine ten milliseconds may become that."""


async def place(desk: TransferringDesk, channel: str) -> str:
    """Return the dialplan context that a caller is in; empty: he is gone."""
    channels = await desk.link.list_action("Status")
    return next((one.get("Context") for one in channels if one.get("Uniqueid") == channel), "")


async def settled(desk: TransferringDesk, channel: str) -> str:
    """Wait until a caller waits again or is over; a caller who is neither is lost."""
    end = time.monotonic() + 15.0
    while (now := await place(desk, channel)) not in {SERVED, *OVER}:
        assert time.monotonic() < end, f"a caller is lost in {now}"
        await asyncio.sleep(0.05)
    return now


async def answer_and_hang_up(
    desk: TransferringDesk, phone: ScriptedPhone, arrived: CallArrived, seconds: float
) -> None:
    leg_id = await desk.ring(arrived, phone.number)
    answering = await phone.next_call()
    await answering.answer()
    await asyncio.sleep(seconds)
    await answering.hang_up()
    await desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)


async def test_a_hang_up_9_to_14_ms_after_the_answer_never_loses_the_caller(desk: TransferringDesk) -> None:
    phone = await desk.agent("8001")
    chance = random.Random(12345)
    citizen, arrived = await desk.arrive()
    waited = 0
    for _ in range(TIMES):
        await answer_and_hang_up(desk, phone, arrived, chance.uniform(0.009, 0.014))
        if await settled(desk, arrived.channel) == SERVED:
            waited += 1
            continue
        await citizen.hang_up()
        citizen, arrived = await desk.arrive()
    assert waited > 0, "the window was never met"
    await talk_after_all(desk, phone, citizen, arrived)
    assert "hotline-join" not in await locked(desk)


async def locked(desk: TransferringDesk) -> list[str]:
    """Return the names of the dialplan's locks that a channel holds: one that is never freed slows every joining."""
    text = await desk.switch.instance.cli("dialplan locks show")
    return [line.split()[0] for line in text.splitlines() if "PJSIP/" in line]


async def talk_after_all(desk: TransferringDesk, phone: ScriptedPhone, citizen: SipCall, arrived: CallArrived) -> None:
    """The caller who came back so often is served like any other."""
    await desk.ring(arrived, phone.number)
    answering = await phone.next_call()
    await answering.answer()
    speak(citizen, CALLER)
    speak(answering, AGENT)
    await hears(answering, CALLER, within=10)
    await hears(citizen, AGENT, within=10)
    await citizen.hang_up()
    await answering.wait_state(CallState.ENDED, within=15)
