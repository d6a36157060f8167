"""Twenty calls at once, spoken from a process of its own: forty phones stutter in one that tests have filled.

python -m tests.hotline.twenty_calls
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.bus import Bus
from hotline.demo.people import Person
from tests.asr.voices import MATTERS, PARTIES, Matter
from tests.hotline.many import SpokenTalk, add_agents, closest, open_talk, spoken
from tests.hotline.system import System, make_system

Transcript = list[dict[str, Any]]

_LONGER = 1.3


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


def foreign_words(found: dict[str, Transcript]) -> list[str]:
    """Return where a word stands that only another of the forty says, and more was written than the party said.

    A sentence that stutters is misheard now and then, one word for another: that makes it no longer.
    """
    words = {one.only[party]: (one.name, party) for one in MATTERS for party in PARTIES}
    return [
        f"{one.name} {party}: {word} of {' '.join(who)} in {text}"
        for one in MATTERS
        for party in PARTIES
        for text in [spoken(found[one.name], party)]
        for word, who in words.items()
        if word in text and who != (one.name, party) and len(text) > _LONGER * len(one.says[party])
    ]


async def transcript_of(leader: Person, number: str) -> Transcript:
    (call,) = (await leader.post("/calls/search", {"caller": number}))["items"]
    legs = {leg["leg_id"]: leg["party"] for leg in call["legs"]}
    said: Transcript = await leader.get(f"/calls/{call['call_id']}/transcript")
    assert all(legs[one["leg_id"]] == one["speaker"] for one in said), "an utterance of another call's leg"
    return said


async def check(system: System, agents: dict[str, tuple[str, str]]) -> None:
    """Let all speak at once.

    Raises:
        AssertionError: a word is missing, or stands where it was not said.
    """
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
    missing = missing_of(found)
    assert not missing, missing
    assert words_of(found) >= 0.5
    foreign = foreign_words(found)
    assert not foreign, foreign


def main() -> None:
    """Make a running product that recognises speech, with an agent a matter, and check it."""
    agents: dict[str, tuple[str, str]] = {}
    system = make_system(speech="auto", before=lambda stage: agents.update(asyncio.run(add_agents(stage))))
    try:
        asyncio.run(check(system, agents))
    finally:
        system.stage.stop()
        system.stage.remove()


if __name__ == "__main__":
    main()
