"""The switch rings no phone for an engine that is no longer in charge."""

from datetime import UTC, datetime

import pytest

from core.ids import new_id
from core.personal import Personal
from telephony.control import CallControl
from telephony.fence import Pulse, SwitchFence
from telephony.phones.sip_call import CallState
from tests.asterisk.conftest import Desk, Phones, offered

pytestmark = pytest.mark.calls


async def test_a_phone_rings_for_the_token_in_force_and_for_no_older_one(desk: Desk, phones: Phones) -> None:
    await desk.beat()
    fence = SwitchFence(desk.link)
    agent = await phones("8001", register=True)
    caller = await phones("13800138000")
    call = await caller.dial("12345")
    await call.wait_state(CallState.ANSWERED)
    arrived = await desk.user_event("CallArrived")
    await fence.set_token(1_700_000_000_005)

    async def ring(token: int) -> str:
        leg = new_id()
        await CallControl(desk.link, desk.switch.settings, fence=lambda: token).ring_agent(
            call_id=arrived.get("call"),
            leg_id=leg,
            caller_channel=arrived.get("uniqueid"),
            endpoint="8001",
            timeout_seconds=10,
            caller_number=Personal("13800138000"),
        )
        return leg

    try:
        refused = await ring(1_700_000_000_004)
        await desk.event(lambda event: event.name == "OriginateResponse" and refused in event.get("actionid"))
        assert agent.calls == {}, "rung for an engine that is no longer in charge"
        await ring(1_700_000_000_005)
        rang = await offered(agent)
        assert rang.remote_headers["x-call-id"] == arrived.get("call")
        await rang.answer()
        await desk.user_event("LegsJoined", arrived.get("call"))
        await rang.hang_up()
        await call.hang_up()
    finally:
        await desk.link.action("Setvar", {"Variable": "HOTLINE_FENCE", "Value": ""})


async def test_the_switch_keeps_token_and_pulse(desk: Desk) -> None:
    fence = SwitchFence(desk.link)
    assert await fence.token() == 0
    assert await fence.pulse() is None
    now = Pulse(7, datetime.fromtimestamp(1_700_000_000.25, UTC))
    await fence.set_pulse(now)
    assert await fence.pulse() == now
    await fence.set_pulse(None)
    assert await fence.pulse() is None
