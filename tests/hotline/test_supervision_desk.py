"""Supervisors' requests that need no switch: waiting calls, moving them, logging agents out."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import Conflict, HotlineError, InvalidInput, NotFound
from core.ids import new_id
from core.settings import Settings
from hotline.roles.supervision import LOG_OUT, MOVE_CALL, WAITING, SupervisionDesk
from routing.engine import Engine
from routing.engine_events import AgentReady, AgentSignedOn, CallWaiting, EngineEvent, Restore, RingAgent
from routing.events import AgentState
from routing.plan.service import shipped_plan
from routing.policy import Policy
from telephony.ami import AmiLink
from telephony.control import CallControl

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
Ask = Callable[..., Any]


class Floor:
    def __init__(self, home: Path) -> None:
        settings = Settings(home=home)
        link = AmiLink("127.0.0.1", 1, "engine", "no-switch-here")
        self.engine = Engine(Policy(), new_id, shipped_plan(), 0)
        self.did: list[object] = []
        self.desk = SupervisionDesk(link, CallControl(link, settings), settings, self.engine, self.feed)
        self.feed(Restore())

    def feed(self, event: EngineEvent) -> None:
        self.did += self.engine.handle(event, NOW)

    async def ask(self, topic: str, **request: object) -> dict[str, Any]:
        answer: dict[str, Any] = await self.desk.requests()[topic](request)
        return answer

    def rings(self) -> list[tuple[str, str]]:
        return [(one.call_id, one.agent_id) for one in self.did if isinstance(one, RingAgent)]


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    return Floor(tmp_path)


async def test_waiting_calls_are_listed_by_queue_and_moved_to_another(floor: Floor) -> None:
    for call in ("first", "second"):
        floor.feed(CallWaiting(call, "general", NOW))
    listed = (await floor.ask(WAITING, queue=""))["calls"]
    assert [(one["call_id"], one["queue"], one["position"]) for one in listed] == [
        ("first", "general", 1),
        ("second", "general", 2),
    ]
    await floor.ask(MOVE_CALL, call_id="second", queue="enterprise", by="leader")
    listed = (await floor.ask(WAITING, queue="enterprise"))["calls"]
    assert [(one["call_id"], one["entered_at"]) for one in listed] == [("second", NOW)]


async def test_a_waiting_call_given_to_an_agent_rings_there_whatever_his_skills(floor: Floor) -> None:
    floor.feed(AgentSignedOn("a", "8001", ("general",)))
    floor.feed(CallWaiting("call", "business", NOW))
    with pytest.raises(Conflict):
        await floor.ask(MOVE_CALL, call_id="call", agent_id="a", by="leader")
    floor.feed(AgentReady("a"))
    assert floor.rings() == []
    await floor.ask(MOVE_CALL, call_id="call", agent_id="a", by="leader")
    assert floor.rings() == [("call", "a")]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"call_id": "call", "by": "x"}, InvalidInput),
        ({"call_id": "call", "by": "x", "queue": "general", "agent_id": "a"}, InvalidInput),
        ({"by": "x", "queue": "general"}, InvalidInput),
        ({"call_id": "nobody", "by": "x", "queue": "general"}, NotFound),
        ({"call_id": "call", "by": "x", "queue": "nowhere"}, NotFound),
        ({"call_id": "call", "by": "x", "agent_id": "nobody"}, NotFound),
    ],
)
async def test_impossible_moves_are_refused(
    floor: Floor, request_: dict[str, object], error: type[HotlineError]
) -> None:
    floor.feed(CallWaiting("call", "general", NOW))
    with pytest.raises(error):
        await floor.ask(MOVE_CALL, **request_)


async def test_an_agent_is_logged_out(floor: Floor) -> None:
    floor.feed(AgentSignedOn("a", "8001", ("general",)))
    floor.feed(AgentReady("a"))
    assert (await floor.ask(LOG_OUT, agent_id="a", by="leader"))["state"] is AgentState.OFFLINE
    floor.feed(CallWaiting("call", "general", NOW))
    assert floor.rings() == []
    with pytest.raises(NotFound):
        await floor.ask(LOG_OUT, agent_id="nobody", by="leader")
