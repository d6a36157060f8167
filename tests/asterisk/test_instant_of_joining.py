"""The agent hangs up in the instant of joining: the caller is lost to nobody."""

import asyncio

import pytest

from telephony.ami.message import AmiMessage
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import tone
from tests.asterisk.conftest import Desk, Phones, offered

pytestmark = pytest.mark.calls

AGENT_HERTZ = 620


async def wait_ended(desk: Desk, leg: str) -> AmiMessage:
    """A leg that ended before its dialplan began has no hang-up handler: the channel's own Hangup event tells."""
    return await desk.event(
        lambda event: (
            (event.get("userevent") == "LegEnded" and event.get("leg") == leg)
            or (event.name == "Hangup" and event.get("uniqueid") == leg)
        )
    )


async def taken_by(desk: Desk, phones: Phones, number: str, calling: SipCall, arrived: AmiMessage) -> None:
    """An ordinary agent takes the caller, and they talk."""
    agent = await phones(number, register=True)
    await desk.beat()
    leg = await desk.ring(number, arrived)
    ringing = await offered(agent)
    await ringing.answer()
    await desk.event(lambda event: event.get("userevent") == "LegsJoined" and event.get("agentleg") == leg)
    ringing.media.play(tone(AGENT_HERTZ, 20))
    await calling.media.wait_tone(AGENT_HERTZ, within=15)
    await asyncio.sleep(1)  # shorter than a quarter of a second is no talk
    await ringing.hang_up()
    await wait_ended(desk, leg)
    await calling.wait_state(CallState.ENDED, within=10)


@pytest.mark.parametrize("milliseconds", [1, 2, 4, 25])
async def test_a_phone_that_answers_and_hangs_up_at_once_keeps_the_caller_from_nobody(
    desk: Desk, phones: Phones, milliseconds: int
) -> None:
    hasty = await phones("8001", register=True)
    await desk.beat()
    calling = await (await phones("13800138000")).dial("12345")
    arrived = await desk.user_event("CallArrived")
    leg = await desk.ring("8001", arrived)
    ringing = await offered(hasty)
    await ringing.answer()
    await asyncio.sleep(milliseconds / 1000)  # the moment of hanging up is what is tested
    await ringing.hang_up()
    await wait_ended(desk, leg)
    if any(event.get("agentleg") == leg for event in desk.events):
        # they were joined, if only for a moment: it was a talk, or the caller is told to be waiting again
        told = await desk.event(
            lambda event: (
                event.get("userevent") in ("CallReturned", "LegEnded") and event.get("leg") == arrived.get("leg")
            )
        )
        if told.get("userevent") == "LegEnded":
            assert told.get("mode") == "survey"
            return
    assert calling.state is CallState.ANSWERED
    await taken_by(desk, phones, "8002", calling, arrived)


async def test_a_caller_sent_to_an_agent_who_is_gone_waits_again_and_the_next_takes_him(
    desk: Desk, phones: Phones
) -> None:
    await desk.beat()
    calling = await (await phones("13800138000")).dial("12345")
    arrived = await desk.user_event("CallArrived")
    await calling.wait_state(CallState.ANSWERED)
    channel = arrived.get("channel")
    # what the agent's leg leaves behind when it ends between its ChannelRedirect and the caller's Bridge
    for name, value in (
        ("HOTLINE_AGENT_CHANNEL", "gone.1"),
        ("HOTLINE_AGENT_LEG", "gone"),
        ("SHARED(SERVED)", "gone"),
    ):
        await desk.link.action("Setvar", {"Channel": channel, "Variable": name, "Value": value})
    await desk.link.action("Redirect", {"Channel": channel, "Context": "hotline-join", "Exten": "s", "Priority": 1})
    returned = await desk.user_event("CallReturned", arrived.get("call"))
    assert returned.get("leg") == arrived.get("leg")
    await taken_by(desk, phones, "8002", calling, arrived)


async def test_a_phone_that_gives_the_caller_back_does_not_take_him_from_who_has_him(
    desk: Desk, phones: Phones
) -> None:
    await desk.beat()
    calling = await (await phones("13800138000")).dial("12345")
    arrived = await desk.user_event("CallArrived")
    channel = arrived.get("channel")
    for name, value in (
        ("HOTLINE_AGENT_CHANNEL", "gone.1"),
        ("HOTLINE_AGENT_LEG", "gone"),
        ("SHARED(SERVED)", "other"),
    ):
        await desk.link.action("Setvar", {"Channel": channel, "Variable": name, "Value": value})
    await desk.link.action("Redirect", {"Channel": channel, "Context": "hotline-join", "Exten": "s", "Priority": 1})
    await desk.user_event("CallReturned", arrived.get("call"))
    answer = await desk.link.action("Getvar", {"Channel": channel, "Variable": "SHARED(SERVED)"})
    assert answer.get("value") == "other"
    await calling.hang_up()
    await desk.user_event("LegEnded", arrived.get("call"))
