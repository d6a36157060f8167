"""Over the wire: a unit's inside work, verification and its tasks, directives, campaigns, faults, and who may do it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from api.services import Services
from core.actors import Role, UnitPost
from core.clock import ManualClock
from telephony.model import Call
from tests.api.conftest import BOTH, TalkedCall

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]


@pytest.fixture(params=BOTH)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


async def _signed(client: httpx.AsyncClient, signed_on: SignOn, unit_id: str) -> tuple[str, Headers]:
    """A ticket that the unit has signed for; its address, and the unit's receiver."""
    agent, leader = await signed_on(Role.AGENT), await signed_on(Role.SHIFT_LEADER)
    unit = await signed_on(Role.UNIT, "receiver", unit_id=unit_id, unit_post=UnitPost.RECEIVER)
    ticket = (await client.post("/api/v1/tickets", headers=agent, json={})).json()
    url = f"/api/v1/tickets/{ticket['id']}"
    fields = {"category": "help", "title": "路灯不亮", "summary": "三天", "unit_id": unit_id}
    edited = await client.patch(url, headers={**agent, "If-Match": f'"{ticket["version"]}"'}, json=fields)
    assert edited.status_code == 200, edited.text
    for act, who, body in (
        ("accept", agent, {}),
        ("approve", leader, {}),
        ("dispatch", leader, {}),
        ("sign", unit, {}),
    ):
        done = await client.post(f"{url}/{act}", headers=who, json=body)
        assert done.status_code == 200, (act, done.text)
    return url, unit


async def test_a_unit_answers_through_its_leader_and_a_finding_becomes_its_task(
    client: httpx.AsyncClient, signed_on: SignOn, services: Services, clock: ManualClock
) -> None:
    unit_id = (await services.tickets.units())[0].id
    url, receiver = await _signed(client, signed_on, unit_id)
    leader = await signed_on(Role.UNIT, "leader", unit_id=unit_id, unit_post=UnitPost.APPROVER)
    handler = {"department": "市政科", "handler": "王大明"}
    assert (await client.post(f"{url}/inside/submission", headers=receiver, json={"note": "请阅示"})).status_code == 200
    assert (await client.post(f"{url}/inside/handler", headers=receiver, json=handler)).status_code == 403
    assert (await client.post(f"{url}/inside/handler", headers=leader, json=handler)).status_code == 200
    proposed = await client.post(f"{url}/inside/proposal", headers=receiver, json={"answer": "已修复"})
    assert (proposed.json()["state"], proposed.json()["answer"]) == ("in_approval", None), proposed.text
    assert (await client.post(f"{url}/inside/release", headers=receiver, json={})).status_code == 403
    declined = await client.post(f"{url}/inside/refusal", headers=leader, json={"note": "写明时间"})
    assert declined.json()["state"] == "signed"
    await client.post(f"{url}/inside/proposal", headers=receiver, json={"answer": "今日已修复"})
    released = await client.post(f"{url}/inside/release", headers=leader, json={})
    assert released.json()["state"] == "answered", released.text
    callback, admin = await signed_on(Role.CALLBACK), await signed_on(Role.ADMIN)
    visit = {
        "method": "on_site", "result": "not_solved", "happened_at": clock.now().isoformat(), "found": "仍不亮",
        "place": "某路1号", "people": "王大明",
    }  # fmt: skip
    assert (await client.post(f"{url}/verifications", headers=admin, json=visit)).status_code == 403
    no_place = {name: value for name, value in visit.items() if name != "place"}
    assert (await client.post(f"{url}/verifications", headers=callback, json=no_place)).status_code == 422
    made = await client.post(f"{url}/verifications", headers=callback, json=visit)
    assert (made.status_code, "王大明" in made.text) == (201, False), made.text
    (task,) = (await client.get("/api/v1/ticket-tasks?kind=rectify", headers=receiver)).json()
    assert (task["label"], url.endswith(task["ticket_id"])) == ("整改", True)
    assert (await client.post(f"{url}/rectified", headers=receiver, json={"text": "已换"})).status_code == 200
    (again,) = (await client.get("/api/v1/ticket-tasks", headers=callback)).json()
    assert again["kind"] == "recheck"
    seen = (await client.get(f"/api/v1/units/{unit_id}/verifications", headers=receiver)).json()
    assert [one["result"] for one in seen] == ["not_solved"]


async def test_an_instruction_bundles_tickets_and_a_campaign_is_begun_by_the_floor(
    client: httpx.AsyncClient, signed_on: SignOn, services: Services, clock: ManualClock
) -> None:
    url, unit = await _signed(client, signed_on, (await services.tickets.units())[0].id)
    office, inspector = await signed_on(Role.JOINT_OFFICE), await signed_on(Role.INSPECTOR)
    now = clock.now()
    body = {
        "title": "供暖", "leader": "王市长", "instruction": "限期解决", "given_at": now.isoformat(),
        "due_at": (now + timedelta(days=5)).isoformat(),
    }  # fmt: skip
    assert (await client.post("/api/v1/directives", headers=inspector, json=body)).status_code == 403
    made = await client.post("/api/v1/directives", headers=office, json=body)
    assert (made.status_code, "王市长" in made.text) == (201, False), made.text
    under = f"/api/v1/directives/{made.json()['id']}/tickets/{url.rpartition('/')[2]}"
    assert (await client.put(under, headers=unit)).status_code == 403
    put = await client.put(under, headers=office)
    assert put.status_code == 200, put.text
    assert put.json()["supervised_at"]
    report = f"/api/v1/directives/{made.json()['id']}/reports"
    assert (await client.post(report, headers=office, json={"text": "完成", "ends": True})).status_code == 409
    going = await client.post(report, headers=office, json={"text": "进行中"})
    assert len(going.json()["tickets"]) == len(going.json()["reports"]) == 1
    assert len((await client.get("/api/v1/directives", headers=office)).json()) == 1
    campaign = {
        "code": "ZJ1", "title": "建言献策", "held_by": "发改委", "begins_at": now.isoformat(),
        "ends_at": (now + timedelta(days=5)).isoformat(),
    }  # fmt: skip
    leader = await signed_on(Role.SHIFT_LEADER, "leader2")
    assert (await client.post("/api/v1/campaigns", headers=office, json=campaign)).status_code == 403
    assert (await client.post("/api/v1/campaigns", headers=leader, json=campaign)).status_code == 201
    assert (await client.get("/api/v1/campaigns", headers=unit)).json()[0]["collected"] == 0


async def test_an_answered_call_without_a_ticket_and_a_late_dispatch_are_listed_for_supervisors(
    client: httpx.AsyncClient, signed_on: SignOn, services: Services, clock: ManualClock, call: TalkedCall
) -> None:
    begin = clock.now()
    async with services.database.transaction() as session:  # the journal of the switch ends calls
        (await session.get_one(Call, call.call_id)).ended_at = clock.now()
    agent, supervisor = await signed_on(Role.AGENT), await signed_on(Role.SUPERVISOR)
    ticket = (await client.post("/api/v1/tickets", headers=agent, json={})).json()
    clock.advance(timedelta(hours=3))
    query = {"since": (begin - timedelta(hours=1)).isoformat(), "until": clock.now().isoformat()}
    assert (await client.get("/api/v1/faults", headers=agent, params=query)).status_code == 403
    found = (await client.get("/api/v1/faults", headers=supervisor, params=query)).json()
    assert {(one["kind"], one["call_id"], one["ticket_id"]) for one in found} == {
        ("call_without_ticket", call.call_id, None),
        ("draft_abandoned", None, ticket["id"]),
    }
    assert {one["clause"] for one in found} == {"YC-35.2"}


async def test_an_administrator_gives_a_person_of_a_unit_another_post(
    client: httpx.AsyncClient, signed_on: SignOn, services: Services
) -> None:
    admin = await signed_on(Role.ADMIN)
    await signed_on(Role.UNIT, "clerk", unit_id=(await services.tickets.units())[0].id)
    url = "/api/v1/accounts/clerk/post"
    assert (await client.put(url, headers=admin, json={"post": "approver"})).json()["unit_post"] == "approver"
    assert (await client.put(url, headers=admin, json={"post": "king"})).status_code == 422
    log = (await client.get("/api/v1/accounts/clerk/log", headers=admin)).json()
    assert log[0]["outcome"] == "post_given"
    assert (
        await client.put("/api/v1/accounts/admin1/post", headers=admin, json={"post": "handler"})
    ).status_code == 422
