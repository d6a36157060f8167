import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from api import health
from api.app import create_app
from api.health import look
from api.probes import OK, broker_probe, database_probe, role_probe, valkey_probe
from api.services import Services
from core.bus import Bus
from core.database import Database
from core.errors import PartUnavailable
from core.settings import ServerSettings


async def _get(services: Services, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as client:
        return await client.get(path)


async def test_with_all_parts_working_the_interface_is_ready(services: Services) -> None:
    answer = await _get(services, "/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert {name: part["ok"] for name, part in answer.json()["parts"].items()} == {
        "database": True,
        "broker": True,
        "valkey": True,
    }


async def test_without_broker_and_valkey_it_serves_with_less_and_says_what_to_do(services: Services) -> None:
    async with Bus(ServerSettings(port=1), "hotline", "x", "lonely") as bus:
        probes = {
            "database": database_probe(services.database),
            "broker": broker_probe(bus),
            "valkey": valkey_probe(Redis(port=1, socket_connect_timeout=0.2)),
        }
        answer = await _get(replace(services, probes=probes), "/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    parts = answer.json()["parts"]
    assert parts["database"] == {"ok": True, "state": OK, "remedy": ""}
    for name in ("broker", "valkey"):
        assert parts[name]["ok"] is False
        assert parts[name]["state"]
        assert parts[name]["remedy"]


async def test_without_the_database_it_is_not_ready_but_alive(services: Services, tmp_path: Path) -> None:
    nowhere = Database(f"sqlite+aiosqlite:///{tmp_path / 'none' / 'hotline.db'}")
    broken = replace(services, probes={"database": database_probe(nowhere)})
    answer = await _get(broken, "/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
    assert answer.json()["parts"]["database"]["remedy"]
    assert (await _get(broken, "/healthz")).json() == {"status": "alive"}
    await nowhere.close()


async def test_the_switch_is_looked_at_through_the_engine(services: Services, bus: Bus) -> None:
    topic = "hotline/rpc/engine/state"
    silent = await look({"switch": role_probe(bus, topic)})
    assert silent.parts["switch"].ok is False

    state = {"state": "已连接交换机"}

    async def engine(request: dict[str, object]) -> dict[str, object]:
        if not state:
            raise PartUnavailable("asterisk", "没有心跳", remedy="启动交换机")
        return dict(state)

    await bus.serve(topic, engine)
    assert (await look({"switch": role_probe(bus, topic)})).parts["switch"].state == "已连接交换机"
    state.clear()
    away = (await look({"switch": role_probe(bus, topic)})).parts["switch"]
    assert (away.ok, away.state, away.remedy) == (False, "没有心跳", "启动交换机")


async def test_a_part_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOOK_SECONDS", 0.05)

    async def silent() -> str:
        await asyncio.Event().wait()
        return ""

    async def faulty() -> str:
        raise ZeroDivisionError

    seen = await look({"silent": silent, "faulty": faulty})
    assert [part.ok for part in seen.parts.values()] == [False, False]
    assert "没有回应" in seen.parts["silent"].state


async def test_the_figures_are_those_of_the_requests(services: Services) -> None:
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as client:
        await client.post("/api/v1/sign-on", json={"login": "nobody", "password": "x"})
        await client.get("/readyz")
        figures = (await client.get("/metrics")).text
    assert 'hotline_http_requests_total{method="POST",operation="sign_on",status="401"} 1.0' in figures
    assert 'hotline_sign_ons_total{outcome="wrong_password"} 1.0' in figures
    assert 'hotline_part_up{part="database"} 1.0' in figures
