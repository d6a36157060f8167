"""The switch's word on who is in charge: his token, and the pulse of the engine that holds it.

Both are global variables of Asterisk. `HOTLINE_FENCE` is the token of the engine in charge: who finds a greater one
than his own there is in charge no longer. `HOTLINE_PULSE` is `<token>:<epoch milliseconds>`, written over and over by
the engine in charge. Both are empty after a start of Asterisk.
"""

from dataclasses import dataclass
from datetime import datetime

from telephony.ami import AmiLink
from telephony.instants import instant_of

_TOKEN, _PULSE = "HOTLINE_FENCE", "HOTLINE_PULSE"


@dataclass(frozen=True, slots=True)
class Pulse:
    """A sign of life of the engine with this token."""

    token: int
    at: datetime


class SwitchFence:
    """Reads and writes both. All raise PartUnavailable when the link is down, SwitchRefused when Asterisk refuses."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def token(self) -> int:
        """Return the token that may ring phones; 0: none was set."""
        return _number(await self._read(_TOKEN))

    async def set_token(self, token: int) -> None:
        """Let this token ring phones, and no other one."""
        await self._write(_TOKEN, str(token))

    async def pulse(self) -> Pulse | None:
        """Return the last pulse; None: nobody is in charge, or Asterisk has started since."""
        token, _, at = (await self._read(_PULSE)).partition(":")
        instant = instant_of(at)
        return None if instant is None else Pulse(_number(token), instant)

    async def set_pulse(self, pulse: Pulse | None) -> None:
        """Give a sign of life; None: the engine leaves its charge."""
        await self._write(_PULSE, "" if pulse is None else f"{pulse.token}:{round(pulse.at.timestamp() * 1000)}")

    async def _read(self, name: str) -> str:
        return (await self._link.action("Getvar", {"Variable": name})).get("Value")

    async def _write(self, name: str, value: str) -> None:
        await self._link.action("Setvar", {"Variable": name, "Value": value})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
