"""One engine is in charge: a standby takes over, nobody is offered twice, and without Valkey nothing changes hands."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from telephony.phones.sip_call import CallState
from telephony.phones.sound import tone
from tests.hotline.desk import Caller, Desk
from tests.hotline.system import AGENT_TONE, CALLER_TONE, System, until

pytestmark = pytest.mark.calls

_TAKE_OVER_SECONDS = 3.0
_VALKEY_AWAY_SECONDS = 5.0


@dataclass
class Standby:
    """A second engine process, outside of the supervisor."""

    process: psutil.Process
    log: Path

    def was_in_charge(self) -> bool:
        return '"in_charge"' in self.log.read_text("utf-8")


@pytest.fixture
async def standby(system: System, desk: Desk, tmp_path: Path) -> AsyncIterator[Standby]:
    log = tmp_path / "standby.log"
    with log.open("wb") as output:
        process = psutil.Popen(
            [sys.executable, "-m", "hotline", "serve", "--role", "engine", "--standby"],
            env={**os.environ, "HOTLINE_CONFIG": str(system.stage.config)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    async def waits() -> bool:
        return "waiting_for_charge" in log.read_text("utf-8")

    await until(waits, "the standby waits for the charge", within=40.0)
    yield Standby(process, log)
    if process.is_running():
        process.kill()
    process.wait(10)
    await system.wait_ready()


async def _phones(system: System) -> list[str]:
    """Return the channels of callers and agents; those that announce into a room come and go."""
    return sorted(name for name in await system.channels() if name.startswith("PJSIP/"))


async def _token(system: System) -> int:
    """Return the token that may ring phones."""
    found = re.search(r"HOTLINE_FENCE=(\d+)", await system.switch.cli("dialplan show globals"))
    return int(found[1]) if found else 0


async def _taken_over(system: System, before: int) -> bool:
    return await _token(system) > before


async def test_a_standby_takes_over_within_three_seconds_and_every_caller_is_where_he_was(
    system: System, desk: Desk, standby: Standby
) -> None:
    before = await _token(system)
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await desk.wait_state("8001", "talking")
    rung = await desk.dial()
    await desk.ready("8002")
    ringing = await desk.ringing("8002")
    waiting = await desk.dial()
    await desk.wait_call(waiting, "waiting")
    channels = await _phones(system)

    engine = system.child("--role", "engine")
    assert engine is not None
    system.supervisor().suspend()  # it would start the killed one again
    try:
        engine.kill()
        died = time.monotonic()
        await ringing.answer()  # nobody is in charge: the switch joins the two by itself
        await until(lambda: _taken_over(system, before), "the standby is in charge", within=10.0, every=0.05)
        took = time.monotonic() - died
        assert await _phones(system) == channels
        await desk.wait_state("8001", "talking")
        await desk.wait_state("8002", "talking")
        await desk.no_ring("8001", seconds=1.0)
        await talk.agent.hang_up()
        offered = await desk.ringing("8001", within=15.0)
        await desk.no_ring("8002", seconds=1.0)
        await offered.answer()
        offered.media.play(tone(AGENT_TONE, 60))
        waiting.call.media.play(tone(CALLER_TONE, 60))
        await waiting.call.media.wait_tone(AGENT_TONE, within=10.0)
    finally:
        system.supervisor().resume()
    assert standby.was_in_charge()
    assert took < _TAKE_OVER_SECONDS
    await offered.hang_up()
    await ringing.hang_up()
    for caller in (talk.caller, rung, waiting):
        await caller.call.hang_up()
        call = await desk.wait_call(caller, "ended", within=30.0)
        assert call["fell_back_at"] is None
        assert call["joined_at"] is not None
        assert len(await desk.tickets_of(call["call_id"])) == 1


async def test_an_engine_that_was_stopped_rings_nobody_when_it_goes_on(
    system: System, desk: Desk, standby: Standby
) -> None:
    before = await _token(system)
    await desk.ready("8001", "8002")
    engine = system.child("--role", "engine")
    assert engine is not None
    start = system.log_length()
    await asyncio.sleep(2.0)  # what is on its way is written: a process that is stopped keeps its lock on SQLite
    engine.suspend()
    try:
        await until(lambda: _taken_over(system, before), "the standby is in charge", within=10.0)
        caller = await desk.dial()
        await desk.wait_call(caller, "waiting")
    finally:
        engine.resume()

    async def stepped_down() -> bool:
        return "charge_lost" in system.log_from(start)

    await until(stepped_down, "the engine that was stopped knows that it is not in charge", within=40.0)
    await until(lambda: _offered(desk), "the caller is offered")
    rings = [call for phone in desk.phones.values() for call in phone.calls.values() if call.state != CallState.ENDED]
    assert len(rings) == 1, "offered by both engines"
    await rings[0].answer()
    await rings[0].wait_state(CallState.ANSWERED)
    await until(lambda: _joined(desk, caller), "caller and agent talk")
    await rings[0].hang_up()
    await caller.call.hang_up()
    await desk.wait_call(caller, "ended")


async def test_without_valkey_the_engine_goes_on_deciding_and_no_standby_takes_its_place(
    system: System, desk: Desk, standby: Standby
) -> None:
    await desk.ready("8001", "8002")
    talk = await desk.talk("8001")
    token = await _token(system)
    valkey = system.child("valkey")
    assert valkey is not None
    system.supervisor().suspend()
    try:
        valkey.kill()
        away = time.monotonic()
        second = await desk.talk("8002")
        waiting = await desk.dial()
        await asyncio.sleep(max(0.0, _VALKEY_AWAY_SECONDS - (time.monotonic() - away)))
        assert await _token(system) == token
        await talk.agent.hang_up()
        third = await desk.answer(waiting, "8001", within=15.0)
    finally:
        system.supervisor().resume()
    await system.wait_ready()
    await until(lambda: _both_talk(desk), "agents are known again in Valkey", within=20.0)
    await asyncio.sleep(2.0)  # longer than a lease that nobody renewed
    assert not standby.was_in_charge()
    for one in (second, third):
        await one.agent.hang_up()
    for one in (talk, second, third):
        await desk.finished(one, within=30.0)


async def test_callers_waiting_ringing_and_talking_are_all_there_after_the_link_was_cut(
    system: System, desk: Desk
) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await desk.ready("8002")
    rung = await desk.dial()
    ringing = await desk.ringing("8002")
    waiting = await desk.dial()
    await desk.wait_call(waiting, "waiting")
    channels = await _phones(system)
    start = system.log_length()
    await _cut_links(system)
    assert await _phones(system) == channels
    await ringing.answer()

    async def back() -> bool:
        return "ami_link_up" in system.log_from(start)

    await until(back, "the link is back", within=20.0)
    await system.wait_ready()
    await desk.wait_state("8001", "talking")
    await desk.wait_state("8002", "talking")
    await talk.agent.hang_up()
    offered = await desk.ringing("8001", within=15.0)
    await desk.no_ring("8002", seconds=1.0)
    await offered.answer()
    await until(lambda: _joined(desk, waiting), "the one who waited talks")
    await offered.hang_up()
    await ringing.hang_up()
    for caller in (talk.caller, rung, waiting):
        await caller.call.hang_up()
        call = await desk.wait_call(caller, "ended", within=30.0)
        assert call["fell_back_at"] is None
        assert call["joined_at"] is not None


async def _cut_links(system: System) -> None:
    """Throw every engine's session out of the switch."""
    sessions = await system.switch.cli("manager show connected")
    numbers = [line.split() for line in sessions.splitlines() if line.strip().startswith("engine")]
    assert numbers
    for columns in numbers:
        await system.switch.cli(f"manager kick session {columns[-4]}")


async def _joined(desk: Desk, caller: Caller) -> bool:
    call = await desk.call_of(caller)
    return call is not None and call["joined_at"] is not None


async def _offered(desk: Desk) -> bool:
    return any(call.state == CallState.OFFERED for phone in desk.phones.values() for call in phone.calls.values())


async def _both_talk(desk: Desk) -> bool:
    return [(await desk.state_of(number))[0] for number in ("8001", "8002")] == ["talking", "talking"]
