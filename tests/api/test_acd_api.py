"""Queues, supervision and the plan over the interface; the ledger on SQLite and PostgreSQL."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.services import Services
from core.actors import SYSTEM, Actor, Role
from core.bus import Bus
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, PartUnavailable
from core.ids import new_id
from routing.events import AgentState, AgentStateChanged
from routing.figures.counts import Count, Counts
from routing.figures.lane import Interval
from routing.model import Agent
from routing.plan.reading import document_of
from routing.plan.service import shipped_plan
from telephony.supervision.repository import RecordFilter
from telephony.supervision.service import Act, SupervisionLedger

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
CALL = "0197a0c8-7b5e-7c3a-9d2e-1f0a5b6c7d8e"
ENGINE = "hotline/rpc/engine/"


async def answering(bus: Bus, topic: str, answer: dict[str, object] | Exception) -> list[dict[str, Any]]:
    """Stand in for the engine: answer one kind of request, and keep what was asked."""
    asked: list[dict[str, Any]] = []

    async def engine(request: dict[str, Any]) -> dict[str, object]:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    await bus.serve(ENGINE + topic, engine)
    return asked


@pytest.fixture
async def leader(services: Services, signed_on: SignOn) -> Headers:
    """A shift leader at phone 8009."""
    own = await services.agents.add(number="8009", name="班长", actor=SYSTEM)
    return await signed_on(Role.SHIFT_LEADER, agent_id=own.id)


@pytest.mark.parametrize("verb", ["listen", "whisper", "barge", "take-over"])
async def test_a_shift_leader_takes_part_in_a_call_and_it_is_on_record(
    client: httpx.AsyncClient, services: Services, bus: Bus, seat: Agent, leader: Headers, verb: str
) -> None:
    leg = new_id()
    asked = await answering(bus, "supervise", {"leg_id": leg, "agent_phone": seat.number})
    url = f"/api/v1/calls/{CALL}/{verb}"
    answer = await client.post(url, headers=leader, json={"reason": "新人辅导"})
    assert (answer.status_code, answer.json()) == (200, {"leg_id": leg, "agent_phone": "8001"})
    act = verb.replace("-", "_")
    assert (asked[0]["verb"], asked[0]["phone"], asked[0]["call_id"]) == (act, "8009", CALL)
    (record,) = await services.supervision.records(RecordFilter())
    assert (record.act, record.call_id, record.agent_id, record.leg_id) == (act, CALL, seat.id, leg)
    assert (record.outcome, record.reason.reveal()) == ("done", "新人辅导")


async def test_an_inspector_listens_and_does_no_more_and_an_agent_nothing(
    client: httpx.AsyncClient, services: Services, bus: Bus, signed_on: SignOn
) -> None:
    own = await services.agents.add(number="8009", name="质检", actor=SYSTEM)
    await answering(bus, "supervise", {"leg_id": new_id(), "agent_phone": "8001"})
    inspector = await signed_on(Role.INSPECTOR, agent_id=own.id)
    statuses = {}
    for verb in ("listen", "whisper", "barge", "take-over"):
        url = f"/api/v1/calls/{CALL}/{verb}"
        statuses[verb] = (await client.post(url, headers=inspector, json={"reason": "质检抽查"})).status_code
    assert statuses == {"listen": 200, "whisper": 403, "barge": 403, "take-over": 403}
    agent = await signed_on(Role.AGENT)
    refused = await client.post(f"/api/v1/calls/{CALL}/listen", headers=agent, json={"reason": "好奇一下"})
    assert refused.status_code == 403
    assert [one.act for one in await services.supervision.records(RecordFilter())] == ["listen"]


async def test_a_refusal_of_the_engine_is_told_and_on_record(
    client: httpx.AsyncClient, services: Services, bus: Bus, leader: Headers
) -> None:
    await answering(bus, "supervise", Conflict("该通话当前没有话务员在通话", code="not_talking"))
    answer = await client.post(f"/api/v1/calls/{CALL}/barge", headers=leader, json={"reason": "投诉升级"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_talking")
    (record,) = await services.supervision.records(RecordFilter())
    assert (record.act, record.outcome) == ("barge", "not_talking")


async def test_without_a_reason_or_a_phone_nobody_takes_part(
    client: httpx.AsyncClient, services: Services, leader: Headers, signed_on: SignOn
) -> None:
    assert (await client.post(f"/api/v1/calls/{CALL}/listen", headers=leader, json={})).status_code == 422
    phoneless = await signed_on(Role.SUPERVISOR)
    answer = await client.post(f"/api/v1/calls/{CALL}/listen", headers=phoneless, json={"reason": "质检抽查"})
    assert (answer.status_code, answer.json()["code"]) == (403, "no_seat")
    assert [one.outcome for one in await services.supervision.records(RecordFilter())] == ["no_seat"]


async def test_without_an_engine_supervision_is_impossible_now_and_says_so(
    client: httpx.AsyncClient, services: Services, leader: Headers
) -> None:
    answer = await client.post("/api/v1/supervision/stop", headers=leader)
    assert (answer.status_code, answer.json()["code"]) == (503, "part_unavailable")
    assert [one.outcome for one in await services.supervision.records(RecordFilter())] == ["part_unavailable"]


async def test_stopping_names_the_call_that_was_left(
    client: httpx.AsyncClient, services: Services, bus: Bus, leader: Headers
) -> None:
    asked = await answering(bus, "stop-supervising", {"call_id": CALL})
    answer = await client.post("/api/v1/supervision/stop", headers=leader)
    assert answer.json() == {"call_id": CALL}
    assert asked[0]["phone"] == "8009"
    assert [one.call_id for one in await services.supervision.records(RecordFilter())] == [CALL]


async def test_an_agent_is_logged_out_by_a_shift_leader_on_record(
    client: httpx.AsyncClient, services: Services, bus: Bus, seat: Agent, leader: Headers
) -> None:
    asked = await answering(bus, "log-out", {"state": "talking"})
    url = f"/api/v1/agents/{seat.id}/log-out"
    answer = await client.post(url, headers=leader, json={"reason": "离席未签出"})
    assert answer.json() == {"state": "talking"}
    assert asked[0]["agent_id"] == seat.id
    assert asked[0]["by"]
    missing = await client.post(f"/api/v1/agents/{new_id()}/log-out", headers=leader, json={"reason": "离席未签出"})
    assert missing.status_code == 404
    assert [one.agent_id for one in await services.supervision.records(RecordFilter())] == [seat.id]


async def test_a_waiting_call_is_moved_to_a_queue_or_an_agent_but_not_to_both(
    client: httpx.AsyncClient, services: Services, bus: Bus, seat: Agent, leader: Headers
) -> None:
    asked = await answering(bus, "move-call", {})
    url = f"/api/v1/calls/{CALL}/move"
    assert (
        await client.post(url, headers=leader, json={"queue": "enterprise", "reason": "企业诉求"})
    ).status_code == 200
    assert (await client.post(url, headers=leader, json={"agent_id": seat.id, "reason": "指定专席"})).status_code == 200
    both = {"queue": "enterprise", "agent_id": seat.id, "reason": "企业诉求"}
    assert (await client.post(url, headers=leader, json=both)).status_code == 422
    assert [(one["queue"], one["agent_id"]) for one in asked] == [("enterprise", None), (None, seat.id)]
    records = await services.supervision.records(RecordFilter(call_id=CALL))
    assert [(one.queue, one.agent_id) for one in records] == [(None, seat.id), ("enterprise", None)]


async def test_the_ledger_is_read_by_supervisors_with_reasons_masked(
    client: httpx.AsyncClient, bus: Bus, leader: Headers, signed_on: SignOn
) -> None:
    await answering(bus, "move-call", {})
    for number in range(3):
        body = {"queue": f"q{number}", "reason": "王建国来电转企业专席"}
        await client.post(f"/api/v1/calls/{CALL}/move", headers=leader, json=body)
    reader = await signed_on(Role.SUPERVISOR)
    page = (await client.get("/api/v1/supervision?limit=2", headers=reader)).json()
    assert [one["queue"] for one in page["items"]] == ["q2", "q1"]
    assert "王建国" not in str(page)
    rest = (await client.get(f"/api/v1/supervision?limit=2&before={page['next']}", headers=reader)).json()
    assert ([one["queue"] for one in rest["items"]], rest["next"]) == (["q0"], None)
    assert (await client.get("/api/v1/supervision", headers=leader)).status_code == 403


WINDOW = {
    "offered": 8, "answered": 5, "answered_in_time": 3, "abandoned": 2, "abandoned_short": 1, "callbacks": 1,
    "diverted": 0, "fell_back": 0, "lost": 0, "service_level": 0.428571, "average_speed_of_answer_seconds": 16.8,
    "average_abandon_seconds": 31.0, "abandon_rate": 0.142857, "connect_rate": 0.714286, "connect_rate_met": False,
    "occupancy": None, "average_handle_seconds": None,
}  # fmt: skip


async def test_queues_are_shown_as_the_engine_counts_them(
    client: httpx.AsyncClient, bus: Bus, clock: ManualClock, signed_on: SignOn
) -> None:
    one = {
        "queue": "general", "at": clock.now(), "waiting": 1, "longest_wait_seconds": 4.2,
        "agents": {"ready": 2}, "today": WINDOW, "last_30_minutes": WINDOW,
    }  # fmt: skip
    await answering(bus, "figures", {"queues": [one]})
    headers = await signed_on(Role.AGENT)
    (shown,) = (await client.get("/api/v1/queues", headers=headers)).json()
    assert (shown["queue"], shown["waiting"], shown["today"]) == ("general", 1, WINDOW)


async def test_the_history_of_a_queue_is_shown_with_its_figures(
    client: httpx.AsyncClient, services: Services, clock: ManualClock, signed_on: SignOn
) -> None:
    begin = clock.now().replace(minute=0, second=0, microsecond=0)
    counts = Counts({Count.OFFERED: 4, Count.ANSWERED: 3, Count.ANSWERED_IN_TIME: 2, Count.ABANDONED: 1})
    await services.figures.keep([Interval("general", begin, counts)])
    query = {"queue": "general", "since": begin.isoformat(), "until": (begin + timedelta(hours=1)).isoformat()}
    headers = await signed_on(Role.SUPERVISOR)
    (row,) = (await client.get("/api/v1/queues/history", headers=headers, params=query)).json()
    assert (row["complete"], row["figures"]["connect_rate"], row["figures"]["service_level"]) == (False, 0.75, 0.5)
    backwards = {**query, "since": query["until"], "until": query["since"]}
    assert (await client.get("/api/v1/queues/history", headers=headers, params=backwards)).status_code == 422


async def test_waiting_calls_are_shown_to_leaders_only(
    client: httpx.AsyncClient, bus: Bus, clock: ManualClock, leader: Headers, signed_on: SignOn
) -> None:
    call = {
        "call_id": CALL, "queue": "general", "entered_at": clock.now(), "position": 1, "priority": 3,
        "step": 0, "attempts": 2, "callback": False,
    }  # fmt: skip
    asked = await answering(bus, "waiting", {"calls": [call]})
    (shown,) = (await client.get("/api/v1/queues/waiting?queue=general", headers=leader)).json()
    assert (shown["call_id"], shown["position"], asked[0]["queue"]) == (CALL, 1, "general")
    agent = await signed_on(Role.AGENT)
    assert (await client.get("/api/v1/queues/waiting", headers=agent)).status_code == 403


async def test_what_an_agent_did_is_told_with_reasons(
    client: httpx.AsyncClient, services: Services, seat: Agent, clock: ManualClock, leader: Headers
) -> None:
    at = clock.now()
    await services.figures.store(
        [
            AgentStateChanged(seat.id, AgentState.READY, None, "", at),
            AgentStateChanged(seat.id, AgentState.PAUSED, None, "lunch", at + timedelta(seconds=5)),
        ]
    )
    span = {"since": at.isoformat(), "until": (at + timedelta(minutes=1)).isoformat()}
    told = (await client.get(f"/api/v1/agents/{seat.id}/states", headers=leader, params=span)).json()
    assert [(one["state"], one["reason"]) for one in told] == [("paused", "lunch"), ("ready", "")]


async def test_a_plan_is_checked_proposed_compared_and_put_in_force_and_told_to_the_engine(
    client: httpx.AsyncClient, bus: Bus, signed_on: SignOn
) -> None:
    told = bus.subscribe("hotline/plan")
    headers = await signed_on(Role.SUPERVISOR)
    shipped = (await client.get("/api/v1/plan", headers=headers)).json()
    assert shipped["version"] == 0
    document = document_of(shipped_plan())
    broken = {**document, "default_queue": "nowhere"}
    faults = (await client.post("/api/v1/plan/check", headers=headers, json={"document": broken})).json()
    assert any("nowhere" in str(one) for one in faults)
    refused = await client.post("/api/v1/plan/versions", headers=headers, json={"document": broken})
    assert (refused.status_code, refused.json()["code"]) == (422, "plan_refused")
    document["queues"][0]["priority"] = 7
    made = await client.post("/api/v1/plan/versions", headers=headers, json={"document": document, "note": "优先级"})
    assert (made.status_code, made.json()["version"]) == (201, 1)
    differs = (await client.get("/api/v1/plan/versions/1/differences", headers=headers)).json()
    assert [one["after"] for one in differs] == [7]
    active = await client.post("/api/v1/plan/versions/1/activate", headers=headers, json={"reason": "试运行"})
    assert active.json()["version"] == 1
    message = await anext(aiter(told))
    assert message.payload["version"] == 1
    (change,) = (await client.get("/api/v1/plan/history", headers=headers)).json()
    assert (change["version"], change["replaced"], change["reason"]) == (1, 0, "试运行")
    assert (await client.get("/api/v1/plan/versions/9", headers=headers)).status_code == 404


async def test_a_shift_leader_may_not_change_the_plan(client: httpx.AsyncClient, leader: Headers) -> None:
    body = {"document": document_of(shipped_plan())}
    assert (await client.post("/api/v1/plan/versions", headers=leader, json=body)).status_code == 403
    assert (await client.get("/api/v1/plan", headers=leader)).status_code == 200


async def test_an_act_that_cannot_be_put_on_record_does_not_happen(clock: ManualClock) -> None:
    ledger = SupervisionLedger(Database("sqlite+aiosqlite:////nowhere/hotline.db"), clock)
    happened = []
    with pytest.raises(PartUnavailable):
        async with ledger.entry(Actor("a", "班长", Role.SHIFT_LEADER), Act("listen", "x")):
            happened.append(1)
    assert happened == []
