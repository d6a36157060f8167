"""A callback on a real Asterisk: the agent's phone rings first, then the citizen's."""

import pytest

from core.ids import is_id, new_id
from telephony.phones.sip_call import CallState
from telephony.phones.sound import tone
from tests.asterisk.conftest import Desk, Phones, offered
from tests.asterisk.engine import Beating, tell
from tests.asterisk.hearing import wait_heard, was_heard

pytestmark = pytest.mark.calls

CALLER = "13800138000"
AGENT_HERTZ = 620
PATIENCE = 30.0


async def ring_for_callback(desk: Desk, endpoint: str, number: str) -> tuple[str, str]:
    """Offer a callback to an agent's phone as the engine does; return the ids of the call and of the agent's leg."""
    call, leg = new_id(), new_id()
    variables = {
        "__HOTLINE_CALL": call,
        "HOTLINE_LEG": leg,
        "HOTLINE_PARTY": "agent",
        "HOTLINE_ENDPOINT": endpoint,
        "_HOTLINE_CITIZEN_LEG": new_id(),
        "_HOTLINE_CITIZEN_NUMBER": number,
        "_HOTLINE_CITIZEN_DIALLED": "12345",
        "_HOTLINE_CITIZEN_QUEUE": "general",
        "_HOTLINE_CITIZEN_SECONDS": "8",
    }
    fields = {
        "Channel": f"PJSIP/{endpoint}",
        "ChannelId": leg,
        "Context": "hotline-callback-agent",
        "Exten": "join",
        "Priority": 1,
        "Async": "true",
        "Timeout": 10000,
    }
    await desk.link.action("Originate", fields, variables=variables)
    return call, leg


def port_of(contact: str) -> str:
    return contact.rsplit(":", 1)[1].rstrip(">")


async def test_a_callback_rings_the_agent_first_then_the_citizen_and_both_are_recorded(
    desk: Desk, phones: Phones
) -> None:
    async with Beating(desk):
        agent, citizen = await phones("8001", register=True), await phones(CALLER)
        await tell(desk, "CARRIER", f"127.0.0.1:{port_of(citizen.contact)}")
        call, leg = await ring_for_callback(desk, "8001", CALLER)
        ringing = await offered(agent)
        assert not citizen.calls
        await ringing.answer()
        taken = await desk.user_event("CallbackTaken", call)
        assert (taken.get("leg"), taken.get("endpoint")) == (leg, "8001")
        called = await offered(citizen, within=PATIENCE)
        arrived = await desk.user_event("CallArrived", call)
        assert (arrived.get("caller"), arrived.get("dialled"), arrived.get("queue")) == (CALLER, "12345", "general")
        assert is_id(arrived.get("leg"))
        await called.answer()
        await desk.user_event("LegsJoined", call, within=PATIENCE)
        assert was_heard(called.media.heard, "callback-hello")
        ringing.media.play(tone(AGENT_HERTZ, 5))
        called.media.play(tone(1000, 5))
        # long enough to be a talk: one of less than a quarter of a second gives the citizen back to the queue
        await called.media.wait_tone(AGENT_HERTZ, within=10, window=0.8)
        await ringing.media.wait_tone(1000, within=10, window=0.8)
        await ringing.hang_up()
        await wait_heard(called.media, "thank-you", within=PATIENCE)
        await called.wait_state(CallState.ENDED, within=PATIENCE)
        await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("party") == "caller")
        lines = desk.journal(call)
        assert sorted(line["party"] for line in lines) == ["agent", "caller"]
        assert all(line["file"] and line["joined_at"] for line in lines)
        await tell(desk, "CARRIER", "")


@pytest.mark.parametrize(("status", "told"), [(486, "BUSY"), (0, "NOANSWER")])
async def test_a_citizen_who_cannot_be_reached_is_told_to_agent_and_engine(
    desk: Desk, phones: Phones, status: int, told: str
) -> None:
    async with Beating(desk):
        agent, citizen = await phones("8001", register=True), await phones(CALLER)
        await tell(desk, "CARRIER", f"127.0.0.1:{port_of(citizen.contact)}")
        call, leg = await ring_for_callback(desk, "8001", CALLER)
        ringing = await offered(agent)
        await ringing.answer()
        called = await offered(citizen, within=PATIENCE)
        if status:
            await called.reject(status)
        failed = await desk.user_event("CallbackFailed", call, within=PATIENCE)
        assert (failed.get("status"), failed.get("leg")) == (told, leg)
        await wait_heard(ringing.media, "callback-no-answer", within=PATIENCE)
        await ringing.wait_state(CallState.ENDED, within=PATIENCE)
        assert sorted(line["party"] for line in desk.journal(call)) == ["agent", "caller"]
        await tell(desk, "CARRIER", "")


async def test_an_agent_who_hangs_up_while_the_citizens_phone_rings_takes_the_ring_back(
    desk: Desk, phones: Phones
) -> None:
    async with Beating(desk):
        agent, citizen = await phones("8001", register=True), await phones(CALLER)
        await tell(desk, "CARRIER", f"127.0.0.1:{port_of(citizen.contact)}")
        call, _ = await ring_for_callback(desk, "8001", CALLER)
        ringing = await offered(agent)
        await ringing.answer()
        called = await offered(citizen, within=PATIENCE)
        await ringing.hang_up()
        await called.wait_state(CallState.ENDED)
        assert called.final_status == 487
        await desk.event(lambda event: event.get("userevent") == "LegEnded" and event.get("party") == "agent")
        assert len(desk.journal(call)) == 2
        await tell(desk, "CARRIER", "")


async def test_a_number_nobody_can_dial_is_told_as_such(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        agent = await phones("8001", register=True)
        call, _ = await ring_for_callback(desk, "8001", CALLER)
        ringing = await offered(agent)
        await ringing.answer()
        failed = await desk.user_event("CallbackFailed", call, within=PATIENCE)
        assert failed.get("status") == "CHANUNAVAIL"
        await ringing.wait_state(CallState.ENDED, within=PATIENCE)
