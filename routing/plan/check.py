"""What makes a plan impossible although each of its values is in its bounds. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from routing.plan import check_flow, check_hours, check_switch
from routing.plan.document import EMERGENCY_NUMBERS, Plan, Wants
from routing.plan.problem import Path, Problem

__all__ = ["Problem", "problems_of"]

Check = Callable[[Plan], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class _Named:
    """Things of one kind that must differ in something."""

    kind: str
    field: str
    places: Sequence[tuple[Path, str]]


def problems_of(
    plan: Plan, agents: Collection[str] | None = None, switch: check_switch.SwitchParts | None = None
) -> list[Problem]:
    """Return everything that speaks against the plan.

    Args:
        plan: a plan whose values are each in their bounds.
        agents: numbers of the active agents; None: not known.
        switch: announcements and trunks that there are; None: not known.
    """
    found = [problem for check in _CHECKS for problem in check(plan)]
    if agents is not None:
        found += _unknown_agents(plan, agents)
    if switch is not None:
        found += check_switch.problems(plan, switch)
    # who serves a queue can only be told when all names are right
    return found or list(check_flow.unserved_queues(plan))


def _repeated(plan: Plan) -> Iterator[Problem]:
    for named in _named_things(plan):
        first: dict[str, Path] = {}
        for path, value in named.places:
            key = value.strip().casefold()
            if key in first:
                yield Problem(path, f"{named.kind}重复:「{value}」已用过", f"改用不同的{named.field}或删除其中一个")
            first.setdefault(key, path)


def _named_things(plan: Plan) -> Iterator[_Named]:
    yield _Named("技能名称", "名称", [(("skills", n, "name"), one.name) for n, one in enumerate(plan.skills)])
    yield _Named("技能(显示名)", "显示名", [(("skills", n, "label"), one.label) for n, one in enumerate(plan.skills)])
    yield _Named("队列名称", "名称", [(("queues", n, "name"), one.name) for n, one in enumerate(plan.queues)])
    yield _Named("队列(显示名)", "显示名", [(("queues", n, "label"), one.label) for n, one in enumerate(plan.queues)])
    dialled = [
        (("queues", n, "dialled", m), number)
        for n, one in enumerate(plan.queues)
        for m, number in enumerate(one.dialled)
    ]
    yield _Named("拨入号码", "号码", dialled)
    yield _Named("示忙原因", "代码", [(("pauses", n, "code"), one.code) for n, one in enumerate(plan.pauses)])
    yield _Named("合作热线", "名称", [(("partners", n, "name"), one.name) for n, one in enumerate(plan.partners)])
    yield _Named("应急方案", "名称", [(("surges", n, "name"), one.name) for n, one in enumerate(plan.surges)])
    yield _Named("坐席号码", "号码", [(("agents", n, "number"), one.number) for n, one in enumerate(plan.agents)])


def _unknown_skills(plan: Plan) -> Iterator[Problem]:
    known = {one.name for one in plan.skills}
    for path, wants in _skill_lists(plan):
        for name in wants:
            if name not in known:
                yield Problem((*path, name), f"技能「{name}」没有定义", "在 [[skills]] 中定义该技能,或改正名称")


def _skill_lists(plan: Plan) -> Iterator[tuple[Path, Wants]]:
    for n, queue in enumerate(plan.queues):
        yield ("queues", n, "wants"), queue.wants
        for m, step in enumerate(queue.widen):
            yield ("queues", n, "widen", m, "wants"), step.wants
    for n, agent in enumerate(plan.agents):
        yield ("agents", n, "skills"), agent.skills
    yield ("agent_default", "skills"), plan.agent_default.skills


def _unknown_queues(plan: Plan) -> Iterator[Problem]:
    known = {one.name for one in plan.queues}
    for path, name in _queue_names(plan):
        if name not in known:
            yield Problem(path, f"队列「{name}」没有定义", "在 [[queues]] 中定义该队列,或改正名称")


def _queue_names(plan: Plan) -> Iterator[tuple[Path, str]]:
    yield ("default_queue",), plan.default_queue
    yield from _each(("agent_default", "queues"), plan.agent_default.queues)
    for n, queue in enumerate(plan.queues):
        for m, step in enumerate(queue.widen):
            yield from _each(("queues", n, "widen", m, "agents_of"), step.agents_of)
    for n, agent in enumerate(plan.agents):
        yield from _each(("agents", n, "queues"), agent.queues)
    for n, surge in enumerate(plan.surges):
        yield from _each(("surges", n, "queues"), surge.queues)
    for n, day in enumerate(plan.special_days):
        yield from _each(("special_days", n, "queues"), day.queues)


def _each(path: Path, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    return (((*path, n), name) for n, name in enumerate(names))


def _surge_in_force(plan: Plan) -> Iterator[Problem]:
    if plan.surge and all(one.name != plan.surge for one in plan.surges):
        yield Problem(("surge",), f"应急方案「{plan.surge}」没有定义", "在 [[surges]] 中定义,或把 surge 留空")


def _emergency_numbers(plan: Plan) -> Iterator[Problem]:
    missing = [number for number in EMERGENCY_NUMBERS if number not in plan.emergency_numbers]
    if missing:
        yield Problem(("emergency_numbers",), f"缺少紧急号码 {'、'.join(missing)}", "紧急号码必须直通,不得删除")
    for n, queue in enumerate(plan.queues):
        for m, number in enumerate(queue.dialled):
            if number in plan.emergency_numbers:
                yield Problem(
                    ("queues", n, "dialled", m), f"紧急号码 {number} 不得排队", "从拨入号码中删除,紧急来电直接转接"
                )


def _unknown_agents(plan: Plan, agents: Collection[str]) -> Iterator[Problem]:
    for n, agent in enumerate(plan.agents):
        if agent.number not in agents:
            yield Problem(
                ("agents", n, "number"),
                f"坐席 {agent.number} 不存在或已停用",
                f"先运行 hotline agent add {agent.number} 姓名,或改正号码",
            )


_CHECKS: tuple[Check, ...] = (
    _repeated,
    _unknown_skills,
    _unknown_queues,
    _surge_in_force,
    _emergency_numbers,
    check_hours.problems,
    check_flow.problems,
)
