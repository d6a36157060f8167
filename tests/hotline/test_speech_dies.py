"""The speech role is killed in the talk: the transcript of the same call goes on, and in the end nothing is missing."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from asr.cer import error_rate
from asr.models import choose
from core.settings import load_settings
from hotline.demo.conversation import AUDIO, dialogue
from hotline.demo.watch import watching
from telephony.phones.sound import RATE, read_wav
from tests.hotline.conftest import demand_switch
from tests.hotline.desk import Desk
from tests.hotline.system import System, make_system, until

pytestmark = [pytest.mark.calls, pytest.mark.speech]

_MOSTLY_RIGHT = 30.0
"""Character errors (%) of a sentence that was understood as a whole; with half of it missing there are 50."""


@pytest.fixture(scope="module")
def listening() -> Iterator[System]:
    """A running product that recognises speech."""
    demand_switch()
    if choose(load_settings()) is None:
        pytest.skip("no speech model (hotline models fetch)")
    made = make_system(speech="auto")
    yield made
    made.stage.stop()
    made.stage.remove()


@pytest.fixture
async def listening_desk(listening: System) -> AsyncIterator[Desk]:
    """A desk at the listening product."""
    await listening.wait_ready()
    agents = {number: listening.person(seat.login) for number, seat in listening.seats.items()}
    async with watching(listening.settings, listening.secrets) as watch:
        opened = Desk(listening, watch, listening.person("leader"), agents)
        await opened.register("8001")
        yield opened
        await opened.close()
    await listening.wait_empty()


async def test_after_the_speech_role_was_killed_the_transcript_of_the_call_goes_on(
    listening: System, listening_desk: Desk
) -> None:
    desk = listening_desk
    await desk.ready("8001")
    caller = await desk.dial()
    agent = await desk.ringing("8001")
    await agent.answer()
    call_id = (await desk.wait_call(caller, "talking"))["call_id"]
    words = read_wav(AUDIO / "caller-1.wav")
    await asyncio.sleep(1.0)  # the tap is being laid

    def finals(topic: str, payload: dict[str, object]) -> bool:
        return topic == f"hotline/calls/{call_id}/transcript" and bool(payload["final"])

    caller.call.media.play(words)
    await desk.watch.wait("first transcript", finals, within=40.0)
    await caller.call.media.wait_played()
    before = len(await desk.leader.get(f"/calls/{call_id}/transcript"))
    await listening.kill_child("--role", "speech")
    await listening.wait_ready(within=60.0)
    await asyncio.sleep(1.5)  # the new tap is being laid
    heard = desk.watch.count(finals)
    caller.call.media.play(words)
    await caller.call.media.wait_played()

    async def more() -> bool:
        return desk.watch.count(finals) > heard

    await until(more, "transcript after the kill", within=30.0)
    said = await desk.leader.get(f"/calls/{call_id}/transcript")
    assert len(said) > before >= 1
    assert {one["speaker"] for one in said} == {"caller"}
    await agent.hang_up()
    await desk.wait_call(caller, "ended", within=20.0)


async def test_what_was_said_while_the_speech_role_was_dead_is_in_the_transcript_after_the_call(
    listening: System, listening_desk: Desk
) -> None:
    desk = listening_desk
    await desk.ready("8001")
    caller = await desk.dial()
    agent = await desk.ringing("8001")
    await agent.answer()
    call_id = (await desk.wait_call(caller, "talking"))["call_id"]
    (line,) = [one for one in dialogue() if one.file.name == "caller-1.wav"]
    await asyncio.sleep(1.0)  # the tap is being laid
    words = read_wav(line.file)
    caller.call.media.play(words)
    await asyncio.sleep(len(words) / RATE / 2)  # in the midst of the sentence
    await listening.kill_child("--role", "speech")
    await caller.call.media.wait_played()
    await agent.hang_up()
    await desk.wait_call(caller, "ended", within=20.0)

    async def whole() -> bool:
        said = await desk.leader.get(f"/calls/{call_id}/transcript")
        return error_rate([(line.text, "".join(one["text"] for one in said))]).percent <= _MOSTLY_RIGHT

    await until(whole, "the whole sentence from the recording", within=120.0)
