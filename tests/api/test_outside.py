import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.services import Services
from core.actors import Role
from core.clock import ManualClock
from tests.api.conftest import BOTH
from tickets.exchange.codes import query_code
from tickets.exchange.signing import signature

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
PATH = "/api/v1/exchange/tickets"
HANDED = {
    "external_id": "P-1",
    "caller_phone": "13900005678",
    "fields": {"category": "help", "title": "路灯不亮", "summary": "三天"},
}


@pytest.fixture(params=BOTH)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
async def secret(client: httpx.AsyncClient, signed_on: SignOn) -> str:
    admin = await signed_on(Role.ADMIN)
    made = await client.post("/api/v1/platforms", headers=admin, json={"name": "province", "title": "省平台"})
    assert made.status_code == 201, made.text
    found: str = made.json()["secret"]
    return found


def signed(secret: str, clock: ManualClock, body: bytes, method: str = "POST", path: str = PATH) -> Headers:
    timestamp = str(int(clock.now().timestamp()))
    right = signature(secret, timestamp=timestamp, method=method, path=path, body=body)
    return {
        "X-Platform": "province", "X-Timestamp": timestamp, "X-Signature": right, "Content-Type": "application/json",
    }  # fmt: skip


async def test_a_platform_hands_a_ticket_over_once_however_often_it_sends(
    client: httpx.AsyncClient, clock: ManualClock, secret: str, services: Services
) -> None:
    body = json.dumps(HANDED).encode()
    answers = [await client.post(PATH, headers=signed(secret, clock, body), content=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["number"] == answers[1].json()["number"]
    assert "13900005678" not in answers[0].text
    state = await client.get(f"{PATH}/P-1", headers=signed(secret, clock, b"", "GET", f"{PATH}/P-1"))
    assert state.json()["state"] == "draft"
    assert len((await services.tickets.list()).items) == 1


@pytest.mark.parametrize("change", ["body", "old", "secret"])
async def test_what_is_not_signed_as_sent_and_now_is_refused(
    client: httpx.AsyncClient, clock: ManualClock, secret: str, change: str, services: Services
) -> None:
    body = json.dumps(HANDED).encode()
    headers = signed("other" if change == "secret" else secret, clock, body)
    if change == "old":
        clock.advance(timedelta(minutes=6))
    sent = body + b" " if change == "body" else body
    assert (await client.post(PATH, headers=headers, content=sent)).status_code == 401
    assert (await services.tickets.list()).items == ()


async def test_a_citizen_asks_with_number_and_code_and_guessing_is_limited(
    client: httpx.AsyncClient, services: Services
) -> None:
    ticket_id = await services.tickets.open_draft(None, None, None)
    number = (await services.tickets.get(ticket_id)).number
    code = query_code(ticket_id)
    right: Any = {"number": number, "code": code}
    assert (await client.post("/api/v1/progress", json=right)).json()["state"] == "draft"
    wrong = {"number": number, "code": f"{(int(code) + 1) % 10**6:06d}"}
    answers = [(await client.post("/api/v1/progress", json=wrong)).status_code for _ in range(6)]
    assert answers == [404] * 5 + [429]


async def test_two_clerks_at_once_one_wins_the_other_is_told_409_or_412(
    client: httpx.AsyncClient, services: Services, signed_on: SignOn
) -> None:
    agent, leader = await signed_on(Role.AGENT), await signed_on(Role.SHIFT_LEADER)
    opened = await client.post(
        "/api/v1/tickets/from-channel", headers=agent, json={"channel": "web", "fields": HANDED["fields"]}
    )
    assert opened.status_code == 201
    url, tag = f"/api/v1/tickets/{opened.json()['id']}/accept", opened.headers["ETag"]
    answers = [await client.post(url, headers={**who, "If-Match": tag}, json={}) for who in (agent, leader)]
    assert [answer.status_code for answer in answers] == [200, 412]
    found = await client.post("/api/v1/ticket-entries/search", headers=agent, json={"text": "路灯"})
    assert [entry["id"] for entry in found.json()["items"]] == [opened.json()["id"]]
    rules = await client.get("/api/v1/ticket-rules", headers=agent)
    assert {"draft", "merged"} <= {rule["to"] for rule in rules.json()}
