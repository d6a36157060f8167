import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from api.services import Services
from core.actors import Role
from tests.api.conftest import BOTH

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
FIELDS = {
    "category": "complaint",
    "title": "路灯不亮",
    "summary": "电话13900005678,路灯坏了三天",
    "caller_name": "王建国",
}


@pytest.fixture(params=BOTH)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
async def agent(signed_on: SignOn) -> Headers:
    return await signed_on(Role.AGENT)


@pytest.fixture
async def leader(signed_on: SignOn) -> Headers:
    return await signed_on(Role.SHIFT_LEADER)


@pytest.fixture
async def unit_id(services: Services) -> str:
    return next(unit.id for unit in await services.tickets.units() if unit.level == 2)


async def _draft(client: httpx.AsyncClient, agent: Headers, call: Any) -> dict[str, Any]:
    opened = await client.post("/api/v1/tickets", headers=agent, json={"call_id": call.call_id})
    assert opened.status_code == 201
    found: dict[str, Any] = opened.json()
    return found


async def _edit(client: httpx.AsyncClient, agent: Headers, ticket: dict[str, Any], **fields: Any) -> httpx.Response:
    headers = {**agent, "If-Match": f'"{ticket["version"]}"'}
    return await client.patch(f"/api/v1/tickets/{ticket['id']}", headers=headers, json=fields)


async def _dispatched(client: httpx.AsyncClient, agent: Headers, leader: Headers, call: Any, unit_id: str) -> str:
    ticket = await _draft(client, agent, call)
    edited = await _edit(client, agent, ticket, **FIELDS, unit_id=unit_id)
    assert edited.status_code == 200, edited.text
    url = f"/api/v1/tickets/{ticket['id']}"
    for path, headers in (("/accept", agent), ("/approve", leader), ("/dispatch", agent)):
        moved = await client.post(url + path, headers=headers, json={})
        assert moved.status_code == 200, moved.text
    return url


async def test_a_ticket_goes_from_the_call_to_its_close(
    client: httpx.AsyncClient, agent: Headers, leader: Headers, call: Any, unit_id: str, signed_on: SignOn
) -> None:
    url = await _dispatched(client, agent, leader, call, unit_id)
    unit, reviewer = await signed_on(Role.UNIT, unit_id=unit_id), await signed_on(Role.REVIEWER)
    assert (await client.post(url + "/sign", headers=unit)).json()["state"] == "signed"
    answered = await client.post(url + "/answer", headers=unit, json={"answer": "已更换灯泡"})
    assert answered.json()["state"] == "answered"
    closed = await client.post(url + "/close", headers=reviewer, json={})
    assert (closed.status_code, closed.json()["state_label"]) == (200, "已办结")
    ledger = (await client.get(url + "/ledger", headers=reviewer)).json()
    assert ledger[0]["event"] == "opened"
    assert {"submitted", "approved", "dispatched", "signed", "answered", "closed"} <= {
        entry["event"] for entry in ledger
    }
    duties = (await client.get(url + "/duties", headers=reviewer)).json()
    assert all(duty["clause"] and duty["counting"] for duty in duties)


async def test_personal_fields_are_masked_until_one_is_revealed_with_a_reason_that_stands_in_the_ledger(
    client: httpx.AsyncClient, agent: Headers, call: Any
) -> None:
    ticket = await _draft(client, agent, call)
    shown = (await _edit(client, agent, ticket, **FIELDS)).json()
    assert (shown["caller_phone"], shown["caller_name"]) == ("139****5678", "王**")
    assert "13900005678" not in str(shown)
    url = f"/api/v1/tickets/{ticket['id']}"
    revealed = await client.post(url + "/reveal", headers=agent, json={"field": "caller_phone", "reason": "回电核实"})
    assert revealed.json() == {"field": "caller_phone", "value": "13900005678"}
    last = (await client.get(url + "/ledger", headers=agent)).json()[-1]
    assert (last["event"], last["note"], last["data"]) == ("revealed", "回电核实", {"field": "caller_phone"})


async def test_an_edit_needs_the_version_that_was_seen(client: httpx.AsyncClient, agent: Headers, call: Any) -> None:
    ticket = await _draft(client, agent, call)
    url = f"/api/v1/tickets/{ticket['id']}"
    read = await client.get(url, headers=agent)
    assert read.headers["etag"] == f'"{ticket["version"]}"'
    without = await client.patch(url, headers=agent, json={"title": "路灯"})
    assert (without.status_code, without.json()["code"]) == (428, "version_needed")
    first = await _edit(client, agent, ticket, title="路灯")
    assert first.status_code == 200
    assert first.headers["etag"] != read.headers["etag"]
    second = await _edit(client, agent, ticket, title="路牌")
    assert (second.status_code, second.json()["code"]) == (412, "ticket_changed")
    assert (await client.get(url, headers=agent)).json()["title"] == "路灯"
    nonsense = await client.patch(url, headers={**agent, "If-Match": "abc"}, json={"title": "路灯"})
    assert nonsense.status_code == 422


async def test_an_unknown_field_is_refused_and_nothing_is_changed(
    client: httpx.AsyncClient, agent: Headers, call: Any
) -> None:
    ticket = await _draft(client, agent, call)
    refused = await _edit(client, agent, ticket, title="路灯", state="closed")
    assert refused.status_code == 422
    assert (await client.get(f"/api/v1/tickets/{ticket['id']}", headers=agent)).json()["title"] is None


async def test_the_same_call_gives_the_same_ticket(client: httpx.AsyncClient, agent: Headers, call: Any) -> None:
    assert (await _draft(client, agent, call))["id"] == (await _draft(client, agent, call))["id"]
    unknown = await client.post("/api/v1/tickets", headers=agent, json={"call_id": "nothing"})
    assert unknown.status_code == 404


async def test_a_key_sent_twice_creates_once_and_is_answered_twice_alike(
    client: httpx.AsyncClient, agent: Headers
) -> None:
    keyed = {**agent, "Idempotency-Key": "k1"}
    first = await client.post("/api/v1/tickets", headers=keyed, json={})
    again = await client.post("/api/v1/tickets", headers=keyed, json={})
    assert first.json() == again.json()
    assert again.status_code == 201
    without = await client.post("/api/v1/tickets", headers=agent, json={})
    assert without.json()["id"] != first.json()["id"]
    other = await client.post("/api/v1/tickets", headers=keyed, json={"call_id": None})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_sent_at_the_same_moment_creates_once(client: httpx.AsyncClient, agent: Headers) -> None:
    keyed = {**agent, "Idempotency-Key": "k1"}
    answers = await asyncio.gather(*(client.post("/api/v1/tickets", headers=keyed, json={}) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    page = (await client.get("/api/v1/tickets", headers=agent)).json()
    assert len(page["items"]) == 1


async def test_a_request_that_failed_may_use_its_key_again(
    client: httpx.AsyncClient, agent: Headers, call: Any
) -> None:
    keyed = {**agent, "Idempotency-Key": "k1"}
    assert (await client.post("/api/v1/tickets", headers=keyed, json={"call_id": "nothing"})).status_code == 404
    good = await client.post("/api/v1/tickets", headers=keyed, json={"call_id": call.call_id})
    assert good.status_code == 201


async def test_people_of_a_unit_see_the_tickets_of_their_unit_only(  # noqa: PLR0917 - pytest calls it by name
    client: httpx.AsyncClient,
    agent: Headers,
    leader: Headers,
    call: Any,
    services: Services,
    unit_id: str,
    signed_on: SignOn,
) -> None:
    url = await _dispatched(client, agent, leader, call, unit_id)
    own = await signed_on(Role.UNIT, "own", unit_id=unit_id)
    another = next(unit.id for unit in await services.tickets.units() if unit.level == 2 and unit.id != unit_id)
    strange = await signed_on(Role.UNIT, "strange", unit_id=another)
    assert (await client.get(url, headers=own)).status_code == 200
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/ledger", None),
        ("GET", "/duties", None),
        ("POST", "/sign", {}),
        ("POST", "/reveal", {"field": "caller_phone", "reason": "好奇一下"}),
    ):
        assert (await client.request(method, url + path, headers=strange, json=body)).status_code == 404, path
    assert (await client.get("/api/v1/tickets", headers=strange)).json()["items"] == []
    assert (await client.get(f"/api/v1/tickets?unit_id={unit_id}", headers=strange)).json()["items"] == []
    found = await client.post("/api/v1/tickets/search", headers=strange, json={"caller_phone": "13900005678"})
    assert found.json()["items"] == []
    assert len((await client.get("/api/v1/tickets", headers=own)).json()["items"]) == 1


async def test_an_act_the_state_forbids_is_a_conflict_that_names_state_and_act(
    client: httpx.AsyncClient, agent: Headers, call: Any
) -> None:
    ticket = await _draft(client, agent, call)
    answer = await client.post(f"/api/v1/tickets/{ticket['id']}/dispatch", headers=agent, json={})
    assert answer.status_code in {409, 422}
    assert answer.json()["detail"]


async def test_an_extension_is_asked_once_and_decided_by_the_centre(
    client: httpx.AsyncClient, agent: Headers, leader: Headers, call: Any, unit_id: str, signed_on: SignOn
) -> None:
    url = await _dispatched(client, agent, leader, call, unit_id)
    unit = await signed_on(Role.UNIT, unit_id=unit_id)
    await client.post(url + "/sign", headers=unit)
    body = {"days": 2, "reason": "需要采购配件"}
    keyed = {**unit, "Idempotency-Key": "e1"}
    asked = await client.post(url + "/extension", headers=keyed, json=body)
    assert (asked.status_code, asked.json()["outcome"]) == (201, "pending_approval"), asked.text
    assert (await client.post(url + "/extension", headers=keyed, json=body)).json() == asked.json()
    assert (await client.post(url + "/extension", headers=unit, json=body)).json()["code"] == "extension_pending"
    before = (await client.get(url, headers=leader)).json()["due_at"]
    decided = await client.post(url + "/extension/decision", headers=leader, json={"approved": True})
    assert decided.json()["due_at"] > before


async def test_a_refusal_needs_a_ground_that_the_regulation_lists(
    client: httpx.AsyncClient, agent: Headers, call: Any
) -> None:
    ticket = await _draft(client, agent, call)
    refused = await client.post(f"/api/v1/tickets/{ticket['id']}/reject", headers=agent, json={"code": "no_such"})
    assert (refused.status_code, refused.json()["code"]) == (422, "refusal_not_listed")


async def test_tickets_come_in_pages(client: httpx.AsyncClient, agent: Headers) -> None:
    for _ in range(3):
        await client.post("/api/v1/tickets", headers=agent, json={})
    first = (await client.get("/api/v1/tickets?limit=2", headers=agent)).json()
    rest = (await client.get(f"/api/v1/tickets?limit=2&after={first['next']}", headers=agent)).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    number = rest["items"][0]["number"]
    assert (await client.get(f"/api/v1/tickets/by-number/{number}", headers=agent)).json()["id"] == rest["items"][0][
        "id"
    ]


async def test_callback_tasks_are_listed_and_an_unknown_one_is_not_found(
    client: httpx.AsyncClient, signed_on: SignOn, agent: Headers, call: Any
) -> None:
    callback = await signed_on(Role.CALLBACK)
    assert (await client.get("/api/v1/callbacks", headers=callback)).json() == []
    missing = await client.post("/api/v1/callbacks/none/finish", headers=callback, json={"outcome": "satisfied"})
    assert missing.status_code == 404
    ticket = await _draft(client, agent, call)
    assert (await client.get(f"/api/v1/tickets/{ticket['id']}/surveys", headers=callback)).json() == []
