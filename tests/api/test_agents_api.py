"""Agents over the interface: an administrator adds them and takes them off for good."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from api.services import Services
from core.actors import Role
from core.bus import Bus
from core.errors import PartUnavailable
from routing.model import Agent

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
AGENTS = "/api/v1/agents"


async def test_an_administrator_adds_an_agent_and_is_told_what_the_softphone_needs(
    client: httpx.AsyncClient, services: Services, signed_on: SignOn
) -> None:
    admin = await signed_on(Role.ADMIN)
    answer = await client.post(AGENTS, headers=admin, json={"number": "8123", "name": "张敏"})
    assert answer.status_code == 201
    added = await services.agents.by_number("8123")
    assert added is not None
    assert answer.json()["phone_password"] == added.phone_secret.reveal()
    again = await client.post(AGENTS, headers=admin, json={"number": "8123", "name": "李明"})
    assert (again.status_code, again.json()["code"]) == (409, "number_taken")


async def test_an_agent_taken_off_is_signed_off_and_his_login_ends_at_once(
    client: httpx.AsyncClient, services: Services, bus: Bus, seat: Agent, signed_on: SignOn
) -> None:
    asked: list[dict[str, Any]] = []

    async def engine(request: dict[str, Any]) -> dict[str, object]:
        asked.append(request)
        return {}

    await bus.serve("hotline/rpc/engine/agent-state", engine)
    own = await signed_on(Role.AGENT, agent_id=seat.id)
    answer = await client.post(f"{AGENTS}/{seat.id}/deactivate", headers=await signed_on(Role.ADMIN))
    assert answer.status_code == 204
    assert asked == [{"agent_id": seat.id, "state": "offline"}]
    assert not (await services.agents.get(seat.id)).active
    assert (await client.get("/api/v1/tickets", headers=own)).status_code == 401


async def test_an_agent_is_taken_off_also_while_no_engine_runs(
    client: httpx.AsyncClient, services: Services, bus: Bus, seat: Agent, signed_on: SignOn
) -> None:
    async def engine(request: dict[str, Any]) -> dict[str, object]:
        raise PartUnavailable("engine", "away", remedy="")

    await bus.serve("hotline/rpc/engine/agent-state", engine)
    admin = await signed_on(Role.ADMIN)
    for _ in range(2):
        assert (await client.post(f"{AGENTS}/{seat.id}/deactivate", headers=admin)).status_code == 204
    assert not (await services.agents.get(seat.id)).active


async def test_only_an_administrator_adds_agents_and_takes_them_off(
    client: httpx.AsyncClient, services: Services, seat: Agent, signed_on: SignOn
) -> None:
    leader = await signed_on(Role.SHIFT_LEADER)
    assert (await client.post(AGENTS, headers=leader, json={"number": "8123", "name": "张敏"})).status_code == 403
    assert (await client.post(f"{AGENTS}/{seat.id}/deactivate", headers=leader)).status_code == 403
    assert (await services.agents.get(seat.id)).active
    assert await services.agents.by_number("8123") is None
