"""One probe call: dial, wait for the answer, listen, keep what was heard."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from telephony.phones.g711 import Pcm
from telephony.phones.pyvoip_phone import CitizenPhone, DialRefusedError

_LOOK_SECONDS = 1.0
_BUSY = frozenset({486, 600})
_NOBODY = frozenset({408, 480, 487})


class Outcome(StrEnum):
    """How dialling ended."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """Refused, no such number, no way there, or the trunk is full."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is dialled.

    Attributes:
        number: number of the hotline; `dial`: what is dialled for it.
        trunk: partner's trunk; empty: our own queue.
    """

    number: str
    name: str
    dial: str
    trunk: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a call showed. `samples`: 8 kHz, from the answer on."""

    outcome: Outcome
    answer_ms: int | None
    samples: Pcm


@dataclass(frozen=True, slots=True)
class Line:
    """The account that probe calls are made with.

    Attributes:
        number, password: account at the switch.
        server: host and port of the switch.
        host: our own address towards it.
        answer_seconds: how long it may ring.
        listen_seconds: how long is listened after the answer; `own_seconds`: at a number of ours, past the welcome.
    """

    number: str
    password: str
    server: tuple[str, int]
    host: str = "127.0.0.1"
    answer_seconds: int = 40
    listen_seconds: int = 12
    own_seconds: int = 60

    def __repr__(self) -> str:
        """Show everything but the password."""
        return f"Line(number={self.number!r}, server={self.server!r})"


async def call(line: Line, target: Target, enough: Callable[[Pcm], bool] | None = None) -> Measured:
    """Make a probe call.

    Args:
        line: our account.
        target: whom to dial.
        enough: tells, at a number of ours, that somebody was heard: he is not kept any longer.

    Raises:
        PartUnavailable: the probe's own phone cannot register.
    """
    sip, rtp = _free_ports(line.host)
    headers = {"X-Hotline-Seconds": str(line.answer_seconds)}
    if target.trunk:
        headers["X-Hotline-Trunk"] = target.trunk
    async with CitizenPhone(
        line.number, line.server, password=line.password, sip_port=sip, rtp_ports=(rtp, rtp), host=line.host
    ) as phone:
        began = time.monotonic()
        try:
            # a little longer than the switch rings: its answer to us names the reason
            await phone.dial(target.dial, within=line.answer_seconds + 3.0, headers=headers)
        except DialRefusedError as refused:
            return Measured(_outcome_of(refused.status), None, np.empty(0, np.int16))
        except TimeoutError:
            return Measured(Outcome.NO_ANSWER, None, np.empty(0, np.int16))
        answer_ms = round((time.monotonic() - began) * 1000)
        if target.trunk or enough is None:
            await _wait_ended(phone, line.listen_seconds)
        else:
            await _listen_past_the_welcome(phone, line.own_seconds, enough)
        return Measured(Outcome.ANSWERED, answer_ms, phone.heard())


async def _wait_ended(phone: CitizenPhone, seconds: float) -> None:
    with suppress(TimeoutError):
        await phone.wait_ended(within=seconds)


async def _listen_past_the_welcome(phone: CitizenPhone, seconds: float, enough: Callable[[Pcm], bool]) -> None:
    until = time.monotonic() + seconds
    while phone.in_call and (left := until - time.monotonic()) > 0:
        await _wait_ended(phone, min(_LOOK_SECONDS, left))
        if await asyncio.to_thread(enough, phone.heard()):
            return


def _outcome_of(status: int) -> Outcome:
    if status in _BUSY:
        return Outcome.BUSY
    return Outcome.NO_ANSWER if status in _NOBODY else Outcome.UNREACHABLE


def _free_ports(host: str) -> tuple[int, int]:
    """Return two free UDP ports; pyVoIP cannot choose its own."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second,
    ):
        first.bind((host, 0))
        second.bind((host, 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])
