"""Guests who oversee the platform, over the interface: samples without names and enquiries, nothing else."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx

from api.services import Services
from core.actors import Role
from core.clock import ManualClock
from core.personal import Personal

SignOn = Callable[..., Awaitable[dict[str, str]]]


async def test_a_guest_draws_a_sample_asks_and_is_answered_but_reads_no_ticket(
    client: httpx.AsyncClient, services: Services, signed_on: SignOn, clock: ManualClock
) -> None:
    guest, supervisor = await signed_on(Role.OVERSIGHT_GUEST), await signed_on(Role.SUPERVISOR)
    ticket_id = await services.tickets.open_draft(None, Personal("13800138000"), "12345")
    period = {"since": clock.now().isoformat(), "until": (clock.now() + timedelta(days=1)).isoformat()}
    drawn = await client.post("/api/v1/oversight/samples", headers=guest, json={**period, "purpose": "监督"})
    assert (drawn.status_code, drawn.json()["out_of"]) == (201, 0)
    again = await client.get(f"/api/v1/oversight/samples/{drawn.json()['id']}", headers=guest)
    assert again.json() == drawn.json()
    wish = {"text": "请说明超期原因,联系13800138000", "kind": "rectify", "sample_id": drawn.json()["id"]}
    asked = await client.post("/api/v1/oversight/enquiries", headers=guest, json=wish)
    assert asked.status_code == 201
    url = f"/api/v1/oversight/enquiries/{asked.json()['id']}/reply"
    assert (await client.post(url, headers=guest, json={"text": "无"})).status_code == 403
    assert (await client.post(url, headers=supervisor, json={"text": "已整改"})).json()["reply"] == "已整改"
    assert (await client.post(url, headers=supervisor, json={"text": "再答"})).json()["code"] == "answered"
    (listed,) = (await client.get("/api/v1/oversight/enquiries", headers=guest)).json()
    assert "13800138000" not in listed["text"]
    for path in ("/tickets", f"/tickets/{ticket_id}", "/calls", "/units"):
        assert (await client.get(f"/api/v1{path}", headers=guest)).status_code == 403
    assert (await client.get("/api/v1/me", headers=guest)).status_code == 200
