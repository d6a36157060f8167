"""Versions of the plan in the database, on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.errors import InvalidInput, NotFound
from routing.plan.reading import PlanRefused, document_of
from routing.plan.service import PlanService, shipped_plan
from routing.service import AgentDirectory

BOSS = Actor("boss", "王主任", Role.SUPERVISOR)
TOML = """\
[[skills]]
name = "law"
label = "法律"

[[queues]]
name = "general"
label = "综合"
dialled = ["12345"]

[[agents]]
number = "8001"
queues = ["general"]
skills = { law = 4 }

[[surges]]
name = "typhoon"
label = "台风"
announcement = "surge-typhoon"
"""


@pytest.fixture
def plans(database: Database, clock: ManualClock) -> PlanService:
    return PlanService(database, clock)


@pytest.fixture
async def agent_id(database: Database, clock: ManualClock) -> str:
    return (await AgentDirectory(database, clock).add(number="8001", name="王芳", actor=BOSS)).id


async def test_until_one_is_activated_the_shipped_plan_holds(plans: PlanService) -> None:
    active = await plans.current()
    assert (active.version, active.activated_at) == (0, None)
    assert active.plan.queues == shipped_plan().queues
    assert await plans.history() == []


async def test_a_proposed_plan_holds_from_its_activation_on_with_agents_by_their_ids(
    plans: PlanService, clock: ManualClock, agent_id: str
) -> None:
    proposed = await plans.propose(TOML, actor=BOSS, note="试用")
    assert (await plans.current()).version == 0
    clock.advance(timedelta(hours=1))
    active = await plans.activate(proposed.version, actor=BOSS)
    assert (active.version, active.activated_at, active.activated_by) == (1, clock.now(), "boss")
    assert [(one.number, one.agent_id) for one in active.plan.agents] == [("8001", agent_id)]
    assert await plans.current() == active
    assert (await plans.version(1)).source == TOML


async def test_every_change_is_on_record_with_who_when_and_what_differs(plans: PlanService, agent_id: str) -> None:
    await plans.activate((await plans.propose(TOML, actor=BOSS)).version, actor=BOSS)
    second = await plans.propose(TOML.replace("law = 4", "law = 5"), actor=BOSS)
    assert [one.path for one in await plans.compare(second.version)] == ["agents.8001.skills.law"]
    await plans.activate(second.version, actor=BOSS, reason="考核合格")
    await plans.activate(1, actor=BOSS, reason="撤回")
    back, change, _ = await plans.history()
    assert (change.version, change.replaced, change.by, change.reason) == (2, 1, "boss", "考核合格")
    assert [(one.path, one.before, one.after) for one in change.differs] == [("agents.8001.skills.law", 4, 5)]
    assert (back.version, back.replaced) == (1, 2)
    assert (await plans.current()).version == 1


async def test_a_surge_is_switched_on_and_off_by_versions_of_the_plan(plans: PlanService, agent_id: str) -> None:
    await plans.activate((await plans.propose(TOML, actor=BOSS)).version, actor=BOSS)
    surged = await plans.switch_surge("typhoon", actor=BOSS, reason="台风红色预警")
    assert surged.plan.surge_of("general") is not None
    assert [(one.path, one.after) for one in (await plans.history())[0].differs] == [("surge", "typhoon")]
    calm = await plans.switch_surge("", actor=BOSS)
    assert calm.plan.surge_of("general") is None
    assert (surged.version, calm.version) == (2, 3)
    with pytest.raises(PlanRefused):
        await plans.switch_surge("earthquake", actor=BOSS)
    assert (await plans.current()).version == 3


async def test_a_plan_with_faults_is_not_kept(plans: PlanService) -> None:
    faults = await plans.check(TOML)
    assert [fault.line for fault in faults] == [TOML.splitlines().index('number = "8001"') + 1]
    with pytest.raises(PlanRefused):
        await plans.propose(TOML, actor=BOSS)
    assert await plans.versions() == []
    with pytest.raises(NotFound):
        await plans.activate(1, actor=BOSS)


async def test_a_version_whose_agent_left_meanwhile_cannot_come_back_and_the_one_in_force_leaves_him_out(
    plans: PlanService, database: Database, clock: ManualClock, agent_id: str
) -> None:
    await plans.activate((await plans.propose(TOML, actor=BOSS)).version, actor=BOSS)
    await AgentDirectory(database, clock).deactivate(agent_id, actor=BOSS)
    assert (await plans.current()).plan.agents == ()
    with pytest.raises(PlanRefused):
        await plans.activate(1, actor=BOSS)


async def test_json_is_taken_as_toml_is(plans: PlanService, agent_id: str) -> None:
    written = await plans.propose(TOML, actor=BOSS)
    sent = await plans.propose(document_of(written.plan), actor=BOSS)
    assert sent.plan == written.plan
    assert (sent.source, sent.version) == (None, 2)
    with pytest.raises(InvalidInput):
        await plans.propose(TOML, actor=BOSS, note="长" * 201)
