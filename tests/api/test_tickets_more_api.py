"""Files, saved views, the directory of units and the outbox's gauge over the wire."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from api.services import Services
from core.actors import Role
from core.clock import ManualClock
from core.outbox import enqueue
from tests.api.conftest import BOTH

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8000
"""Two million bytes, NUL among them: more than any other body may have."""


@pytest.fixture(params=BOTH)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


async def test_a_file_goes_in_and_comes_out_as_it_was_and_its_name_is_masked(
    client: httpx.AsyncClient, signed_on: SignOn
) -> None:
    agent = await signed_on(Role.AGENT)
    ticket = (await client.post("/api/v1/tickets", headers=agent, json={})).json()
    url = f"/api/v1/tickets/{ticket['id']}/attachments"
    sent = {**agent, "Content-Type": "application/octet-stream", "X-File-Name": "%E7%8E%B0%E5%9C%BA13900005678.jpg"}
    made = await client.post(url, headers=sent, content=PHOTO)
    assert made.status_code == 201, made.text
    assert made.json()["name"].startswith("现场")
    assert "13900005678" not in made.text
    found = await client.get(f"{url}/{made.json()['id']}/file", headers=agent)
    assert (found.content, found.headers["content-type"]) == (PHOTO, "image/jpeg")
    assert found.headers["content-disposition"].startswith("attachment")
    assert [one["id"] for one in (await client.get(url, headers=agent)).json()] == [made.json()["id"]]
    stale = await client.post(url, headers={**sent, "If-Match": f'"{ticket["version"]}"'}, content=PHOTO)
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "application/octet-stream", "X-File-Name": "a.html"}, b"<html>", 422),
        ({"Content-Type": "application/json", "X-File-Name": "a.jpg"}, b"{}", 422),
        ({"Content-Type": "application/octet-stream", "X-File-Name": "..%2Fa.jpg"}, PHOTO, 422),
        ({"Content-Type": "application/octet-stream"}, PHOTO, 422),
        ({"Content-Type": "application/octet-stream", "X-File-Name": "a.jpg"}, bytes(21_000_001), 413),
    ],
)
async def test_what_is_no_file_we_take_is_refused(
    client: httpx.AsyncClient, signed_on: SignOn, headers: Headers, content: bytes, status: int
) -> None:
    agent = await signed_on(Role.AGENT)
    ticket = (await client.post("/api/v1/tickets", headers=agent, json={})).json()
    url = f"/api/v1/tickets/{ticket['id']}/attachments"
    refused = await client.post(url, headers={**agent, **headers}, content=content)
    assert refused.status_code == status, refused.text
    assert (await client.get(url, headers=agent)).json() == []


async def test_a_shift_leader_shares_a_view_that_an_agent_may_use_but_not_delete(
    client: httpx.AsyncClient, signed_on: SignOn
) -> None:
    agent, leader = await signed_on(Role.AGENT), await signed_on(Role.SHIFT_LEADER)
    body = {"wanted": {"states": ["draft"]}}
    assert (await client.put("/api/v1/ticket-views/草稿/shared", headers=agent, json=body)).status_code == 403
    shared = await client.put("/api/v1/ticket-views/草稿/shared", headers=leader, json=body)
    assert shared.status_code == 200, shared.text
    (seen,) = (await client.get("/api/v1/ticket-views", headers=agent)).json()
    assert (seen["own"], seen["wanted"]["states"]) == (False, ["draft"])
    assert (await client.post("/api/v1/ticket-entries", headers=agent, json=seen["wanted"])).status_code == 200
    url = f"/api/v1/ticket-views/{seen['id']}"
    assert (await client.delete(url, headers=agent)).status_code == 404
    assert (await client.delete(url, headers=leader)).status_code == 204


async def test_an_administrator_keeps_the_directory_of_units(client: httpx.AsyncClient, signed_on: SignOn) -> None:
    admin, agent = await signed_on(Role.ADMIN), await signed_on(Role.AGENT)
    new = {"code": "NEW1", "name": "数据局", "department": "综合科"}
    assert (await client.post("/api/v1/units", headers=agent, json=new)).status_code == 403
    made = await client.post("/api/v1/units", headers=admin, json=new)
    assert made.status_code == 201, made.text
    assert made.json()["hours"]
    assert {fault["clause"] for fault in made.json()["faults"]} == {"YC-9.1"}
    url = f"/api/v1/units/{made.json()['id']}"
    changed = await client.patch(url, headers=admin, json={"duty_phone": "0795-3212345"})
    assert (changed.json()["duty_phone"], changed.json()["department"]) == ("0795-3212345", "综合科")
    assert (await client.patch(url, headers=admin, json={"level": 9})).status_code == 422
    shown = {unit["code"]: unit for unit in (await client.get("/api/v1/units", headers=agent)).json()}
    assert shown["NEW1"]["duty_phone"] == "0795-3212345"


async def test_the_people_of_a_unit_are_masked_revealed_with_a_reason_and_every_change_is_on_record(
    client: httpx.AsyncClient, signed_on: SignOn
) -> None:
    admin, leader, unit = await signed_on(Role.ADMIN), await signed_on(Role.SHIFT_LEADER), await signed_on(Role.UNIT)
    made = (await client.post("/api/v1/units", headers=admin, json={"code": "NEW1", "name": "局"})).json()
    url = f"/api/v1/units/{made['id']}"
    people = [
        {"post": "leader", "name": "王大明", "phone": "13900005678"},
        {"post": "receiver", "name": "李小红", "phone": "13900001234"},
    ]
    refused = await client.put(f"{url}/people", headers=admin, json={"people": people})
    assert (refused.status_code, refused.json()["code"]) == (422, "unit_people")
    assert "YC-9.1" in refused.json()["message"]
    await client.patch(url, headers=admin, json={"department": "综合科"})
    named = await client.put(f"{url}/people", headers=admin, json={"people": people})
    assert (named.status_code, named.json()["faults"]) == (200, []), named.text
    assert "王大明" not in named.text
    assert "13900005678" not in named.text
    person = named.json()["people"][0]
    look = f"{url}/people/{person['id']}/reveal"
    assert (await client.post(look, headers=unit, json={"reason": "联系办理"})).status_code == 403
    shown = await client.post(look, headers=leader, json={"reason": "联系办理"})
    assert shown.json() == {"name": "王大明", "phone": "13900005678"}
    changes = (await client.get(f"{url}/changes", headers=admin)).json()
    assert [one["act"] for one in changes] == ["revealed", "people", "changed", "added"]
    assert (changes[2]["before"], changes[2]["after"]) == ({"department": None}, {"department": "综合科"})
    assert changes[2]["actor_role"] == "admin"
    assert "王大明" not in str(changes)
    assert (await client.get(f"{url}/changes", headers=leader)).status_code == 403


async def test_many_units_are_imported_at_once_or_not_at_all(client: httpx.AsyncClient, signed_on: SignOn) -> None:
    admin = await signed_on(Role.ADMIN)
    people = [{"post": "leader", "name": "王大明"}, {"post": "receiver", "name": "李小红", "phone": "13900001234"}]
    units = [
        {"code": "X2", "name": "街道", "level": 3, "parent_code": "X1", "department": "党政办", "people": people},
        {"code": "X1", "name": "某区", "kind": "county", "department": "热线科", "people": people},
    ]
    before = len((await client.get("/api/v1/units", headers=admin)).json())
    wrong = [*units, {"code": "X3", "name": "某局", "department": "科", "people": people[:1]}]
    refused = await client.post("/api/v1/units/import", headers=admin, json={"units": wrong})
    assert (refused.status_code, refused.json()["detail"]["field"]) == (422, "units.2.people")
    assert len((await client.get("/api/v1/units", headers=admin)).json()) == before
    taken = await client.post("/api/v1/units/import", headers=admin, json={"units": units})
    assert taken.json() == {"added": 2, "changed": 0}, taken.text
    again = await client.post("/api/v1/units/import", headers=admin, json={"units": units})
    assert again.json() == {"added": 0, "changed": 2}
    shown = {unit["code"]: unit for unit in (await client.get("/api/v1/units", headers=admin)).json()}
    assert shown["X2"]["parent_id"] == shown["X1"]["id"]
    faulty = (await client.get("/api/v1/units?faulty=true", headers=admin)).json()
    assert "X1" not in {unit["code"] for unit in faulty}


async def test_the_gauge_tells_how_many_messages_wait(
    client: httpx.AsyncClient, services: Services, clock: ManualClock
) -> None:
    async with services.database.transaction() as session:
        await enqueue(session, topic="t", key="k", payload={}, now=clock.now())
    told = (await client.get("/metrics")).text
    assert 'hotline_outbox_messages{state="pending"} 1.0' in told
    assert 'hotline_outbox_messages{state="dead"} 0.0' in told
