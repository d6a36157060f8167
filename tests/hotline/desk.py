"""What a test does at the whole system: phones that call and answer, people who ask the API."""

import json
import secrets as random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import HotlineError
from hotline.demo.people import Person
from hotline.demo.steps import NotObserved
from hotline.demo.watch import Watch
from telephony.phones.scripted import Script, ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import tone
from tests.hotline.system import AGENT_TONE, CALLER_TONE, System, seconds_of_tone, tracks, until

_MUSIC = 100
"""Root mean square of 16-bit samples above which something is heard."""

_CANCELLED = 487
"""SIP status of a call that the other side took back while it rang (RFC 3261 section 9.2)."""


@dataclass
class Caller:
    """A citizen in a call."""

    number: str
    phone: ScriptedPhone
    call: SipCall

    def hears_music(self, seconds: float = 1.0) -> bool:
        """Tell whether something is heard that is nobody's tone."""
        lately = self.call.media.heard_lately(seconds).astype(np.float64)
        return len(lately) >= seconds * 8000 * 0.8 and float(np.sqrt((lately**2).mean())) > _MUSIC


@dataclass
class Talk:
    """Two phones that hear each other."""

    caller: Caller
    agent: SipCall
    number: str

    async def hear_each_other(self, *, within: float = 10.0) -> None:
        """Check that each hears the other's tone now."""
        for side, hertz in ((self.caller.call, AGENT_TONE), (self.agent, CALLER_TONE)):
            await side.media.wait_tone(hertz, within=within, window=0.8)


@dataclass
class Desk:
    """One test's phones and people."""

    system: System
    watch: Watch
    leader: Person
    agents: dict[str, Person]
    phones: dict[str, ScriptedPhone] = field(default_factory=dict)
    _callers: list[ScriptedPhone] = field(default_factory=list)

    # ---- phones

    async def register(self, *numbers: str, script: Script | None = None) -> None:
        """Make and register agents' phones."""
        for number in numbers:
            secret = self.system.seats[number].phone_secret
            phone = ScriptedPhone(number, self.system.sip, password=secret, script=script)
            await phone.start()
            self.phones[number] = phone
            await phone.register()

    async def dial(self) -> Caller:
        """Let a new citizen dial 12345 and be answered by the switch."""
        number = f"139{random.randbelow(10**8):08d}"
        phone = ScriptedPhone(number, self.system.sip)
        await phone.start()
        self._callers.append(phone)
        call = await phone.dial("12345")
        await call.wait_state(CallState.ANSWERED)
        return Caller(number, phone, call)

    async def ringing(self, number: str, *, within: float = 10.0) -> SipCall:
        """Return the next call that is offered to an agent's phone; a phone that rejects has ended it already.

        Rings that the switch took back before anybody looked (Asterisk's own queue rings every phone) are passed over.
        """
        while (call := await self.phones[number].next_call(within=within)).final_status == _CANCELLED:
            pass
        return call

    async def no_ring(self, number: str, *, seconds: float) -> None:
        """Check that an agent's phone stays silent for a while."""
        with suppress(TimeoutError):
            await self.phones[number].next_call(within=seconds)
            raise AssertionError(f"{number} rang")

    async def talk(self, number: str = "8001", *, within: float = 12.0) -> Talk:
        """Dial, answer at an agent's phone, and let both hear each other; the tones go on for two minutes."""
        caller = await self.dial()
        return await self.answer(caller, number, within=within)

    async def answer(self, caller: Caller, number: str = "8001", *, within: float = 12.0) -> Talk:
        """Answer a waiting caller at an agent's phone that rings."""
        offered = await self.ringing(number, within=within)
        await offered.answer()
        offered.media.play(tone(AGENT_TONE, 120))
        caller.call.media.play(tone(CALLER_TONE, 120))
        talk = Talk(caller, offered, number)
        await talk.hear_each_other()
        return talk

    # ---- people

    async def ready(self, *numbers: str) -> None:
        """Let agents become ready."""
        for number in numbers:
            await self.agents[number].post("/agents/me/state", {"state": "ready"})

    async def state_of(self, number: str) -> tuple[str, str]:
        """Return an agent's state and its reason."""
        page = await self.leader.get("/agents")
        assert page["states_known"]
        return next((one["state"], one["reason"]) for one in page["items"] if one["number"] == number)

    async def wait_state(self, number: str, state: str, *, within: float = 10.0) -> str:
        """Wait until an agent is in a state; return its reason."""

        async def reached() -> str | None:
            now, reason = await self.state_of(number)
            return reason or "-" if now == state else None

        return await until(reached, f"{number} is {state}", within=within)

    async def call_of(self, caller: Caller) -> dict[str, Any] | None:
        """Return the one call of a citizen as the API shows it; None: not there yet."""
        page = await self.leader.post("/calls/search", {"caller": caller.number})
        assert len(page["items"]) <= 1, "one dialling made two calls"
        return page["items"][0] if page["items"] else None

    async def wait_call(self, caller: Caller, state: str, *, within: float = 15.0) -> dict[str, Any]:
        """Wait until a citizen's call is in a state."""

        async def reached() -> dict[str, Any] | None:
            call = await self.call_of(caller)
            return call if call is not None and call["state"] == state else None

        return await until(reached, f"call {state}", within=within)

    async def tickets_of(self, call_id: str) -> list[dict[str, Any]]:
        """Return the tickets of a call."""
        page = await self.leader.get("/tickets", call_id=call_id)
        items: list[dict[str, Any]] = page["items"]
        return items

    async def recording(self, call_id: str, *, within: float = 20.0) -> dict[str, Any]:
        """Wait until the recording of a call is in custody."""

        async def kept() -> dict[str, Any] | None:
            recording: dict[str, Any] = await self.leader.get(f"/calls/{call_id}/recording")
            return recording if recording["state"] == "kept" else None

        return await until(kept, "recording kept", within=within)

    async def sound(self, call_id: str) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """Return both tracks of a call's recording."""
        recording = await self.recording(call_id)
        answer = await self.leader.raw(f"/recordings/{recording['id']}/audio")
        return tracks(answer.content)

    async def finished(self, talk: Talk, *, within: float = 20.0) -> dict[str, Any]:
        """Check that an ended talk is whole: call ended, one draft ticket, one recording with both voices."""
        call = await self.wait_call(talk.caller, "ended", within=within)
        left, right = await self.sound(call["call_id"])
        assert seconds_of_tone(left, CALLER_TONE) > 0.3, "the caller's voice is missing"
        assert seconds_of_tone(right, AGENT_TONE) > 0.3, "the agent's voice is missing"
        assert seconds_of_tone(left, AGENT_TONE) == 0
        assert seconds_of_tone(right, CALLER_TONE) == 0

        async def drafted() -> list[dict[str, Any]]:
            return await self.tickets_of(call["call_id"])

        assert len(await until(drafted, "draft ticket")) == 1
        return call

    async def close(self) -> None:
        """Hang up everything, sign the agents off, and see the switch empty."""
        for phone in (*self._callers, *self.phones.values()):
            await phone.close()
        for person in self.agents.values():
            with suppress(NotObserved, HotlineError, OSError):
                await person.post("/agents/me/state", {"state": "offline"})
        for person in (self.leader, *self.agents.values()):
            await person.leave()

    def text(self, sender: str, text: str) -> None:
        """Let a citizen send a text message."""
        inbox = self.system.settings.sms_dir / "inbox"
        draft = inbox / f".{random.token_hex(4)}"
        draft.write_text(json.dumps({"from": sender, "text": text, "at": datetime.now(UTC).isoformat()}), "utf-8")
        draft.rename(inbox / f"{random.token_hex(4)}.json")

    def texts_to(self, number: str) -> list[dict[str, Any]]:
        """Return the text messages that left to a number."""
        outbox = self.system.settings.sms_dir / "outbox"
        messages = [json.loads(path.read_text("utf-8")) for path in outbox.glob("*.json")]
        return [message for message in messages if message["to"].endswith(number)]
