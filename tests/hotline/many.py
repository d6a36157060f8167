"""Many talks at once: phones that speak the forty sentences of `tests/asr/dialogues/voices`."""

import asyncio
from dataclasses import dataclass
from typing import Any

from asr.cer import error_rate
from core import personal
from core.actors import SYSTEM
from core.bus import Bus
from core.clock import SystemClock
from core.database import Database
from core.personal import PersonalKeys
from hotline.demo.stage import Stage
from hotline.topics import AGENT_STATE
from routing.service import AgentDirectory
from telephony.phones.scripted import Script, ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import read_wav
from tests.asr.voices import MATTERS, PARTIES, Matter
from tests.hotline.system import System


def number_of(matter: Matter) -> str:
    """Return the phone of the agent who takes a matter."""
    return f"81{matter.name}"


async def add_agents(stage: Stage) -> dict[str, tuple[str, str]]:
    """Add an agent a matter to a stage that is not served yet; return id and phone's password by number."""
    settings = stage.settings()
    personal.install_keys(PersonalKeys(stage.secrets().personal_key))
    database = Database(settings.database_url)
    directory = AgentDirectory(database, SystemClock())
    try:
        added = [await directory.add(number=number_of(one), name="话务员", actor=SYSTEM) for one in MATTERS]
    finally:
        await database.close()
    return {agent.number: (agent.id, agent.phone_secret.reveal()) for agent in added}


@dataclass
class SpokenTalk:
    """A talk of which both ends are known."""

    matter: Matter
    number: str
    phones: tuple[ScriptedPhone, ScriptedPhone]
    calls: dict[str, SipCall]

    async def speak(self) -> None:
        """Let the caller say his words, then the agent."""
        for party in PARTIES:
            self.calls[party].media.play(await asyncio.to_thread(read_wav, self.matter.sound(party)))
            await self.calls[party].media.wait_played()

    async def close(self) -> None:
        """Hang up at both ends."""
        for phone in self.phones:
            await phone.close()


async def open_talk(system: System, bus: Bus, matter: Matter, agent: tuple[str, str]) -> SpokenTalk:
    """Make one agent ready, let one citizen dial, and let the agent answer: nobody else is free."""
    agent_id, secret = agent
    desk = ScriptedPhone(number_of(matter), system.sip, password=secret, script=Script(answer_after=0.0))
    await desk.start()
    await desk.register()
    await bus.request(AGENT_STATE, {"agent_id": agent_id, "state": "ready"}, timeout=10.0)
    number = f"139000012{matter.name}"
    citizen = ScriptedPhone(number, system.sip)
    await citizen.start()
    dialled = await citizen.dial("12345")
    await dialled.wait_state(CallState.ANSWERED, within=20.0)
    answered = await desk.next_call(within=30.0)
    await answered.wait_state(CallState.ANSWERED, within=20.0)
    return SpokenTalk(matter, number, (citizen, desk), {"caller": dialled, "agent": answered})


def spoken(transcript: list[dict[str, Any]], party: str) -> str:
    """Return all that a party said by a transcript."""
    return "".join(one["text"] for one in transcript if one["speaker"] == party)


def closest(text: str) -> tuple[str, str]:
    """Return (matter, party) of the sentence that a text is closest to."""
    told = {(one.name, party): one.says[party] for one in MATTERS for party in PARTIES}
    return min(told, key=lambda who: error_rate([(told[who], text)]).percent)
