"""`ScriptedPhone`: an agent's or citizen's phone that acts by a script; the demo's and the tests' people."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import read_wav
from telephony.phones.user_agent import UserAgent


@dataclass(frozen=True, slots=True)
class Script:
    """What the phone does with a call that is offered to it.

    Attributes:
        answer_after: seconds until it answers; None: only when told (`ScriptedPhone.answer`), or never.
        reject_with: SIP status it refuses with (486, 603, 480 …) instead of answering.
        say: what it says once it has answered: pairs of (seconds after the answer or after the last file, wav file).
        hang_up_after: seconds after the last file was played until it hangs up; None: it stays.
    """

    answer_after: float | None = None
    reject_with: int | None = None
    say: Sequence[tuple[float, Path]] = field(default_factory=tuple)
    hang_up_after: float | None = None


class ScriptedPhone(UserAgent):
    """A `UserAgent` with a `Script`. Offered calls come out of `next_call`."""

    def __init__(
        self,
        number: str,
        server: tuple[str, int],
        *,
        password: str = "",
        host: str = "127.0.0.1",
        script: Script | None = None,
    ) -> None:
        super().__init__(number, server, password=password, host=host, on_call=self._offered)
        self.script = script or Script()
        self._offers: asyncio.Queue[SipCall] = asyncio.Queue()

    async def next_call(self, *, within: float = 10.0) -> SipCall:
        """Return the next call that is offered.

        Raises:
            TimeoutError: none came `within` seconds.
        """
        async with asyncio.timeout(within):
            return await self._offers.get()

    async def speak(self, call: SipCall) -> None:
        """Say what the script says in an answered call, then hang up if the script wants it."""
        for pause, path in self.script.say:
            await asyncio.sleep(pause)
            call.media.play(await asyncio.to_thread(read_wav, path))
            await call.media.wait_played()
        if self.script.hang_up_after is not None:
            await asyncio.sleep(self.script.hang_up_after)
            await call.hang_up()

    def _offered(self, call: SipCall) -> None:
        self._offers.put_nowait(call)
        self.spawn(self._follow(call))

    async def _follow(self, call: SipCall) -> None:
        script = self.script
        if script.reject_with is not None:
            await call.reject(script.reject_with)
            return
        if script.answer_after is not None:
            await asyncio.sleep(script.answer_after)
            await call.answer()
        await call.wait_settled()
        if call.state is CallState.ANSWERED:
            await self.speak(call)
