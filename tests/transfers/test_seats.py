"""An expert seat with us has several phones: the first that is free is called."""

import asyncio
import time

import pytest

from core.errors import Conflict
from telephony.transfers.desk import Wish
from telephony.transfers.destinations import Destination
from telephony.transfers.rooms import RoomControl
from telephony.transfers.states import TalkEvent, TalkState
from tests.transfers.conftest import AGENT, CALLER, TARGET, Hall, hears, speak

pytestmark = pytest.mark.calls

SEAT = Destination("8003", "供水专家", others=("8001", "8004", "8005"))
"""8003 is not registered, 8001 talks (he transfers), 8004 and 8005 are there."""


async def free(rooms: RoomControl, number: str) -> Destination:
    """Wait until the seat's free phone is `number`: the switch sees a registration or an end a moment later."""
    end = time.monotonic() + 20.0
    while True:
        try:
            found = await rooms.free_seat(SEAT)
        except Conflict:
            found = None
        if found is not None and found.number == number:
            return found
        assert time.monotonic() < end, f"{found} instead of {number}"
        await asyncio.sleep(0.1)


async def test_the_first_phone_that_is_free_gets_the_call_the_busy_and_the_absent_are_passed_over(hall: Hall) -> None:
    rooms = RoomControl(hall.desk.link)
    with pytest.raises(Conflict) as nobody:
        await rooms.free_seat(SEAT)
    assert nobody.value.code == "seats_busy"
    expert, other = await hall.desk.agent("8004"), await hall.desk.agent("8005")
    destination = await free(rooms, "8004")
    assert (destination.name, destination.others, destination.is_agent) == ("供水专家", (), True)
    await hall.transfers.act(hall.call_id, TalkEvent.CONSULT, Wish(destination, seconds=20.0))
    answering = await expert.next_call()
    # one that rings is not free either
    assert (await free(rooms, "8005")).number == "8005"
    await answering.answer()
    await hall.until(TalkState.CONSULTING)
    speak(answering, TARGET)
    speak(hall.agent, AGENT)
    await hears(hall.agent, TARGET)
    await hears(answering, AGENT)
    await hall.act(TalkEvent.COMPLETE)
    speak(hall.citizen, CALLER)
    await hears(answering, CALLER)
    # the agent who transferred is free again, and stands before them in the seat
    assert (await free(rooms, "8001")).number == "8001"
    with pytest.raises(TimeoutError):
        await other.next_call(within=0.2)
    await answering.hang_up()
    await hall.over()


async def test_a_destination_with_one_phone_is_called_whatever_it_does(hall: Hall) -> None:
    alone = Destination("8001", "坐席 8001")
    assert await RoomControl(hall.desk.link).free_seat(alone) is alone
