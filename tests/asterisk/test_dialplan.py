"""The switch contract, observed on a real Asterisk with phones that send real audio."""

import asyncio
import wave

import pytest

from core.ids import is_id
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import has_tone, read_wav, tone
from tests.asterisk.conftest import Desk, Phones, offered

pytestmark = pytest.mark.calls

CALLER_HERTZ, AGENT_HERTZ = 1000, 620


async def talk(desk: Desk, phones: Phones) -> tuple[SipCall, SipCall, str, str]:
    """Bring a caller and agent 8001 together; return both calls, the call id and the agent's leg id."""
    await desk.beat()
    agent = await phones("8001", register=True)
    caller = await phones("13800138000")
    calling = await caller.dial("12345")
    arrived = await desk.user_event("CallArrived")
    leg = await desk.ring("8001", arrived)
    ringing = await offered(agent)
    assert ringing.remote_headers["x-call-id"] == arrived.get("call")
    await ringing.answer()
    await desk.user_event("LegsJoined", arrived.get("call"))
    calling.media.play(tone(CALLER_HERTZ, 5))
    ringing.media.play(tone(AGENT_HERTZ, 5))
    await calling.media.wait_tone(AGENT_HERTZ, within=5, window=0.8)
    await ringing.media.wait_tone(CALLER_HERTZ, within=5, window=0.8)
    return calling, ringing, arrived.get("call"), leg


async def test_a_caller_is_answered_gets_valid_ids_and_hears_music(desk: Desk, phones: Phones) -> None:
    await desk.beat()
    caller = await phones("13800138000")
    calling = await caller.dial("12345")
    arrived = await desk.user_event("CallArrived")
    assert is_id(arrived.get("call"))
    assert is_id(arrived.get("leg"))
    assert arrived.get("call") != arrived.get("leg")
    assert (arrived.get("caller"), arrived.get("dialled"), arrived.get("queue")) == ("13800138000", "12345", "general")
    await calling.wait_state(CallState.ANSWERED)
    await calling.hang_up()
    ended = await desk.user_event("LegEnded", arrived.get("call"))
    assert (ended.get("party"), ended.get("mode"), ended.get("file")) == ("caller", "waiting", "")
    (line,) = desk.journal(arrived.get("call"))
    assert line["leg"] == arrived.get("leg")
    assert line["channel"] == arrived.get("uniqueid")
    assert line["recorded_at"] is None
    assert line["file"] is None
    assert line["entered_at"] == int(arrived.get("enteredat")) <= line["ended_at"]


@pytest.mark.parametrize("number", ["12", "12345", "01012345", "+8679512345"])
async def test_every_number_of_digits_reaches_the_queue(desk: Desk, phones: Phones, number: str) -> None:
    await desk.beat()
    calling = await (await phones("13800138000")).dial(number)
    arrived = await desk.event(lambda event: event.get("userevent") == "CallArrived" and event.get("dialled") == number)
    await calling.wait_state(CallState.ANSWERED)
    await calling.hang_up()
    await desk.user_event("LegEnded", arrived.get("call"))


@pytest.mark.parametrize("number", ["h", "s", "alice", "123%0D%0AEvent%3A%20Fake", "1234567890123456789012"])
async def test_what_is_no_number_is_refused_without_a_channel(desk: Desk, phones: Phones, number: str) -> None:
    await desk.beat()
    calling = await (await phones("13800138000")).dial(number)
    await calling.wait_settled()
    assert calling.final_status == 404
    assert not [event for event in desk.events if event.name == "Newchannel"]


async def test_agent_hangs_up_first_and_the_caller_goes_on_to_the_farewell(desk: Desk, phones: Phones) -> None:
    calling, ringing, call, leg = await talk(desk, phones)
    await ringing.hang_up()
    await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("leg") == leg)
    assert calling.state is CallState.ANSWERED
    await calling.wait_state(CallState.ENDED, within=10)
    await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("party") == "caller")
    agent_line, caller_line = desk.journal(call)
    assert (agent_line["party"], agent_line["mode"], agent_line["endpoint"]) == ("agent", "talking", "8001")
    assert (caller_line["party"], caller_line["mode"]) == ("caller", "survey")
    assert agent_line["joined_at"] == caller_line["joined_at"]
    for line, hertz, other in ((agent_line, AGENT_HERTZ, CALLER_HERTZ), (caller_line, CALLER_HERTZ, AGENT_HERTZ)):
        path = desk.switch.settings.spool_dir / line["file"]
        with wave.open(str(path)) as recording:
            assert (recording.getnchannels(), recording.getframerate(), recording.getsampwidth()) == (1, 8000, 2)
        samples = read_wav(path)
        assert len(samples) / 8000 == pytest.approx((line["ended_at"] - line["recorded_at"]) / 1000, abs=0.15)
        start = int((line["joined_at"] - line["recorded_at"]) * 8)
        middle = samples[start + 1600 : start + 4800]
        assert has_tone(middle, hertz)
        assert not has_tone(middle, other)


async def test_caller_hangs_up_first_and_the_agent_is_free_at_once(desk: Desk, phones: Phones) -> None:
    calling, ringing, call, _ = await talk(desk, phones)
    await calling.hang_up()
    await ringing.wait_state(CallState.ENDED, within=2)
    await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("party") == "agent")
    assert {line["mode"] for line in desk.journal(call)} == {"talking"}


async def test_caller_gone_while_the_phone_rings_and_the_agents_leg_ends_by_itself(desk: Desk, phones: Phones) -> None:
    await desk.beat()
    agent = await phones("8001", register=True)
    calling = await (await phones("13800138000")).dial("12345")
    arrived = await desk.user_event("CallArrived")
    leg = await desk.ring("8001", arrived)
    ringing = await offered(agent)
    await calling.wait_state(CallState.ANSWERED)
    await calling.hang_up()
    await desk.user_event("LegEnded", arrived.get("call"))
    await ringing.answer()
    await ringing.wait_state(CallState.ENDED, within=2)
    ended = await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("leg") == leg)
    assert ended.get("file") == ""


async def test_two_phones_answer_and_only_one_takes_the_caller(desk: Desk, phones: Phones) -> None:
    await desk.beat()
    agents = [await phones(number, register=True) for number in ("8001", "8002")]
    calling = await (await phones("13800138000")).dial("12345")
    arrived = await desk.user_event("CallArrived")
    for agent in agents:
        await desk.ring(agent.number, arrived)
    ringing = [await offered(agent) for agent in agents]
    await asyncio.gather(*(call.answer() for call in ringing))
    await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("party") == "agent")
    ringing[0].media.play(tone(AGENT_HERTZ, 5))
    ringing[1].media.play(tone(AGENT_HERTZ, 5))
    await calling.media.wait_tone(AGENT_HERTZ, within=5)
    assert sorted(call.state for call in ringing) == sorted([CallState.ANSWERED, CallState.ENDED])
    assert len([event for event in desk.events if event.get("userevent") == "LegsJoined"]) == 1
    await calling.hang_up()


async def test_without_a_heartbeat_asterisks_own_queue_serves_and_records(desk: Desk, phones: Phones) -> None:
    agent = await phones("8003", register=True)
    calling = await (await phones("13800138000")).dial("12345")
    fell_back = await desk.user_event("CallFellBack")
    call = fell_back.get("call")
    ringing = await offered(agent)
    await ringing.answer()
    joined = await desk.user_event("LegsJoined", call)
    assert is_id(joined.get("agentleg"))
    assert (joined.get("callerleg"), joined.get("endpoint")) == (fell_back.get("leg"), "8003")
    calling.media.play(tone(CALLER_HERTZ, 3))
    ringing.media.play(tone(AGENT_HERTZ, 3))
    await calling.media.wait_tone(AGENT_HERTZ, within=5, window=0.8)
    await ringing.media.wait_tone(CALLER_HERTZ, within=5, window=0.8)
    await ringing.hang_up()
    await calling.wait_state(CallState.ENDED, within=10)
    await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("party") == "caller")
    agent_line, caller_line = desk.journal(call)
    assert (agent_line["leg"], agent_line["mode"], caller_line["mode"]) == (
        joined.get("agentleg"),
        "fallback",
        "survey",
    )
    recorded = desk.switch.settings.spool_dir / agent_line["file"]
    assert has_tone(read_wav(recorded)[1600:], AGENT_HERTZ)
    assert (desk.switch.settings.spool_dir / caller_line["file"]).stat().st_size > 8000


async def test_an_engine_that_dies_is_noticed_while_the_caller_waits(desk: Desk, phones: Phones) -> None:
    await desk.beat()
    calling = await (await phones("13800138000")).dial("12345")
    arrived = await desk.user_event("CallArrived")
    fell_back = await desk.user_event("CallFellBack", arrived.get("call"), within=12)
    waited = (int(fell_back.get("at")) - int(arrived.get("enteredat"))) / 1000
    assert 5 <= waited <= 11
    await calling.hang_up()


async def test_an_engine_that_dies_while_the_phone_rings_still_gets_the_caller_his_agent(
    desk: Desk, phones: Phones
) -> None:
    agent = await phones("8004", register=True)
    await desk.beat()
    calling = await (await phones("13800138000")).dial("12345")
    arrived = await desk.user_event("CallArrived")
    leg = await desk.ring("8004", arrived, seconds=20)
    ringing = await offered(agent)
    await desk.user_event("CallFellBack", arrived.get("call"), within=12)
    await ringing.answer()
    joined = await desk.user_event("LegsJoined", arrived.get("call"))
    assert joined.get("agentleg") == leg
    ringing.media.play(tone(AGENT_HERTZ, 3))
    await calling.media.wait_tone(AGENT_HERTZ, within=5)
    await calling.hang_up()
    await ringing.wait_state(CallState.ENDED)


@pytest.mark.parametrize(
    ("user", "display", "number"),
    [
        ("anonymous", "Anonymous", ""),
        ("+8613800138000", "市民王先生", "+8613800138000"),
        ("13800138000;phone-context=x", 'a\\"b}${EPOCH}', "13800138000"),
        ("138%22%2C%29%7D001", "', ) }", ""),  # what no carrier sends is nobody's number
        ("13800%0D%0AEvent%3A%20Fake%0D%0A%0D%0A", "%0D%0AEvent: Fake", "13800"),
        ("9" * 60, "", "9" * 20),
    ],
)
async def test_no_callers_name_or_number_breaks_ami_or_the_journal(
    desk: Desk, phones: Phones, user: str, display: str, number: str
) -> None:
    await desk.beat()
    calling = await (await phones(user)).dial("12345", display=display)
    arrived = await desk.user_event("CallArrived")
    assert arrived.get("caller") == number
    await calling.wait_state(CallState.ANSWERED)
    await calling.hang_up()
    await desk.user_event("LegEnded", arrived.get("call"))
    (line,) = desk.journal(arrived.get("call"))
    assert line["caller"] == (number or None)
    assert not [event for event in desk.events if event.name == "Fake"]


async def test_a_phone_with_an_account_is_known_by_its_number_and_an_agents_phone_cannot_dial(
    desk: Desk, phones: Phones
) -> None:
    await desk.beat()
    calling = await (await phones("9001", register=True)).dial("12345")
    arrived = await desk.user_event("CallArrived")
    assert arrived.get("caller") == "9001"
    await calling.hang_up()
    dialling = await (await phones("8005", register=True)).dial("12345")
    await dialling.wait_settled()
    assert dialling.final_status == 403
