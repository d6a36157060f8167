"""Floors under a plan: queues, agents by name, and what the last decision says."""

from typing import Any

from routing.engine_events import AgentReady, AgentSignedOn
from routing.events import DecisionTrace, OfferMade, Verdict
from routing.plan.document import Plan
from routing.plan.reading import read_plan
from tests.routing.desk import Desk

SKILLS = [{"name": name, "label": name} for name in ("law", "dialect")]


def plan_of(*queues: dict[str, Any], agents: dict[str, Any] | None = None, **others: Any) -> Plan:
    """A plan with queue general and these; agents by name: (queues, skills)."""
    names = ["general", *(one["name"] for one in queues)]
    document = {
        "skills": SKILLS,
        "queues": [{"name": "general", "label": "综合"}, *({"label": one["name"], **one} for one in queues)],
        "agent_default": {"queues": names, "skills": {"law": 5, "dialect": 5}},
        "agents": [
            {"number": str(8000 + n), "queues": queues_of, "skills": skills}
            for n, (queues_of, skills) in enumerate((agents or {}).values())
        ],
        **others,
    }
    return read_plan(document).with_agents({str(8000 + n): name for n, name in enumerate(agents or {})})


def desk_with(plan: Plan, *names: str) -> Desk:
    desk = Desk(plan=plan)
    for name in names:
        desk.tell(AgentSignedOn(name, "8" + name), AgentReady(name))
        desk.later(1)
    return desk


def trace(desk: Desk) -> DecisionTrace:
    (made,) = desk.notices(OfferMade)
    assert made.trace is not None
    return made.trace


def verdicts(desk: Desk) -> dict[str, tuple[Verdict, str]]:
    return {one.agent_id: (one.verdict, one.detail) for one in trace(desk).candidates}


LAW = {"name": "law", "wants": {"law": 3}}
