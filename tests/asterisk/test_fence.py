"""The switch's word on who is in charge."""

from datetime import UTC, datetime

import pytest

from telephony.fence import Pulse, SwitchFence
from tests.asterisk.conftest import Desk

pytestmark = pytest.mark.calls


async def test_the_switch_keeps_token_and_pulse(desk: Desk) -> None:
    fence = SwitchFence(desk.link)
    assert await fence.token() == 0
    assert await fence.pulse() is None
    now = Pulse(7, datetime.fromtimestamp(1_700_000_000.25, UTC))
    await fence.set_pulse(now)
    assert await fence.pulse() == now
    await fence.set_pulse(None)
    assert await fence.pulse() is None
