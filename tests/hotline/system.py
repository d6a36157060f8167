"""The whole product really running: one instance on free ports, `hotline serve` as a process, phones, people."""

import asyncio
import io
import os
import re
import secrets as random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

import httpx
import numpy as np
import psutil
import soundfile
from numpy.typing import NDArray

from asterisk.instance import AsteriskInstance
from core.actors import Role
from core.secrets import Secrets
from core.settings import Settings
from hotline.demo.people import Person
from hotline.demo.stage import Stage
from hotline.demo.steps import NotObserved
from telephony.phones.sound import RATE, has_tone

T = TypeVar("T")

CALLER_TONE = 440
AGENT_TONE = 700
OFFER_SECONDS = 3
WRAP_UP_SECONDS = 2
_AGENTS = {"8001": ("王敏", Role.AGENT), "8002": ("李强", Role.AGENT), "8090": ("周班长", Role.SHIFT_LEADER)}
"""Who sits at which phone. The shift leader's rings only when he supervises: he never signs on."""


@dataclass(frozen=True)
class Seat:
    """An agent: id, the phone's password, the account's token."""

    agent_id: str
    phone_secret: str
    login: str


@dataclass
class System:
    """A running instance."""

    stage: Stage
    settings: Settings
    secrets: Secrets
    seats: dict[str, Seat]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def sip(self) -> tuple[str, int]:
        """Where phones send SIP."""
        return self.settings.asterisk.bind, self.settings.asterisk.sip_port

    @property
    def switch(self) -> AsteriskInstance:
        """The instance's Asterisk."""
        return AsteriskInstance(self.settings, self.secrets, [])

    def person(self, login: str) -> Person:
        """Return somebody who signed on when the system was made."""
        headers = {"Authorization": f"Bearer {self.tokens[login]}"}
        url = f"http://{self.settings.api.host}:{self.settings.api.port}/api/v1"
        client = httpx.AsyncClient(base_url=url, timeout=15, trust_env=False, headers=headers)
        return Person(login, client, self.tokens[login])

    # ---- processes, each by its pid

    def supervisor(self) -> psutil.Process:
        """Return `hotline serve`."""
        assert self.stage.serve_pid is not None
        return psutil.Process(self.stage.serve_pid)

    def child(self, *words: str) -> psutil.Process | None:
        """Return the child of the supervisor with all these words in its command line."""
        for child in self.supervisor().children():
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:
                continue
            if all(word in line for word in words):
                return child
        return None

    async def kill_child(self, *words: str) -> None:
        """Kill -9 one child and wait until another one stands in its place."""
        victim = self.child(*words)
        assert victim is not None, f"no child {words}"
        victim.kill()

        async def replaced() -> bool:
            now = self.child(*words)
            return now is not None and now.pid != victim.pid

        await until(replaced, f"{words} started again")

    def kill_python(self) -> None:
        """Kill -9 supervisor and roles at one instant: no one has time to do anything about it."""
        supervisor = self.supervisor()
        roles = [child for child in supervisor.children() if "--role" in child.cmdline()]
        supervisor.suspend()
        for process in (*roles, supervisor):
            process.kill()
        self.reap()
        psutil.wait_procs(roles, timeout=5)

    def reap(self, *, within: float = 15.0) -> int:
        """Wait for the end of `hotline serve`; return its exit code."""
        serve = self.stage._serve
        assert serve is not None
        return serve.wait(within)

    def stop(self) -> None:
        """Stop `hotline serve` by SIGTERM; Asterisk goes on."""
        self.supervisor().terminate()
        self.reap()

    def start(self) -> None:
        """Start `hotline serve` again; returns when every part is ready."""
        asyncio.run(self.stage.serve())

    def second_serve(self, *, within: float = 20.0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run another `hotline serve` on the same home to its end."""
        return subprocess.run(
            [sys.executable, "-m", "hotline", "serve"],
            env={**os.environ, "HOTLINE_CONFIG": str(self.stage.config), **environment},
            capture_output=True, text=True, check=False, timeout=within,
        )  # fmt: skip

    # ---- what is seen

    async def readiness(self) -> dict[str, Any]:
        """Return what `/readyz` says; empty while nobody answers."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                state: dict[str, Any] = (await client.get(f"{self.stage.api}/readyz")).json()
                return state
        except (httpx.HTTPError, ValueError):
            return {}

    async def wait_ready(self, *, within: float = 30.0) -> None:
        """Wait until every part says that it is ready."""

        async def ready() -> bool:
            return (await self.readiness()).get("status") == "ready"

        await until(ready, "every part ready", within=within)

    async def channels(self) -> list[str]:
        """Return the names of the channels in the switch."""
        text = await self.switch.cli("core show channels concise")
        return [line.split("!")[0] for line in text.splitlines() if "!" in line]

    async def wait_empty(self) -> None:
        """Wait until no channel is left."""

        async def empty() -> bool:
            return await self.channels() == []

        await until(empty, "no channel left in the switch", within=20.0)

    def log_from(self, offset: int) -> str:
        """Return what `hotline serve` logged since `offset`."""
        return self.stage.log.read_text("utf-8", errors="replace")[offset:]

    def log_length(self) -> int:
        """Return the present length of the log, in characters."""
        return len(self.stage.log.read_text("utf-8", errors="replace"))


def make_system(*, speech: str = "none", before: Callable[[Stage], None] | None = None) -> System:
    """Make an instance with agents and accounts, let `before` add to it, and serve it."""
    stage = Stage()
    stage.prepare()
    text = stage.config.read_text("utf-8")
    text = re.sub(r'instance = "[^"]*"', f'instance = "whole-{random.token_hex(3)}"', text)
    text = text.replace("[speech]", f'[speech]\nengine = "{speech}"')
    text += (
        f"[queue]\noffer_seconds = {OFFER_SECONDS}\nwrap_up_seconds = {WRAP_UP_SECONDS}\nmissed_offers_to_pause = 2\n"
        # callers who hung up in one test must not be called back in another
        "[callbacks]\nmissed_pause_minutes = 1440\n"
    )
    stage.config.write_text(text, "utf-8")
    seats = {number: _seat(stage, number, *who) for number, who in _AGENTS.items()}
    _account(stage, "leader", "班长", "--role", Role.SHIFT_LEADER)
    if before is not None:
        before(stage)
    system = System(stage, stage.settings(), stage.secrets(), seats)
    asyncio.run(_start(system))
    return system


async def _start(system: System) -> None:
    await system.stage.serve()
    for login in ("admin", "leader", *(seat.login for seat in system.seats.values())):
        await _sign_on(system, login)
    leader = system.person("leader")
    unit = (await leader.get("/units"))[0]["id"]
    await leader.leave()
    await asyncio.to_thread(_account, system.stage, "clerk", "经办员", "--role", Role.UNIT, "--unit", unit)
    await _sign_on(system, "clerk")


async def _sign_on(system: System, login: str) -> None:
    person = await Person.sign_on(system.stage.api, login, system.stage.password)
    system.tokens[login] = person.token
    await person.leave()


def _seat(stage: Stage, number: str, name: str, role: Role) -> Seat:
    printed = stage.hotline("agent", "add", number, name)
    agent_id = printed.split("坐席 ", 1)[1].split()[0]
    secret = printed.split("口令 ", 1)[1].split(",")[0].split()[0]
    _account(stage, f"a{number}", name, "--role", role, "--agent", agent_id)
    return Seat(agent_id, secret, f"a{number}")


def _account(stage: Stage, *arguments: str) -> None:
    stage.hotline("account", "add", *arguments, HOTLINE_PASSWORD=stage.password)


async def until(condition: Callable[[], Awaitable[T]], what: str, *, within: float = 15.0, every: float = 0.1) -> T:
    """Return what `condition` returns as soon as that is true.

    Raises:
        AssertionError: it was not in time.
    """
    end = time.monotonic() + within
    problem = ""
    while True:
        try:
            if found := await condition():
                return found
        except (NotObserved, httpx.HTTPError) as error:
            problem = f" ({error or type(error).__name__})"
        assert time.monotonic() < end, f"not within {within:g} s: {what}{problem}"
        await asyncio.sleep(every)


def seconds_of_tone(samples: NDArray[np.int16], hertz: float, *, window: float = 0.1) -> float:
    """Return how many seconds of the samples are mainly this tone."""
    length = int(window * RATE)
    parts = [samples[start : start + length] for start in range(0, len(samples) - length + 1, length)]
    return window * sum(has_tone(part, hertz) for part in parts)


def longest_break(samples: NDArray[np.int16], hertz: float, *, window: float = 0.1) -> float:
    """Return the longest stretch in seconds without this tone between its first and its last sound."""
    length = int(window * RATE)
    starts = range(0, len(samples) - length + 1, length)
    sounding = [number for number, start in enumerate(starts) if has_tone(samples[start : start + length], hertz)]
    return window * max((after - before - 1 for before, after in pairwise(sounding)), default=len(starts))


def tracks(wav: bytes) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return caller's and agent's samples of a stereo recording at 8 kHz."""
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="int16", always_2d=True)
    assert rate == RATE
    assert samples.shape[1] == 2
    return samples[:, 0], samples[:, 1]
