from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.access import AccessRecord
from api.services import Services
from core.actors import SYSTEM, Role
from core.bus import Bus
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict
from core.ids import new_id
from routing.engine_events import AgentPresence
from routing.events import AgentState, OfferEnded, OfferMade, OfferOutcome
from routing.model import Agent

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]


async def _other_agent(services: Services, signed_on: SignOn) -> Headers:
    other = await services.agents.add(number="8002", name="李强", actor=SYSTEM)
    return await signed_on(Role.AGENT, "other", agent_id=other.id)


async def test_a_call_is_shown_with_its_legs_and_a_masked_caller(
    client: httpx.AsyncClient, call: Any, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.SUPERVISOR)
    page = (await client.get("/api/v1/calls?state=talking", headers=headers)).json()
    assert [item["call_id"] for item in page["items"]] == [call.call_id]
    one = (await client.get(f"/api/v1/calls/{call.call_id}", headers=headers)).json()
    assert (one["state"], one["caller"], one["dialled"]) == ("talking", "139****5678", "12345")
    assert {leg["party"] for leg in one["legs"]} == {"caller", "agent"}
    assert "13900005678" not in str(one)


async def test_calls_are_found_by_the_exact_number_given_in_the_body(
    client: httpx.AsyncClient, call: Any, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.REVIEWER)
    found = await client.post("/api/v1/calls/search", headers=headers, json={"caller": "13900005678"})
    assert [item["call_id"] for item in found.json()["items"]] == [call.call_id]
    none = await client.post("/api/v1/calls/search", headers=headers, json={"caller": "13900005679"})
    assert none.json()["items"] == []


async def test_agents_see_their_own_calls_and_no_others(
    client: httpx.AsyncClient, services: Services, call: Any, signed_on: SignOn
) -> None:
    own, other = await signed_on(Role.AGENT), await _other_agent(services, signed_on)
    url = f"/api/v1/calls/{call.call_id}"
    assert (await client.get(url, headers=own)).status_code == 200
    for path in ("", "/transcript", "/suggestions", "/recording"):
        assert (await client.get(url + path, headers=other)).status_code == 404, path
    assert (await client.get("/api/v1/calls?agent_number=8001", headers=other)).json()["items"] == []
    assert (await client.post(url + "/hang-up", headers=other)).status_code == 404
    assert (await client.post(url + "/reveal", headers=other, json={"reason": "好奇一下"})).status_code == 404


async def test_a_transcript_shows_words_but_no_numbers_until_it_is_revealed_with_a_reason_that_is_kept(
    client: httpx.AsyncClient, database: Database, call: Any, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.INSPECTOR)
    url = f"/api/v1/calls/{call.call_id}"
    (said,) = (await client.get(url + "/transcript", headers=headers)).json()
    assert "路灯坏了" in said["text"]
    assert "13900005678" not in said["text"]
    assert (await client.post(url + "/reveal", headers=headers, json={})).status_code == 422
    revealed = (await client.post(url + "/reveal", headers=headers, json={"reason": "质检抽查"})).json()
    assert revealed["caller"] == "13900005678"
    assert "13900005678" in revealed["transcript"][0]["text"]
    async with database.reading() as session:
        (row,) = (await session.scalars(select(AccessRecord))).all()
    assert (row.thing_id, row.reason.reveal()) == (call.call_id, "质检抽查")


async def test_suggestions_are_readable_for_the_agent_of_the_call_and_masked_for_others(
    client: httpx.AsyncClient, services: Services, call: Any, signed_on: SignOn
) -> None:
    await services.transcripts.suggest(call.call_id)
    url = f"/api/v1/calls/{call.call_id}/suggestions"
    own = {one["field"]: one["value"] for one in (await client.get(url, headers=await signed_on(Role.AGENT))).json()}
    assert own["contact_phone"] == "13900005678"
    others = (await client.get(url, headers=await signed_on(Role.SUPERVISOR))).json()
    assert {one["field"]: one["value"] for one in others}["contact_phone"] == "139****5678"
    assert "13900005678" not in str(others)


async def test_hanging_up_asks_the_engine(client: httpx.AsyncClient, bus: Bus, call: Any, signed_on: SignOn) -> None:
    asked: list[dict[str, Any]] = []

    async def engine(request: dict[str, Any]) -> dict[str, object]:
        asked.append(request)
        return {"legs": 2}

    await bus.serve("hotline/rpc/engine/hang-up", engine)
    answer = await client.post(f"/api/v1/calls/{call.call_id}/hang-up", headers=await signed_on(Role.AGENT))
    assert answer.json() == {"legs": 2}
    assert asked[0]["call_id"] == call.call_id


async def test_without_an_engine_hanging_up_is_told_to_be_impossible_now(
    client: httpx.AsyncClient, call: Any, signed_on: SignOn
) -> None:
    answer = await client.post(f"/api/v1/calls/{call.call_id}/hang-up", headers=await signed_on(Role.SUPERVISOR))
    assert (answer.status_code, answer.json()["code"]) == (503, "part_unavailable")
    assert answer.json()["detail"]["remedy"]


async def test_why_an_agent_was_offered_the_call_is_told(
    client: httpx.AsyncClient, services: Services, seat: Agent, call: Any, clock: ManualClock, signed_on: SignOn
) -> None:
    offer = new_id()
    made = OfferMade(offer, call.call_id, seat.id, call.agent_leg, "空闲最久", None, clock.now())
    await services.decisions.store([made, OfferEnded(offer, call.call_id, seat.id, OfferOutcome.JOINED, clock.now())])
    url = f"/api/v1/calls/{call.call_id}/decisions"
    (told,) = (await client.get(url, headers=await signed_on(Role.SHIFT_LEADER))).json()
    assert (told["why"], told["outcome"], told["agent_id"]) == ("空闲最久", "joined", seat.id)


async def test_agents_are_listed_with_their_present_states(
    client: httpx.AsyncClient, services: Services, seat: Agent, clock: ManualClock, signed_on: SignOn
) -> None:
    now = clock.now()
    await services.presence.save(
        AgentPresence(
            seat.id, seat.number, ("general",), AgentState.PAUSED, "小休", now, now, AgentState.PAUSED, "小休", 0, None
        )
    )
    await services.agents.add(number="8002", name="李强", actor=SYSTEM)
    page = (await client.get("/api/v1/agents", headers=await signed_on(Role.SHIFT_LEADER, agent_id=seat.id))).json()
    assert [(one["number"], one["state"]) for one in page["items"]] == [("8001", "paused"), ("8002", "offline")]
    assert page["states_known"] is True
    assert "secret" not in str(page)


async def test_setting_ones_state_asks_the_engine_and_passes_its_refusal_on(
    client: httpx.AsyncClient, bus: Bus, seat: Agent, clock: ManualClock, signed_on: SignOn
) -> None:
    async def engine(request: dict[str, Any]) -> dict[str, object]:
        if request["state"] == "wrap_up_done":
            raise Conflict("坐席当前不在话后处理")
        return {**request, "state": request["state"], "since": clock.now()}

    await bus.serve("hotline/rpc/engine/agent-state", engine)
    headers = await signed_on(Role.AGENT)
    url = "/api/v1/agents/me/state"
    done = await client.post(url, headers=headers, json={"state": "paused", "reason": "小休"})
    assert (done.json()["agent_id"], done.json()["state"], done.json()["reason"]) == (seat.id, "paused", "小休")
    refused = await client.post(url, headers=headers, json={"state": "wrap_up_done"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (await client.post(url, headers=headers, json={"state": "talking"})).status_code == 422


async def test_a_shift_leader_without_a_seat_has_no_state_to_set(client: httpx.AsyncClient, signed_on: SignOn) -> None:
    headers = await signed_on(Role.SHIFT_LEADER)
    answer = await client.post("/api/v1/agents/me/state", headers=headers, json={"state": "ready"})
    assert (answer.status_code, answer.json()["code"]) == (403, "no_seat")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "state=unknown", "since=yesterday", "since=2026-01-01T00:00:00", "x=1"]
)
async def test_a_query_that_makes_no_sense_is_refused(client: httpx.AsyncClient, signed_on: SignOn, query: str) -> None:
    answer = await client.get(f"/api/v1/calls?{query}", headers=await signed_on(Role.SUPERVISOR))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
