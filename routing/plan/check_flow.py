"""How calls flow through a plan: widening, overflow, cycles, queues that nobody serves. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from routing.plan.document import Diversion, OverflowAction, OverflowStep, Plan, QueueRules, Wants
from routing.plan.problem import Path, Problem

_LEADS_AWAY = frozenset({OverflowAction.QUEUE, OverflowAction.PARTNER})


def problems(plan: Plan) -> Iterator[Problem]:
    """Yield what is impossible in the steps of the queues, and cycles among them."""
    for n, queue in enumerate(plan.queues):
        yield from _limits(("queues", n), queue)
        yield from _widening(("queues", n), queue)
        yield from _overflow(plan, ("queues", n, "overflow"), queue.overflow, queue)
        if queue.closed is not None:
            yield from _target(plan, ("queues", n, "closed"), queue.closed, queue)
    for n, surge in enumerate(plan.surges):
        yield from _overflow(plan, ("surges", n, "overflow"), surge.overflow, None)
    yield from _cycles(plan)


def unserved_queues(plan: Plan) -> Iterator[Problem]:
    """Yield the queues that no agent could ever serve and that lead nowhere else."""
    groups = [(set(one.queues), one.skills) for one in plan.agents]
    groups.append((set(plan.agent_default.queues), plan.agent_default.skills))
    for n, queue in enumerate(plan.queues):
        ways = [({queue.name}, queue.wants)]
        ways += [({queue.name, *step.agents_of}, step.wants) for step in queue.widen]
        served = any(names & serves and _can(skills, wants) for names, wants in ways for serves, skills in groups)
        if not served and all(step.action not in _LEADS_AWAY for step in queue.overflow):
            yield Problem(
                ("queues", n, "name"),
                f"队列「{queue.label}」没有任何坐席能接听",
                "给坐席加上该队列和所需技能,或设置放宽步骤(widen)或溢出(overflow)",
            )


def _can(skills: Wants, wants: Wants) -> bool:
    return all(skills.get(name, 0) >= level for name, level in wants.items())


def _limits(path: Path, queue: QueueRules) -> Iterator[Problem]:
    given, limit = queue.wrap_up_seconds, queue.wrap_up_limit_seconds
    if given is not None and limit is not None and limit < given:
        yield Problem((*path, "wrap_up_limit_seconds"), "话后处理上限小于话后处理时长", "上限不得小于时长")


def _widening(path: Path, queue: QueueRules) -> Iterator[Problem]:
    yield from _order((*path, "widen"), [step.after_seconds for step in queue.widen])
    for m, step in enumerate(queue.widen):
        if not step.agents_of and _can(step.wants, queue.wants):
            yield Problem(
                (*path, "widen", m),
                "放宽步骤要求的技能不低于队列本身,与队列重叠,没有放宽",
                "降低等级、减少技能,或用 agents_of 加入其他队列的坐席",
            )


def _overflow(plan: Plan, path: Path, steps: Sequence[OverflowStep], queue: QueueRules | None) -> Iterator[Problem]:
    yield from _order(path, [step.after_seconds for step in steps])
    for m, step in enumerate(steps):
        if step.action is OverflowAction.END:
            yield Problem(
                (*path, m, "action"), "等候中的来电不得由系统挂断", "end 只能用于 [queues.closed](非开放时间)"
            )
        yield from _target(plan, (*path, m), step, queue)
        if m and steps[m - 1].action in _LEADS_AWAY:
            yield Problem((*path, m), "前一步已把来电转走,此步永远不会发生", "删除此步或调整顺序")


def _order(path: Path, seconds: Sequence[int]) -> Iterator[Problem]:
    for m, (before, after) in enumerate(pairwise(seconds), start=1):
        if after <= before:
            yield Problem(
                (*path, m, "after_seconds"), f"{after} 秒不晚于前一步的 {before} 秒", "各步骤按等候时间从短到长排列"
            )


def _target(plan: Plan, path: Path, step: Diversion, queue: QueueRules | None) -> Iterator[Problem]:
    at, target = (*path, "target"), step.target
    if step.action is OverflowAction.QUEUE and plan.queue(target) is None:
        yield Problem(at, f"队列「{target}」没有定义", "在 [[queues]] 中定义该队列,或改正名称")
    elif step.action is OverflowAction.PARTNER and plan.partner(target) is None:
        yield Problem(at, f"合作热线「{target}」没有定义", "在 [[partners]] 中定义,或改正名称")
    elif step.action is OverflowAction.ANNOUNCEMENT and not target:
        yield Problem(at, "没有说明播放哪一条提示音", "写上提示音名称")
    elif step.action is OverflowAction.CALLBACK and target:
        yield Problem(at, "回拨不需要 target", "删除 target")
    elif step.action is OverflowAction.CALLBACK and queue is not None and not queue.callbacks:
        yield Problem(path, "该队列不提供回拨(callbacks = false)", "设 callbacks = true,或删除此步")


def _cycles(plan: Plan) -> Iterator[Problem]:
    # each surge may be in force or none: every one of these worlds must be free of cycles
    told: set[tuple[str, ...]] = set()
    for surge in ("", *(one.name for one in plan.surges)):
        world = plan.model_copy(update={"surge": surge})
        ways = {queue.name: list(_ways(world, n, queue)) for n, queue in enumerate(world.queues)}
        for queue in world.queues:
            cycle = _cycle_from(queue.name, ways)
            if cycle and tuple(sorted(cycle[:-1])) not in told:
                told.add(tuple(sorted(cycle[:-1])))
                path = next(path for path, target in ways[queue.name] if target == cycle[1])
                yield Problem(
                    path, f"溢出形成循环:{' → '.join(cycle)}", "改为另一队列、合作热线或回拨,使来电不再回到原队列"
                )


def _ways(plan: Plan, index: int, queue: QueueRules) -> Iterator[tuple[Path, str]]:
    surge = plan.surge_of(queue.name)
    root: Path = ("queues", index, "overflow")
    if surge is not None and surge.overflow:
        root = ("surges", plan.surges.index(surge), "overflow")
    for m, step in enumerate(plan.overflow_of(queue)):
        if step.action is OverflowAction.QUEUE:
            yield (*root, m, "target"), step.target
    if queue.closed is not None and queue.closed.action is OverflowAction.QUEUE:
        yield ("queues", index, "closed", "target"), queue.closed.target


def _cycle_from(start: str, ways: dict[str, list[tuple[Path, str]]]) -> list[str]:
    """Return the names on a way from `start` back to it; empty: there is none."""
    trails, seen = [[start]], {start}
    while trails:
        trail = trails.pop()
        for _, target in ways.get(trail[-1], []):
            if target == start:
                return [*trail, start]
            if target not in seen:
                seen.add(target)
                trails.append([*trail, target])
    return []
