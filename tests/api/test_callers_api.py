"""Block list, callbacks and repeat callers over the interface."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.services import Services
from core.actors import Role
from core.clock import ManualClock
from core.ids import new_id
from core.personal import Personal
from routing.callers.callbacks import callbacks_of

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
NUMBER = "13800138000"


def block(clock: ManualClock, **changed: object) -> dict[str, object]:
    return {
        "number": NUMBER,
        "reason": "多次骚扰话务员",
        "until": (clock.now() + timedelta(days=30)).isoformat(),
        **changed,
    }


async def test_a_supervisor_blocks_and_lifts_and_every_answer_is_masked(
    client: httpx.AsyncClient, signed_on: SignOn, clock: ManualClock
) -> None:
    headers = await signed_on(Role.SUPERVISOR)
    made = await client.post("/api/v1/callers/blocks", headers=headers, json=block(clock))
    assert made.status_code == 201
    assert made.json()["number"] == "138****8000"
    listed = (await client.get("/api/v1/callers/blocks", headers=headers)).json()["items"]
    assert [one["block_id"] for one in listed] == [made.json()["block_id"]]
    lifted = await client.post(
        f"/api/v1/callers/blocks/{made.json()['block_id']}/lift", headers=headers, json={"reason": "核实后误判"}
    )
    assert (lifted.status_code, lifted.json()["holds"]) == (200, False)
    assert (await client.get("/api/v1/callers/blocks", headers=headers)).json()["items"] == []
    past = (await client.get("/api/v1/callers/blocks?past=true", headers=headers)).json()["items"]
    assert len(past) == 1
    assert NUMBER not in str(past)


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "110"},
        {"number": "12345"},
        {"number": "不是号码"},
        {"reason": " "},
        {"until": "2020-01-01T00:00:00Z"},
    ],
)
async def test_what_cannot_be_blocked_is_refused_with_the_field(
    client: httpx.AsyncClient, signed_on: SignOn, clock: ManualClock, changed: dict[str, object]
) -> None:
    headers = await signed_on(Role.SUPERVISOR)
    answer = await client.post("/api/v1/callers/blocks", headers=headers, json=block(clock, **changed))
    assert answer.status_code == 422
    assert next(iter(changed)) in answer.text


@pytest.mark.parametrize("role", [Role.AGENT, Role.SHIFT_LEADER, Role.ADMIN, Role.UNIT])
async def test_nobody_but_a_supervisor_blocks(
    client: httpx.AsyncClient, signed_on: SignOn, clock: ManualClock, role: Role
) -> None:
    answer = await client.post("/api/v1/callers/blocks", headers=await signed_on(role), json=block(clock))
    assert answer.status_code == 403


async def test_callbacks_are_listed_with_their_calls_and_cancelled_once(
    client: httpx.AsyncClient, signed_on: SignOn, services: Services, clock: ManualClock
) -> None:
    service = callbacks_of(services.database, services.clock, services.settings)
    asked = await service.ask(
        new_id(), Personal(NUMBER), queue="general", dialled="12345", entered_at=clock.now() - timedelta(minutes=2)
    )
    assert asked is not None
    headers = await signed_on(Role.SUPERVISOR)
    (one,) = (await client.get("/api/v1/callers/callbacks", headers=headers)).json()["items"]
    assert (one["number"], one["kind"], one["state"]) == ("138****8000", "asked", "waiting")
    assert [call["part"] for call in one["calls"]] == ["asked"]
    url = f"/api/v1/callers/callbacks/{one['callback_id']}/cancel"
    cancelled = await client.post(url, headers=headers, json={"reason": "市民已现场办理"})
    assert cancelled.json()["state"] == "cancelled"
    assert (await client.post(url, headers=headers, json={"reason": "重复操作"})).status_code == 409
    assert (await client.get("/api/v1/callers/callbacks", headers=headers)).json()["items"] == []
    page = (await client.get("/api/v1/callers/callbacks?only_open=false", headers=headers)).json()
    assert len(page["items"]) == 1


async def test_a_repeat_caller_is_recognised_without_his_number(
    client: httpx.AsyncClient, signed_on: SignOn, services: Services, call: Any, clock: ManualClock
) -> None:
    caller = (await services.calls.call(call.call_id)).caller
    assert caller is not None
    ticket = await services.tickets.open_draft(call.call_id, caller, "12345")
    headers = await signed_on(Role.SHIFT_LEADER)
    alone = (await client.get(f"/api/v1/callers/of-call/{call.call_id}", headers=headers)).json()
    assert (alone["calls"], alone["last_agent_id"]) == (0, None)
    assert alone["open_tickets"] == [ticket.id if hasattr(ticket, "id") else ticket]
    assert caller.reveal() not in str(alone)
    missing = await client.get(f"/api/v1/callers/of-call/{new_id()}", headers=headers)
    assert missing.status_code == 404
