import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect

from api.live import Client, Hub
from api.metrics import Metrics
from api.routes import live as route
from api.server import listen, serve
from core.actors import Actor, Role
from core.bus import Bus
from core.clock import ManualClock
from core.errors import PartUnavailable
from core.settings import ApiSettings
from hotline.parts.process import free_port
from routing.model import Agent

CALL = "0197a0c8-7b5e-7c3a-9d2e-1f0a5b6c7d8e"
OTHER = "0197a0c8-7b5e-7c3a-9d2e-1f0a5b6c7d8f"
Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The application on a real uvicorn; yields host:port."""
    settings = ApiSettings(port=free_port())
    task = asyncio.create_task(serve(app, settings))
    async with httpx.AsyncClient() as client, asyncio.timeout(10):
        while True:
            with suppress(httpx.ConnectError):
                if (await client.get(f"http://127.0.0.1:{settings.port}/healthz")).status_code == 200:
                    break
            await asyncio.sleep(0.02)
    yield f"127.0.0.1:{settings.port}"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _token(headers: dict[str, str]) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


async def _joined(served: str, headers: dict[str, str]) -> ClientConnection:
    socket = await connect(f"ws://{served}/api/v1/live")
    await socket.send(json.dumps({"token": _token(headers)}))
    hello = json.loads(await socket.recv())
    assert (hello["n"], hello["topic"]) == (0, "hello")
    return socket


async def _next(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        found: dict[str, Any] = json.loads(await socket.recv())
        return found


async def _read_to_the_end(socket: ClientConnection) -> None:
    with suppress(websockets.ConnectionClosed):
        async with asyncio.timeout(10):
            async for _ in socket:
                pass


async def test_what_the_bus_tells_reaches_a_supervisor_in_order(
    served: str, bus: Bus, signed_on: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    socket = await _joined(served, await signed_on(Role.SUPERVISOR))
    for number in range(200):
        await bus.publish(f"hotline/calls/{CALL}/transcript", {"text": f"第{number}句"})
    told = [await _next(socket) for _ in range(200)]
    assert [one["n"] for one in told] == list(range(1, 201))
    assert [one["payload"]["text"] for one in told] == [f"第{number}句" for number in range(200)]
    assert told[0]["topic"] == f"calls/{CALL}/transcript"
    await socket.close()


async def test_an_agent_hears_of_the_call_on_the_own_phone_and_of_no_other(
    served: str, bus: Bus, seat: Agent, signed_on: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    socket = await _joined(served, await signed_on(Role.AGENT))
    await bus.publish(f"hotline/calls/{OTHER}/state", {"event": "queued"})
    await bus.publish("hotline/agents/another/state", {"state": "ready", "call_id": None})
    await bus.publish(f"hotline/agents/{seat.id}/state", {"state": "offered", "call_id": CALL})
    await bus.publish(f"hotline/calls/{CALL}/fields", {"field": "place", "value": "袁州区"})
    await bus.publish(f"hotline/agents/{seat.id}/state", {"state": "ready", "call_id": None})
    await bus.publish(f"hotline/calls/{CALL}/state", {"event": "ended"})
    await bus.publish("hotline/queues/general", {"waiting": 3})
    topics = [(await _next(socket))["topic"] for _ in range(4)]
    assert topics == [f"agents/{seat.id}/state", f"calls/{CALL}/fields", f"agents/{seat.id}/state", "queues/general"]
    await socket.close()


async def test_requests_between_the_parts_and_proposed_fields_are_not_pushed_to_a_supervisor(
    served: str, bus: Bus, signed_on: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    socket = await _joined(served, await signed_on(Role.SUPERVISOR))
    await bus.publish("hotline/rpc/engine/hang-up", {"call_id": CALL})
    await bus.publish(f"hotline/calls/{CALL}/fields", {"field": "contact_phone", "value": "13900005678"})
    await bus.publish("hotline/queues/general", {"waiting": 1})
    assert (await _next(socket))["topic"] == "queues/general"
    await socket.close()


@pytest.mark.parametrize(
    ("first", "code"),
    [("{}", 4401), ("nonsense", 4401), (json.dumps({"token": "forged"}), 4401), (b"\x00\x01", 4401)],
)
async def test_a_desktop_without_a_good_token_is_closed_with_a_code(served: str, first: str | bytes, code: int) -> None:
    async with connect(f"ws://{served}/api/v1/live") as socket:
        await socket.send(first)
        with pytest.raises(websockets.ConnectionClosed):
            await _next(socket)
        assert socket.close_code == code


async def test_a_desktop_that_brings_no_token_is_closed(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "_TOKEN_SECONDS", 0.1)
    async with connect(f"ws://{served}/api/v1/live") as socket:
        with pytest.raises(websockets.ConnectionClosed):
            await _next(socket)
        assert socket.close_code == 4408


async def test_people_of_units_hear_nothing(served: str, signed_on: Callable[..., Awaitable[dict[str, str]]]) -> None:
    headers = await signed_on(Role.UNIT)
    async with connect(f"ws://{served}/api/v1/live") as socket:
        await socket.send(json.dumps({"token": _token(headers)}))
        with pytest.raises(websockets.ConnectionClosed):
            await _next(socket)
        assert socket.close_code == 4403


async def test_the_token_may_come_as_a_subprotocol(
    served: str, signed_on: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    token = _token(await signed_on(Role.SUPERVISOR))
    async with connect(f"ws://{served}/api/v1/live", subprotocols=["hotline.v1", f"token.{token}"]) as socket:
        assert socket.subprotocol == "hotline.v1"
        assert (await _next(socket))["topic"] == "hello"


async def test_a_session_that_ends_closes_its_desktop(
    served: str,
    signed_on: Callable[..., Awaitable[dict[str, str]]],
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(route, "RECHECK_SECONDS", 0.05)
    socket = await _joined(served, await signed_on(Role.SUPERVISOR))
    clock.advance(timedelta(hours=9))
    with pytest.raises(websockets.ConnectionClosed):
        await _next(socket)
    assert socket.close_code == 4401


async def test_a_desktop_that_does_not_keep_up_is_dropped_with_a_code_and_the_others_go_on(
    served: str,
    app: FastAPI,
    bus: Bus,
    signed_on: Callable[..., Awaitable[dict[str, str]]],
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.live.QUEUE_LENGTH", 16)
    headers = await signed_on(Role.SUPERVISOR)
    quick = await _joined(served, headers)
    slow = await _joined(served, headers)
    slow.transport.pause_reading()
    told = 0
    dropped = app.state.metrics.live_dropped
    words = "x" * 200_000
    async with asyncio.timeout(30):
        while dropped._value.get() == 0:
            await bus.publish(f"hotline/calls/{CALL}/transcript", {"text": words})
            assert (await _next(quick))["n"] == (told := told + 1)
    slow.transport.resume_reading()
    await _read_to_the_end(slow)
    assert slow.close_code == 4413
    await eventually(lambda: app.state.metrics.live_clients._value.get() == 1)
    await bus.publish("hotline/queues/general", {"waiting": 1})
    assert (await _next(quick))["n"] == told + 1
    await quick.close()


async def test_a_desktop_that_goes_is_forgotten(
    served: str,
    app: FastAPI,
    signed_on: Callable[..., Awaitable[dict[str, str]]],
    eventually: Eventually,
) -> None:
    socket = await _joined(served, await signed_on(Role.SUPERVISOR))
    assert app.state.metrics.live_clients._value.get() == 1
    await socket.close()
    await eventually(lambda: app.state.metrics.live_clients._value.get() == 0)


async def test_the_server_stops_on_sigterm_while_desktops_are_connected(
    broker: Any, tmp_path: Path, eventually: Eventually
) -> None:
    port = free_port()
    program = Path(__file__).with_name("serve_alone.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), str(tmp_path / "alone"), str(port), str(broker.settings.port),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            token = json.loads(await process.stdout.readline())["supervisor"]
            await process.stdout.readline()
        async with connect(f"ws://127.0.0.1:{port}/api/v1/live") as socket:
            await socket.send(json.dumps({"token": token}))
            assert (await _next(socket))["topic"] == "hello"
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(8):
                with pytest.raises(websockets.ConnectionClosed):
                    await _next(socket)
                assert await process.wait() == 0
            assert socket.close_code == 1012
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_a_port_that_is_taken_is_told_in_plain_words() -> None:
    settings = ApiSettings(port=free_port())
    with listen(settings), pytest.raises(PartUnavailable, match=rf"端口 {settings.port} 已被 \S+\(进程 \d+\) 占用"):
        listen(settings)


async def test_a_message_that_makes_no_sense_is_passed_over(bus: Bus) -> None:
    hub, client = Hub(bus, Metrics()), Client(Actor("a", "督导", Role.SUPERVISOR))
    hub.join(client)
    for topic in ("hotline", "elsewhere/calls/x/state", "hotline/calls", "hotline/agents", "hotline/unknown/x"):
        hub.tell(topic, {})
    assert client.queue.empty()


def _said(text: str, *, final: bool) -> dict[str, object]:
    return {"leg_id": OTHER, "speaker": "caller", "text": text, "final": final, "at": "2026-03-02T01:00:00Z"}


def _queued(client: Client) -> list[dict[str, Any]]:
    return [json.loads(client.queue.get_nowait()) for _ in range(client.queue.qsize())]


async def test_a_desktop_that_falls_behind_loses_partials_first_is_told_so_and_keeps_every_final(bus: Bus) -> None:
    hub = Hub(bus, Metrics())
    slow, quick = Client(Actor("a", "b", Role.SUPERVISOR)), Client(Actor("c", "d", Role.SUPERVISOR))
    hub.join(slow)
    hub.join(quick)
    topic, read = f"hotline/calls/{CALL}/transcript", list[dict[str, Any]]()
    for number in range(400):
        hub.tell(topic, _said(f"部分{number}", final=False))
        if number % 10 == 0:
            hub.tell(topic, _said(f"完整{number}", final=True))
        read += _queued(quick)
    assert len(read) == 440, "the others get everything"
    assert not slow.too_slow.is_set()
    got = _queued(slow)
    told = [one["payload"]["text"] for one in got if one["topic"] != "behind"]
    assert [text for text in told if text.startswith("完整")] == [f"完整{number}" for number in range(0, 400, 10)]
    assert sum(one["topic"] == "behind" for one in got) == 1
    assert [one["n"] for one in got] == list(range(1, len(got) + 1))
    hub.tell(topic, _said("又跟上了", final=False))
    assert _queued(slow)[0]["payload"]["text"] == "又跟上了"
