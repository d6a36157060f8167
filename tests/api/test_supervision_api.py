"""Supervision over the wire: the ladder, findings, routing, hazards, publication, and who may not."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from api.services import Services
from core.actors import SYSTEM, Actor, Role
from core.personal import Personal

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
AGENT = Actor("agent-1", "话务员甲", Role.AGENT)
LEADER = Actor("leader-1", "班长", Role.SHIFT_LEADER)
REVIEWER = Actor("reviewer-1", "审核员", Role.REVIEWER)


@pytest.fixture
async def unit(services: Services) -> Actor:
    known = next(one for one in await services.tickets.units() if one.level == 2)
    return Actor("unit-1", "承办人", Role.UNIT, unit_id=known.id)


@pytest.fixture
async def ticket_id(services: Services, unit: Actor) -> str:
    """A ticket a unit has signed for."""
    tickets = services.tickets
    made = await tickets.open_draft(None, Personal("13900005678"), "12345", SYSTEM)
    fields = {"category": "help", "title": "路灯不亮", "summary": "路灯坏了三天", "publication_allowed": True}
    await tickets.edit_draft(made, AGENT, {**fields, "unit_id": unit.unit_id})
    await tickets.accept(made, AGENT)
    await tickets.approve(made, LEADER)
    await tickets.dispatch(made, AGENT)
    await tickets.sign(made, unit)
    return made


async def _version(client: httpx.AsyncClient, headers: Headers, ticket_id: str) -> str:
    return (await client.get(f"/api/v1/tickets/{ticket_id}", headers=headers)).headers["etag"]


async def test_a_finding_climbs_the_ladder_and_stands_in_the_ledger(
    client: httpx.AsyncClient, signed_on: SignOn, ticket_id: str
) -> None:
    supervisor = await signed_on(Role.SUPERVISOR)
    url = f"/api/v1/tickets/{ticket_id}/supervision"
    before = await client.get(url, headers=supervisor)
    assert (before.status_code, before.json()["level"], before.json()["hazard_open"]) == (200, None, False)
    noted = await client.post(
        f"{url}/facts", headers=supervisor, json={"fact": "instruction", "note": "市领导批示:限期解决"}
    )
    assert (noted.status_code, noted.json()["level"]["clause"][:2]) == (201, "YC"), noted.text
    ledger = (await client.get(f"/api/v1/tickets/{ticket_id}/ledger", headers=supervisor)).json()
    assert "fact_noted" in [entry["event"] for entry in ledger]


async def test_what_follows_from_shirking_routing_and_a_hazard_is_answered_with_its_clause(
    client: httpx.AsyncClient, signed_on: SignOn, ticket_id: str
) -> None:
    supervisor, leader = await signed_on(Role.SUPERVISOR), await signed_on(Role.SHIFT_LEADER)
    url = f"/api/v1/tickets/{ticket_id}"
    routed = await client.post(f"{url}/routing", headers=leader, json={"units": 2, "authority_unclear": True})
    assert routed.status_code == 201, routed.text
    assert routed.json()["clause"]
    hazard = await client.post(f"{url}/hazard", headers=leader, json={"note": "电线裸露", "emergency_scope": True})
    assert hazard.status_code == 201, hazard.text
    assert (await client.get(f"{url}/supervision", headers=supervisor)).json()["hazard_open"] is True
    body = {"note": "两局互推", "long_term": True}
    shirked = await client.post(f"{url}/supervision/shirking", headers=supervisor, json=body)
    assert shirked.status_code == 201, shirked.text
    assert shirked.json()["step"]


async def test_publication_is_decided_after_the_close_and_not_before(
    client: httpx.AsyncClient, services: Services, signed_on: SignOn, ticket_id: str, unit: Actor
) -> None:
    supervisor = await signed_on(Role.SUPERVISOR)
    url = f"/api/v1/tickets/{ticket_id}/publication"
    body = {"note": "季度公开"}
    early = await client.post(url, headers=supervisor, json=body)
    assert early.status_code == 409
    await services.tickets.answer(ticket_id, unit, "已更换灯泡")
    await services.tickets.close(ticket_id, REVIEWER)
    allowed = await client.post(url, headers=supervisor, json=body)
    assert (allowed.status_code, allowed.json()["decision"]) == (201, "allow"), allowed.text
    unfit = await client.post(url, headers=supervisor, json={**body, "unsuitable": True})
    assert unfit.json()["decision"] == "deny"


ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("supervision/facts", {"fact": "instruction", "note": "批示"}),
    ("supervision/shirking", {"note": "互推", "long_term": True}),
    ("publication", {"note": "公开"}),
)


@pytest.mark.parametrize("role", [Role.AGENT, Role.UNIT, Role.CALLBACK, Role.INSPECTOR, Role.ADMIN])
async def test_who_does_not_supervise_is_refused_and_leaves_no_trace(
    client: httpx.AsyncClient, services: Services, signed_on: SignOn, ticket_id: str, role: Role
) -> None:
    headers, before = await signed_on(role), await services.tickets.get(ticket_id)
    for path, body in ACTS:
        refused = await client.post(f"/api/v1/tickets/{ticket_id}/{path}", headers=headers, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), path
    seen = await client.get(f"/api/v1/tickets/{ticket_id}/supervision", headers=headers)
    assert seen.status_code == 403
    assert (await services.tickets.get(ticket_id)).version == before.version


@pytest.mark.parametrize("role", [Role.CALLBACK, Role.INSPECTOR, Role.ADMIN])
async def test_a_matter_is_judged_at_the_desk_only(
    client: httpx.AsyncClient, signed_on: SignOn, ticket_id: str, role: Role
) -> None:
    refused = await client.post(f"/api/v1/tickets/{ticket_id}/routing", headers=await signed_on(role), json={})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("supervision/facts", {"fact": "near_due", "note": "只有系统能认定"}),
        ("supervision/facts", {"fact": "instruction", "note": ""}),
        ("supervision/shirking", {"note": "互推", "forever": True}),
        ("routing", {"level": "moon"}),
        ("hazard", {"emergency_scope": True}),
        ("publication", {}),
    ],
)
async def test_a_body_that_says_something_else_is_refused_with_its_field(
    client: httpx.AsyncClient, signed_on: SignOn, ticket_id: str, path: str, body: dict[str, Any]
) -> None:
    leader = await signed_on(Role.SHIFT_LEADER)
    refused = await client.post(f"/api/v1/tickets/{ticket_id}/{path}", headers=leader, json=body)
    assert refused.status_code == 422, refused.text


async def test_the_second_of_two_who_saw_one_version_is_told_so(
    client: httpx.AsyncClient, signed_on: SignOn, ticket_id: str
) -> None:
    supervisor = await signed_on(Role.SUPERVISOR)
    seen = {**supervisor, "If-Match": await _version(client, supervisor, ticket_id)}
    body = {"fact": "instruction", "note": "批示"}
    url = f"/api/v1/tickets/{ticket_id}/supervision/facts"
    assert (await client.post(url, headers=seen, json=body)).status_code == 201
    second = await client.post(url, headers=seen, json=body)
    assert (second.status_code, second.json()["code"]) == (412, "ticket_changed")


async def test_nobody_supervises_a_ticket_that_is_not_there(client: httpx.AsyncClient, signed_on: SignOn) -> None:
    supervisor = await signed_on(Role.SUPERVISOR)
    url = "/api/v1/tickets/0197a0c8-7b5e-7c3a-9d2e-1f0a5b6c7d8e/supervision"
    assert (await client.get(url, headers=supervisor)).status_code == 404
    body = {"fact": "instruction", "note": "批示"}
    assert (await client.post(f"{url}/facts", headers=supervisor, json=body)).status_code == 404
