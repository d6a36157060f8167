"""A citizen's call to an agent on the real switch: sound, recordings, facts, rows, journal, taps."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.personal import Personal
from telephony.control import CallControl
from telephony.events import (
    CallEnded,
    HangupReason,
    LegEnded,
    LegJoined,
    LegRecorded,
    LegRinging,
    Party,
    SwitchSnapshot,
)
from telephony.phones.pyvoip_phone import CitizenPhone
from telephony.phones.sip_call import CallState
from telephony.phones.sound import tone, write_wav
from telephony.states import CallState as RowState
from telephony.taps import Tap, TapServer

pytestmark = pytest.mark.calls

CALLER_TONE, AGENT_TONE = 440, 700


@pytest.mark.parametrize("first", ["agent", "caller"])
async def test_a_call_is_answered_heard_recorded_and_kept(desk: Any, tone_seconds: Any, first: str) -> None:
    agent = await desk.agent("8001")
    citizen, arrived = await desk.arrive()
    leg_id = await desk.ring(arrived, "8001")
    answering = await agent.next_call()
    assert answering.remote_headers["x-call-id"] == arrived.call_id
    # the phone shows which number was dialled, and who calls
    assert answering.remote_headers["from"].startswith('"12345" <sip:13900000001@')
    await desk.until(LegRinging, lambda fact: fact.leg_id == leg_id)
    await answering.answer()
    await desk.talk(citizen, answering)
    await (answering if first == "agent" else citizen).hang_up()
    await citizen.wait_state(CallState.ENDED, within=15)
    await answering.wait_state(CallState.ENDED)
    await desk.until(CallEnded, lambda fact: fact.call_id == arrived.call_id)

    message = await desk.told(arrived.call_id)
    assert message.talked
    assert {leg.party for leg in message.legs} == {Party.CALLER, Party.AGENT}
    caller_sound, agent_sound = desk.recording(arrived.leg_id), desk.recording(leg_id)
    assert tone_seconds(caller_sound, CALLER_TONE) > 0.3
    assert tone_seconds(agent_sound, AGENT_TONE) > 0.3
    assert tone_seconds(caller_sound, AGENT_TONE) == tone_seconds(agent_sound, CALLER_TONE) == 0

    view = await desk.recorder.call(arrived.call_id)
    assert (view.state, view.caller, view.dialled) == (RowState.ENDED, Personal("13900000001"), "12345")
    assert all(leg.recorded and leg.joined_at and leg.reason is HangupReason.NORMAL for leg in view.legs)
    assert len(view.legs) == 2
    lines = "".join(path.read_text() for path in (desk.spool / "journal").glob("taken-*.jsonl"))
    assert lines.count(arrived.call_id) == 2
    recorded = [fact for fact in desk.facts if isinstance(fact, LegRecorded) and fact.call_id == arrived.call_id]
    assert {fact.path for fact in recorded} == {leg.path for leg in message.legs}


async def test_both_legs_are_tapped_each_with_its_own_voice_until_it_ends(desk: Any, tone_seconds: Any) -> None:
    sound: dict[str, bytes] = {}
    over: set[str] = set()

    async def listen(tap: Tap) -> None:
        async for chunk in tap:
            sound[tap.leg_id] = sound.get(tap.leg_id, b"") + chunk
        over.add(tap.leg_id)

    server = TapServer("127.0.0.1", 0, listen)
    await server.start()
    speech = desk.settings.speech.model_copy(update={"tap_port": server.port})
    control = CallControl(desk.link, desk.settings.model_copy(update={"speech": speech}))
    citizen, answering, arrived, leg_id = await desk.join()
    await control.start_tap(arrived.leg_id, arrived.channel, 1)
    await control.start_tap(leg_id, leg_id, 1)
    async with asyncio.timeout(5):
        while not {arrived.leg_id, leg_id} <= sound.keys():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await desk.talk(citizen, answering)
    await citizen.hang_up()
    # on a busy machine Asterisk was seen to close the second connection seconds after the call was gone
    async with asyncio.timeout(30):
        while len(over) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await server.stop()
    heard = {leg: np.frombuffer(data, np.int16)[::2] for leg, data in sound.items()}  # 16 kHz to 8 kHz; tones are low
    assert tone_seconds(heard[arrived.leg_id], CALLER_TONE) > 0.3
    assert tone_seconds(heard[leg_id], AGENT_TONE) > 0.3
    assert tone_seconds(heard[arrived.leg_id], AGENT_TONE) == tone_seconds(heard[leg_id], CALLER_TONE) == 0


async def test_a_tap_without_a_server_leaves_the_call_untouched(
    desk: Any, udp_ports: Callable[[int], list[int]]
) -> None:
    speech = desk.settings.speech.model_copy(update={"tap_port": udp_ports(1)[0]})
    control = CallControl(desk.link, desk.settings.model_copy(update={"speech": speech}))
    citizen, answering, arrived, _ = await desk.join()
    await control.start_tap(arrived.leg_id, arrived.channel, 1)
    await desk.talk(citizen, answering)
    await citizen.hang_up()
    await desk.until(CallEnded)


async def test_a_pyvoip_phone_dials_speaks_hears_and_is_hung_up(
    desk: Any, udp_ports: Callable[[int], list[int]], tmp_path: Any, tone_seconds: Any
) -> None:
    write_wav(tmp_path / "appeal.wav", tone(CALLER_TONE, 1.0))
    agent = await desk.agent("8001")
    sip, low = udp_ports(2)
    password = desk.switch.phone("9001").secret
    async with CitizenPhone("9001", desk.switch.sip, password=password, sip_port=sip, rtp_ports=(low, low)) as phone:
        await phone.dial("12345")
        arrived = await desk.until(_arrival())
        leg_id = await desk.ring(arrived, "8001")
        answering = await agent.next_call()
        await answering.answer()
        await desk.until(LegJoined, lambda fact: fact.leg_id == leg_id)
        answering.media.play(tone(AGENT_TONE, 1.0))
        await phone.say(tmp_path / "appeal.wav")
        await answering.media.wait_tone(CALLER_TONE, within=3, window=0.1)
        assert tone_seconds(phone.heard(), AGENT_TONE) > 0.5
        await answering.hang_up()
        await phone.wait_ended(within=15)
    message = await desk.told(arrived.call_id)
    assert len(message.legs) == 2
    assert tone_seconds(desk.recording(arrived.leg_id), CALLER_TONE) > 0.5


async def test_the_snapshot_after_a_start_in_the_middle_of_a_talk_has_the_call(desk: Any) -> None:
    citizen, answering, arrived, leg_id = await desk.join()
    await desk.die()
    await desk.talk(citizen, answering)
    desk.facts.clear()
    await desk.start()
    snapshot = await desk.until(SwitchSnapshot)
    (call,) = snapshot.calls
    assert (call.call_id, call.mode, call.caller_leg_id) == (arrived.call_id, "talking", arrived.leg_id)
    assert (call.caller, call.dialled, call.queue) == (arrived.caller, "12345", "general")
    assert call.entered_at == arrived.at
    assert {(leg.leg_id, leg.party, leg.answered) for leg in call.legs} == {
        (arrived.leg_id, Party.CALLER, True),
        (leg_id, Party.AGENT, True),
    }
    assert "8001" in snapshot.registered
    await answering.hang_up()
    await desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)
    assert (await desk.told(arrived.call_id, within=20)).talked


def _arrival() -> Any:
    from telephony.events import CallArrived

    return CallArrived
