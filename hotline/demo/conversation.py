"""The call itself: a citizen's phone and agents' phones on the real switch, and what they say."""

import asyncio
import time
import tomllib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.secrets import Secrets
from core.settings import Settings
from hotline.demo.steps import NotObserved, Steps
from hotline.demo.watch import Watch, call_event
from hotline.parts.process import free_port
from hotline.phones import CITIZEN_NUMBER, citizen_phone
from telephony.phones.pyvoip_phone import CitizenPhone
from telephony.phones.scripted import ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import read_wav

AUDIO = Path(__file__).parent.parent / "demo_audio"
_LOUD = 200
"""Root mean square of 16-bit samples above which a phone hears something (silence over A-law is 8)."""
_MUSIC_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance of the dialogue."""

    speaker: str
    file: Path
    text: str
    pause: float
    """Seconds of silence before it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance as it was played into the call."""

    line: Line
    at: float
    """Seconds since the first utterance began."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The phones of the demo."""

    citizen: CitizenPhone
    agents: dict[str, ScriptedPhone]


def dialogue() -> list[Line]:
    """Return the dialogue that ships with the demo, in order."""
    script = tomllib.loads((AUDIO / "script.toml").read_text("utf-8"))
    return [
        Line(one["speaker"], AUDIO / one["file"], one["text"], float(one.get("pause", 0.6)))
        for one in script["utterances"]
    ]


@asynccontextmanager
async def phones(settings: Settings, secrets: Secrets, agents: dict[str, str]) -> AsyncIterator[Cast]:
    """Register the citizen's pyVoIP phone and the agents' phones.

    Args:
        settings: of the instance.
        secrets: of the instance.
        agents: password by number.
    """
    server = (settings.asterisk.bind, settings.asterisk.sip_port)
    account = citizen_phone(secrets)
    first = free_port()
    async with AsyncExitStack() as stack:
        cast: dict[str, ScriptedPhone] = {}
        for number, password in agents.items():
            phone = ScriptedPhone(number, server, password=password)
            await phone.start()
            stack.push_async_callback(phone.close)
            await phone.register()
            cast[number] = phone
        citizen = CitizenPhone(
            CITIZEN_NUMBER,
            server,
            password=account.secret,
            sip_port=free_port(),
            rtp_ports=(first, first + 100),
        )
        await stack.enter_async_context(citizen)
        yield Cast(citizen, cast)


async def wait_with_music(citizen: CitizenPhone, steps: Steps) -> None:
    """Let the citizen listen for a while and check that music is heard, not silence."""
    before = len(citizen.heard())
    await asyncio.sleep(_MUSIC_SECONDS)
    heard = citizen.heard()[before:].astype(np.float64)
    level = float(np.sqrt((heard**2).mean())) if len(heard) else 0.0
    seconds = len(heard) / 8000
    steps.require(
        level > _LOUD and seconds > _MUSIC_SECONDS * 0.8,
        f"排队中听到音乐 {seconds:.1f} 秒(音量 {level:.0f})",
        "市民话机收到的 RTP",
        else_=f"{seconds:.1f} 秒声音,音量 {level:.0f}",
    )


async def first_ringing(cast: Cast, *, within: float = 10.0) -> tuple[str, SipCall]:
    """Return the agent's phone that rings and its call."""
    waiting = {asyncio.ensure_future(phone.next_call(within=within)): n for n, phone in cast.agents.items()}
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    task = next(iter(done))
    return waiting[task], task.result()


async def talk(cast: Cast, call: SipCall, lines: list[Line]) -> list[Spoken]:
    """Speak the dialogue in turns; return what was spoken when."""
    spoken: list[Spoken] = []
    started = time.monotonic()
    for line in lines:
        await asyncio.sleep(line.pause)
        spoken.append(Spoken(line, time.monotonic() - started))
        if line.speaker == "caller":
            await cast.citizen.say(line.file)
        else:
            call.media.play(read_wav(line.file))
            await call.media.wait_played()
        if call.state is not CallState.ANSWERED or not cast.citizen.in_call:
            raise NotObserved(f"通话在第 {len(spoken)} 句时中断")
    return spoken


async def transcribed(watch: Watch, call_id: str, lines: list[Line], steps: Steps) -> None:
    """Check that both speakers were heard live, as partials and as finals."""

    def of(speaker: str, *, final: bool) -> Any:
        def wanted(topic: str, payload: dict[str, Any]) -> bool:
            is_it = topic == f"hotline/calls/{call_id}/transcript"
            return is_it and payload["speaker"] == speaker and payload["final"] is final

        return wanted

    for speaker, title in (("agent", "坐席"), ("caller", "市民")):
        await watch.wait(f"{title}的实时转写", of(speaker, final=True), within=20.0)
        partials, finals = watch.count(of(speaker, final=False)), watch.count(of(speaker, final=True))
        said = sum(line.speaker == speaker for line in lines)
        steps.seen(f"{title}侧实时转写:说了 {said} 句,得到 {finals} 段,中间结果 {partials} 次", "MQTT")


async def recording_kept(watch: Watch, call_id: str) -> dict[str, Any]:
    """Wait until the stereo recording is in custody."""
    return await watch.wait("录音入库", call_event("recording_kept", call_id), within=30.0)
