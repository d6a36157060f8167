"""`hotline serve` as its operator sees it: stopping, starting twice, a port taken, a wrong password."""

import asyncio
import re
import socket
import time

import pytest

from tests.hotline.desk import Desk
from tests.hotline.system import System, until

pytestmark = pytest.mark.calls


async def test_sigterm_ends_it_within_seconds_and_calls_go_on(system: System, desk: Desk) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    switch, children = system.switch.pid, system.supervisor().children()
    started = time.monotonic()
    system.supervisor().terminate()
    assert await asyncio.to_thread(system.reap, within=15.0) == 0
    assert time.monotonic() - started < 15.0
    assert [child for child in children if child.is_running() and child.pid != switch] == []
    assert system.switch.pid == switch
    await talk.hear_each_other()
    await system.stage.serve()
    assert system.switch.pid == switch
    await desk.wait_state("8001", "talking")
    await talk.caller.call.hang_up()
    await desk.finished(talk)


async def test_a_second_one_on_the_same_home_is_refused_and_names_the_first(system: System, desk: Desk) -> None:
    refused = await asyncio.to_thread(system.second_serve)
    assert refused.returncode != 0
    told = refused.stdout + refused.stderr
    assert str(system.supervisor().pid) in told
    assert "进程在运行" in told
    assert "Traceback" not in told
    assert (await system.readiness())["status"] == "ready"


async def test_with_the_port_of_the_api_taken_the_others_go_on_and_the_log_names_the_remedy(
    system: System, desk: Desk
) -> None:
    await desk.ready("8001")
    start, api = system.log_length(), system.child("--role", "api")
    assert api is not None
    api.kill()
    with await _hold(system.settings.api.port):
        told = await until(lambda: _logged(system, start, str(system.settings.api.port)), "problem logged", within=20.0)
        assert "HOTLINE_API__PORT" in told
        assert "Traceback" not in told
        caller = await desk.dial()
        talk = await desk.answer(caller, "8001")
    await system.wait_ready(within=30.0)
    await talk.agent.hang_up()
    await desk.finished(talk)


async def _hold(port: int) -> socket.socket:
    """Take a port as soon as its holder is gone."""

    async def taken() -> socket.socket | None:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", port))
            holder.listen()
        except OSError:
            holder.close()
            return None
        return holder

    return await until(taken, "port free", within=3.0, every=0.01)


async def _logged(system: System, start: int, words: str) -> str:
    await asyncio.sleep(0)
    told = system.log_from(start)
    return told if words in told and "端口" in told else ""


async def test_a_wrong_ami_password_is_told_with_its_remedy_and_tried_without_hurry(system: System, desk: Desk) -> None:
    file = system.settings.home / "secrets.toml"
    right = file.read_text("utf-8")
    start = system.log_length()
    try:
        file.write_text(re.sub(r'(?m)^(engine\s*=\s*)".*"', r'\1"wrong-password"', right), "utf-8")
        assert file.read_text("utf-8") != right
        await system.kill_child("--role", "engine")
        await until(lambda: _refused(system, start), "refusal logged", within=15.0)
        caller = await desk.dial()
        # nobody decides: Asterisk's own queue serves the caller
        talk = await desk.answer(caller, "8001", within=15.0)
        tries = system.log_from(start).count("登录被拒绝")
        assert tries <= 6, "hammering"
        assert "Traceback" not in system.log_from(start)
    finally:
        file.write_text(right, "utf-8")
    await system.wait_ready(within=40.0)
    await talk.agent.hang_up()
    await desk.finished(talk)
    await desk.ready("8002")
    again = await desk.talk("8002")
    await again.agent.hang_up()
    await desk.finished(again)


async def _refused(system: System, start: int) -> bool:
    await asyncio.sleep(0)
    told = system.log_from(start)
    return "登录被拒绝" in told and "hotline init" in told
