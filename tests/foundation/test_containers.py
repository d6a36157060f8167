"""The containers' own commands, run one after the other without an engine for containers: what compose would do."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import make_url

from api.accounts import passwords
from asterisk import identity
from core.ids import new_id
from core.settings import ServerSettings, Settings
from hotline.demo.people import Person
from hotline.parts.mosquitto import Mosquitto
from hotline.parts.valkey import Valkey
from hotline.supervisor import ROLES
from telephony.phones.scripted import Script, ScriptedPhone
from telephony.phones.sip_call import CallState
from telephony.phones.sound import tone
from tests.calls.conftest import asterisk_rootfs
from tests.calls.conftest import free_port as free_port_of
from tests.conftest import _run as run_sql
from tests.conftest import free_port

__all__ = ["asterisk_rootfs"]

pytestmark = [pytest.mark.calls, pytest.mark.servers]

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
PASSWORD = passwords.made_up()


@dataclass
class Containers:
    """What the services of docker-compose.yml do, as processes of this machine."""

    home: Path
    environment: dict[str, str]
    settings: Settings
    running: ExitStack

    def hotline(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hotline", *arguments],
            env=self.environment, cwd=self.home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"hotline {arguments}: {done.stderr or done.stdout}"
        return done.stdout

    def spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        log = self.running.enter_context((self.home / f"{name}.log").open("wb"))
        process = subprocess.Popen(command, env=self.environment, cwd=self.home, stdout=log, stderr=log)
        self.running.callback(_end, process)
        return process

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text("utf-8", errors="replace")[-2000:]

    def in_switch(self, *command: str) -> list[str]:
        """A command as it runs in the switch's container, which sees its instance at /srv/main."""
        root = str(self.settings.asterisk.rootfs)
        here = [word.replace("/srv/main", f"/srv/{self.settings.instance}") for word in command]
        return ["chroot", f"--userspec={identity.USER}:{identity.USER}", root, *here]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def containers(asterisk_rootfs: Path, postgres_url: str) -> Iterator[Containers]:
    """Secrets handed out, servers with those secrets, an empty PostgreSQL database: what `init` waits for."""
    home = Path(tempfile.mkdtemp(prefix="hotline-containers-"))
    name = f"containers_{new_id()[-12:]}"
    asyncio.run(run_sql(postgres_url, f'CREATE DATABASE "{name}"'))
    first = 40_000
    own = {
        "HOTLINE_HOME": str(home),
        "HOTLINE_HANDOUT": str(home / "handout"),
        "HOTLINE_INSTANCE": f"containers-{new_id()[-6:]}",
        "HOTLINE_DATABASE": make_url(postgres_url).set(database=name).render_as_string(hide_password=False),
        "HOTLINE_ASTERISK__ROOTFS": str(asterisk_rootfs),
        "HOTLINE_ASTERISK__SIP_PORT": str(free_port_of(socket.SOCK_DGRAM)),
        "HOTLINE_ASTERISK__AMI_PORT": str(free_port()),
        "HOTLINE_ASTERISK__RTP_FIRST": str(first),
        "HOTLINE_ASTERISK__RTP_LAST": str(first + 99),
        "HOTLINE_MQTT__PORT": str(free_port()),
        "HOTLINE_REDIS__PORT": str(free_port()),
        "HOTLINE_API__PORT": str(free_port()),
        "HOTLINE_SPEECH__ENGINE": "none",
        "HOTLINE_SPEECH__TAP_PORT": str(free_port()),
        "HOTLINE_ADMIN_PASSWORD": PASSWORD,
        "HOTLINE_PASSWORD": PASSWORD,
    }
    settings_of_compose = COMPOSE["x-role"]["environment"]
    assert set(settings_of_compose) - {"PGPASSFILE"} <= {*own, "HOTLINE_ASTERISK__MODE", *_LOCAL}
    environment = {**os.environ, **settings_of_compose, **own}
    environment.pop("PGPASSFILE")
    home.chmod(0o755)
    for server in ("postgresql", "mosquitto", "valkey"):
        (home / "handout" / server).mkdir(parents=True)
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        for key, value in environment.items():
            patch.setenv(key, value)
        settings = Settings()
        yield Containers(home, environment, settings, running)
    asyncio.run(run_sql(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)'))
    shutil.rmtree(settings.instance_root, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


_LOCAL = ("HOTLINE_MQTT__LOCAL", "HOTLINE_REDIS__LOCAL")


def start_servers(containers: Containers) -> None:
    """Hand out the secrets as the service `secrets` does, then start the servers with what each was given."""
    words = COMPOSE["services"]["secrets"]["entrypoint"]
    script = [sys.executable, *(str(ROOT / word) for word in words[1:])]
    subprocess.run(script, env=containers.environment, cwd=ROOT, check=True)
    given = {path.parent.name: path.read_text() for path in (containers.home / "handout").glob("*/password")}
    assert set(given) == {"postgresql", "mosquitto", "valkey"}
    broker = ServerSettings(port=containers.settings.mqtt.port)
    for server in (
        Mosquitto(broker, given["mosquitto"], containers.home),
        Valkey(ServerSettings(port=containers.settings.redis.port), given["valkey"], containers.home),
    ):
        server.start()
        containers.running.callback(server.stop)
        server.wait_ready()


def init(containers: Containers) -> None:
    """Run what the service `init` runs."""
    (line,) = COMPOSE["services"]["init"]["command"]
    for command in line.split(" && "):
        program, *arguments = command.split()
        assert program == "hotline"
        containers.hotline(*arguments)


def start_switch(containers: Containers) -> None:
    """Run the last line of asterisk/Dockerfile in the root file system, and the health check until it is well."""
    dockerfile = (ROOT / "asterisk/Dockerfile").read_text("utf-8")
    command = json.loads(re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)[-1])
    process = containers.spawn("asterisk", containers.in_switch(*command))
    check = COMPOSE["services"]["asterisk"]["healthcheck"]["test"]
    assert check[0] == "CMD"
    until = time.monotonic() + 30
    while subprocess.run(containers.in_switch(*check[1:]), capture_output=True, check=False).returncode != 0:
        assert process.poll() is None, containers.log("asterisk")
        assert time.monotonic() < until, containers.log("asterisk")
        time.sleep(0.1)


async def start_roles(containers: Containers) -> str:
    """Start each role by its service's command; return the address of the API once it says that all is ready."""
    for role in ROLES:
        service = COMPOSE["services"][role]
        containers.spawn(role, [sys.executable, "-m", "hotline", *service["command"]])
    api = f"http://127.0.0.1:{containers.settings.api.port}"
    state: dict[str, Any] = {}
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        async with asyncio.timeout(120):
            while not _all_but_speech(state):
                try:
                    state = (await client.get(f"{api}/readyz")).json()
                except (httpx.HTTPError, ValueError):
                    await asyncio.sleep(0.2)
        assert (await client.get(f"{api}/healthz")).status_code == httpx.codes.OK
    return api


def _all_but_speech(state: dict[str, Any]) -> bool:
    # no model is loaded in this test, which the part says of itself
    parts = {name: part["ok"] for name, part in state.get("parts", {}).items() if name != "speech"}
    return bool(parts) and all(parts.values())


@pytest.fixture
async def phones(containers: Containers) -> AsyncIterator[list[ScriptedPhone]]:
    """Phones that are closed before the switch ends."""
    opened: list[ScriptedPhone] = []
    yield opened
    for phone in opened:
        await phone.close()


async def test_the_services_of_compose_serve_a_call_from_dialling_to_its_recording(
    containers: Containers, phones: list[ScriptedPhone]
) -> None:
    start_servers(containers)
    init(containers)
    printed = containers.hotline("agent", "add", "8001", "王敏")
    agent_id = printed.split("坐席 ", 1)[1].split()[0]
    secret = printed.split("口令 ", 1)[1].split(",")[0].split()[0]
    containers.hotline("account", "add", "a8001", "王敏", "--role", "agent", "--agent", agent_id)
    containers.hotline("account", "add", "leader", "班长", "--role", "shift_leader")
    assert "module reload res_pjsip.so" in containers.hotline("asterisk", "render")
    start_switch(containers)
    check_what_the_group_may(containers)
    api = await start_roles(containers)
    sip = ("127.0.0.1", containers.settings.asterisk.sip_port)
    agent = ScriptedPhone("8001", sip, password=secret, script=Script(answer_after=0.2))
    citizen = ScriptedPhone("13900001234", sip)
    for phone in (agent, citizen):
        await phone.start()
        phones.append(phone)
    await agent.register()
    person = await Person.sign_on(api, "a8001", PASSWORD)
    await person.post("/agents/me/state", {"state": "ready"})
    calling = await citizen.dial("12345")
    answering = await agent.next_call(within=20)
    await answering.wait_state(CallState.ANSWERED)
    calling.media.play(tone(440, 3))
    answering.media.play(tone(700, 3))
    await answering.media.wait_tone(440, within=5)
    await calling.media.wait_tone(700, within=5)
    await calling.media.wait_played()
    await calling.hang_up()
    await person.leave()
    kept = await recording_kept(containers)
    assert kept.stat().st_size > 2 * 8000 * 4
    await legs_taken_over(containers)


async def legs_taken_over(containers: Containers) -> None:
    """Wait until the spool is empty: legs are deleted once the database knows the kept file."""
    legs = containers.settings.spool_dir / "legs"
    async with asyncio.timeout(20):
        while True:
            if not list(legs.glob("*.wav")):
                return
            await asyncio.sleep(0.1)


async def recording_kept(containers: Containers) -> Path:
    """Wait until the role `clock` has taken custody."""
    async with asyncio.timeout(20):
        while True:
            found = [path for path in containers.settings.recordings_dir.rglob("*.wav") if path.is_file()]
            if found:
                return found[0]
            await asyncio.sleep(0.1)


def check_what_the_group_may(containers: Containers) -> None:
    """User `hotline` of the roles' image is no root: in the group of the switch it reads, renames and deletes."""
    user = identity.on_host()
    assert user is not None
    legs, journal = (containers.settings.spool_dir / name for name in ("legs", "journal"))
    root = containers.in_switch("sh", "-c", "umask 027; cd /srv/main/spool; echo x >legs/x.wav; echo x >journal/x")
    subprocess.run(root, check=True)
    script = f"set -e; cat {legs}/x.wav >/dev/null; rm -f {legs}/x.wav; mv {journal}/x {journal}/y; rm -f {journal}/y"
    as_group = ["setpriv", "--reuid=65534", "--regid=65534", "--no-new-privs"]
    allowed = [*as_group, f"--groups={user.gid}", "sh", "-c", script]
    subprocess.run(allowed, check=True)
    stranger = [*as_group, "--clear-groups", "ls", str(legs)]
    assert subprocess.run(stranger, capture_output=True, check=False).returncode != 0


def test_every_mount_dependency_and_condition_of_compose_is_declared() -> None:
    services, volumes = COMPOSE["services"], set(COMPOSE["volumes"])
    mounted = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert mounted == volumes
    for name, service in services.items():
        for needed, how in (service.get("depends_on") or {}).items():
            one = services[needed]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in one, f"{name} waits for the health of {needed}, which tells none"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert one["restart"] == "no", f"{name} waits for the end of {needed}, which is started again"


def test_the_switch_has_the_same_number_in_both_images() -> None:
    roles, switch = ((ROOT / name).read_text("utf-8") for name in ("Dockerfile", "asterisk/Dockerfile"))
    (inside,) = re.findall(r"usermod --uid (\d+) --gid (\d+) asterisk", switch)
    assert re.search(rf"useradd --system --uid {inside[0]} --gid {inside[1]} .*{identity.HOST_USER}\b", roles)
    assert re.search(rf"--groups {identity.HOST_USER} .*hotline\b", roles)
