"""The disk of the database is full while calls come: they go on, people read why, and afterwards nothing is missing."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from telephony.phones.sip_call import CallState
from tests.hotline.desk import Desk
from tests.hotline.system import System, until

pytestmark = pytest.mark.calls

_MEGABYTES = 24


@pytest.fixture
def small_disk(system: System) -> Iterator[Path]:
    """The instance's database on a small disk of its own, for one test."""
    place, home = system.stage.root / "small-disk", system.settings.home
    place.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "none", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    text = system.stage.config.read_text("utf-8")
    url = f'database = "sqlite+aiosqlite:///{place / "hotline.db"}"\n[disk]\nwarn_mib = 2\nproblem_mib = 1\n[asterisk]'
    try:
        system.stop()
        _move(home, place)
        system.stage.config.write_text(re.sub(r"(?m)^\[asterisk\]", url, text), "utf-8")
        system.start()
        yield place
    finally:
        with suppress(OSError):
            (place / "ballast").unlink()
        system.stop()
        _move(place, home)
        system.stage.config.write_text(text, "utf-8")
        subprocess.run(["umount", str(place)], check=True)
        system.start()


def _move(source: Path, target: Path) -> None:
    for file in source.glob("hotline.db*"):
        shutil.move(file, target / file.name)


def _fill(place: Path) -> None:
    """Write until nothing more fits."""
    with suppress(OSError), (place / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"\0" * 4096)


async def test_with_the_database_full_calls_go_on_and_nothing_is_lost(
    system: System, small_disk: Path, desk: Desk
) -> None:
    await desk.ready("8001", "8002")
    talk = await desk.talk("8001")
    call = await desk.wait_call(talk.caller, "talking")
    _fill(small_disk)

    async def refused() -> httpx.Response | None:
        answer = await desk.leader.client.post(f"/calls/{call['call_id']}/reveal", json={"reason": "核对来电"})
        return answer if answer.is_error else None

    answer = await until(refused, "a write refused")
    assert answer.status_code == 503
    assert answer.json()["detail"]["remedy"]
    told = (await system.readiness())["parts"]["disk"]
    assert not told["ok"]
    assert "数据库" in told["state"]
    assert told["remedy"]

    await talk.hear_each_other()
    second = await desk.talk("8002")  # a new call is served all the same
    await talk.caller.call.hang_up()
    await talk.agent.wait_state(CallState.ENDED, within=5.0)
    await second.agent.hang_up()
    await second.caller.call.wait_state(CallState.ENDED, within=15.0)
    await desk.wait_state("8001", "ready")

    (small_disk / "ballast").unlink()
    await system.wait_ready()
    await desk.finished(talk, within=30.0)
    await desk.finished(second, within=30.0)
