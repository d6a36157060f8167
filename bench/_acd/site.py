"""The real parts: an instance of the product on free ports, its Asterisk with app_queue set up beside our dialplan."""

import asyncio
import os
import re
import resource
import secrets as random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from asterisk.instance import AsteriskInstance
from core import personal
from core.actors import SYSTEM
from core.clock import SystemClock
from core.database import Database
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import Settings
from hotline.demo.stage import Stage
from hotline.local_parts import LocalParts
from hotline.phones import phones_of
from routing.service import AgentDirectory

FIRST_AGENT = 1001
APP_QUEUE_NUMBER = "66666"
"""What callers of Asterisk's own queue dial."""
_RTP_FIRST, _RTP_LAST = 11000, 15999
_FILES = 16384
_PATIENCE_SECONDS = 30.0
_NOISE = ("VarSet", "Newexten", "RTCPSent", "RTCPReceived", "DeviceStateChange")
"""AMI events that are not counted: nobody who drives a queue reads them."""

APP_QUEUE = {
    # the same rule as ours: whoever has been idle for longest
    "strategy": "leastrecent",
    "musicclass": "hold",
    "timeout": "20",
    # the shortest that app_queue takes (0 means its default of 5)
    "retry": "1",
    "wrapuptime": "0",
    # several callers are offered at once when several members are free
    "autofill": "yes",
    "ringinuse": "no",
    "joinempty": "yes",
    "leavewhenempty": "no",
    "reportholdtime": "no",
    "announce-frequency": "0",
    "announce-holdtime": "no",
    "memberdelay": "0",
}
"""app_queue at its best: no pause, announcement or delay that it could do without."""


@dataclass(frozen=True)
class Site:
    """What runs, and where."""

    settings: Settings
    secrets: Secrets
    switch: AsteriskInstance
    engine: psutil.Process
    agents: tuple[tuple[str, str, str], ...]
    """Number, id and the phone's password of each agent."""
    ami_password: str

    @property
    def asterisk(self) -> psutil.Process:
        """The process of the switch."""
        assert self.switch.pid is not None
        return psutil.Process(self.switch.pid)


@asynccontextmanager
async def open_site(agents: int) -> AsyncIterator[Site]:
    """Start Asterisk, broker, Valkey and the product's engine role; stop them and delete their data afterwards."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, max(_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    stage = Stage()
    stage.prepare()
    _adapt(stage.config)
    settings, secrets = stage.settings(), stage.secrets()
    added = await _add_agents(settings, secrets, agents)
    parts = LocalParts(settings, secrets)
    try:
        await parts.start()
        switch = AsteriskInstance(settings, secrets, await phones_of(settings, secrets))
        password = await _add_app_queue(switch)
        engine = _start_engine(stage)
        try:
            yield Site(settings, secrets, switch, engine, added, password)
        except BaseException:
            print(stage.last_words(), file=sys.stderr)
            raise
        finally:
            _end(engine)
    finally:
        parts.stop_servers()
        stage.stop()
        stage.remove()


def _adapt(config: Path) -> None:
    text = config.read_text("utf-8")
    text = re.sub(r'instance = "[^"]*"', f'instance = "acd-{random.token_hex(3)}"', text)
    text = re.sub(r"rtp_first = \d+", f"rtp_first = {_RTP_FIRST}", text)
    text = re.sub(r"rtp_last = \d+", f"rtp_last = {_RTP_LAST}", text)
    config.write_text(text + "[queue]\nwrap_up_seconds = 0\n", "utf-8")


async def _add_agents(settings: Settings, secrets: Secrets, number: int) -> tuple[tuple[str, str, str], ...]:
    personal.install_keys(PersonalKeys(secrets.personal_key))
    database = Database(settings.database_url)
    directory = AgentDirectory(database, SystemClock())
    try:
        agents = [
            await directory.add(number=str(FIRST_AGENT + one), name=f"坐席{one + 1}", actor=SYSTEM)
            for one in range(number)
        ]
        return tuple((agent.number, agent.id, agent.phone_secret.reveal()) for agent in agents)
    finally:
        await database.close()


async def _add_app_queue(switch: AsteriskInstance) -> str:
    """Set up app_queue, the number that leads to it, and an AMI user who counts and drives; return his password."""
    password = random.token_hex(16)
    queue = "".join(f"{name} = {value}\n" for name, value in APP_QUEUE.items())
    filters = "".join(f"eventfilter(action(exclude),name({name})) =\n" for name in _NOISE)
    _append(switch, "queues.conf", f"\n[bench]\n{queue}")
    _append(
        switch,
        "extensions.conf",
        "\n[from-citizen](+)\n"
        f"exten => {APP_QUEUE_NUMBER},1,Answer()\n same => n,Queue(bench,c)\n same => n,Hangup(16)\n",
    )
    _append(
        switch,
        "manager.conf",
        f"\n[bench]\nsecret = {password}\nread = call,user,system,agent\nwrite = agent,reporting\n{filters}",
    )
    for command in ("dialplan reload", "queue reload all", "manager reload"):
        await switch.cli(command)
    return password


def _append(switch: AsteriskInstance, name: str, text: str) -> None:
    with (switch.root / "etc" / name).open("a", encoding="utf-8") as file:
        file.write(text)


def _start_engine(stage: Stage) -> psutil.Process:
    environment = {**os.environ, "HOTLINE_CONFIG": str(stage.config)}
    with stage.log.open("ab") as log:
        return psutil.Popen(
            [sys.executable, "-m", "hotline", "serve", "--role", "engine"],
            env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip


def _end(engine: psutil.Process) -> None:
    """End the engine; what it could not write down in this time does not matter here."""
    engine.terminate()
    try:
        engine.wait(_PATIENCE_SECONDS)
    except psutil.TimeoutExpired:
        engine.kill()
        engine.wait(_PATIENCE_SECONDS)


async def wait_no_channel(switch: AsteriskInstance, *, within: float = 90.0) -> None:
    """End every channel, and wait until none is left.

    Raises:
        TimeoutError: some stay.
    """
    async with asyncio.timeout(within):
        while True:
            await switch.cli("channel request hangup all")
            if "0 active channels" in await switch.cli("core show channels count"):
                return
            await asyncio.sleep(0.2)
