"""Twenty calls at once speak different matters: every word is written down under its call and its speaker."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from asr.models import choose
from core.bus import Bus
from core.settings import load_settings
from hotline.demo.people import Person
from tests.asr.voices import MATTERS, PARTIES, Matter
from tests.hotline.conftest import demand_switch
from tests.hotline.many import SpokenTalk, add_agents, closest, open_talk, spoken
from tests.hotline.system import System, make_system

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(500)]

Transcript = list[dict[str, Any]]


@pytest.fixture
def crowd() -> Iterator[tuple[System, dict[str, tuple[str, str]]]]:
    """A running product that recognises speech, with an agent a matter."""
    demand_switch()
    model = choose(load_settings())
    if model is None or model.engine == "whisper":
        pytest.skip("no model that hears forty parties at once (hotline models fetch)")
    agents: dict[str, tuple[str, str]] = {}
    made = make_system(speech="auto", before=lambda stage: agents.update(asyncio.run(add_agents(stage))))
    # forty phones speak from this process: looking through all that earlier tests loaded would make them stutter
    gc.collect()
    gc.freeze()
    yield made, agents
    gc.unfreeze()
    made.stage.stop()
    made.stage.remove()


@asynccontextmanager
async def talks(system: System, agents: dict[str, tuple[str, str]]) -> AsyncIterator[list[SpokenTalk]]:
    """All matters in talk at once."""
    opened: list[SpokenTalk] = []
    bus = Bus(system.settings.mqtt, "hotline", system.secrets.mqtt_password, "twenty")
    try:
        async with bus:
            await bus.wait_connected(10.0)
            for matter, agent in zip(MATTERS, agents.values(), strict=True):
                opened.append(await open_talk(system, bus, matter, agent))
        yield opened
    finally:
        for talk in opened:
            await talk.close()


def not_understood(matter: Matter, said: Transcript) -> list[str]:
    """Return whose words are not there (yet), with what there is: on a busy machine the phones themselves stutter."""
    told = {party: spoken(said, party) for party in PARTIES}
    return [
        f"{matter.name} {party}: {told[party] or '-'}"
        for party in PARTIES
        if not told[party] or closest(told[party]) != (matter.name, party)
    ]


def missing_of(found: dict[str, Transcript]) -> list[str]:
    return [text for one in MATTERS for text in not_understood(one, found[one.name])]


def words_of(found: dict[str, Transcript]) -> float:
    """Return the share of parties of whom the word that they alone say was written down."""
    there = [one.only[party] in spoken(found[one.name], party) for one in MATTERS for party in PARTIES]
    return sum(there) / len(there)


async def transcript_of(leader: Person, number: str) -> Transcript:
    (call,) = (await leader.post("/calls/search", {"caller": number}))["items"]
    legs = {leg["leg_id"]: leg["party"] for leg in call["legs"]}
    said: Transcript = await leader.get(f"/calls/{call['call_id']}/transcript")
    assert all(legs[one["leg_id"]] == one["speaker"] for one in said), "an utterance of another call's leg"
    return said


async def test_of_twenty_calls_at_once_every_word_is_under_its_call_and_speaker(
    crowd: tuple[System, dict[str, tuple[str, str]]],
) -> None:
    system, agents = crowd
    async with talks(system, agents) as opened:
        assert len([name for name in await system.channels() if name.startswith("PJSIP/")]) == 2 * len(MATTERS)
        await asyncio.gather(*(talk.speak() for talk in opened))
        await asyncio.gather(*(talk.calls["caller"].hang_up() for talk in opened))
    leader = system.person("leader")
    found: dict[str, Transcript] = {talk.matter.name: [] for talk in opened}
    loop = asyncio.get_running_loop()
    end = loop.time() + 240.0
    # what overload or a late tap left out comes from the recordings
    while loop.time() < end and (missing_of(found) or words_of(found) < 0.8):
        await asyncio.sleep(2.0)
        for talk in opened:
            found[talk.matter.name] = await transcript_of(leader, talk.number)
    await leader.leave()
    assert missing_of(found) == []
    assert words_of(found) >= 0.5
    for matter in MATTERS:
        for party in PARTIES:
            text = spoken(found[matter.name], party)
            others = {one.only[who] for one in MATTERS for who in PARTIES} - {matter.only[party]}
            assert not [word for word in others if word in text], "a word of another call, or of the other party"
