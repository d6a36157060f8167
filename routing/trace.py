"""The reason of a decision, as data and in words."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from routing.events import AgentState, Candidate, DecisionTrace, Verdict
from routing.floor import Floor
from routing.lines import Line, skill_sum
from routing.plan.document import Strategy
from routing.records import Call, Seat

_HELD_LOOKED_AT = 8
"""Agents held for a moment, the latest ones, that a trace looks through: a bound on its cost."""
_BY_STATE = {
    AgentState.OFFERED: Verdict.OFFERED,
    AgentState.TALKING: Verdict.TALKING,
    AgentState.WRAP_UP: Verdict.WRAP_UP,
    AgentState.PAUSED: Verdict.PAUSED,
    AgentState.OFFLINE: Verdict.OFFLINE,
}
_NOT_READY = frozenset(_BY_STATE.values())
_AGENT_RULES = {
    "longest_idle": "最长空闲",
    "least_calls": "接听最少",
    "best_skill": "技能最高",
    "same_agent": "上次接听该来电人",
    "supervisor": "班长指定",
}


def trace_decision(floor: Floor, call: Call, seat: Seat, rule: str, now: datetime) -> DecisionTrace:
    """Return why `seat` gets `call`; taken before anything is changed.

    Args:
        floor: where both are.
        call: a call that waits.
        seat: a ready agent.
        rule: what chose the agent: a strategy, `same_agent` or `supervisor`.
        now: the decision's instant.
    """
    queue, line = call.queue, call.line
    rank = None if line is None else seat.profile.ranks.get(line)
    policy = floor.policy
    complete = len(queue.seats) <= policy.trace_everyone
    candidates = [Candidate(seat.id, Verdict.CHOSEN, (now - seat.idle_since).total_seconds())]
    standing = 0 if line is None else len(line.ready)
    if complete:
        candidates += _Judge(call, seat, rule, now).everyone(floor, queue.seats.values())
    elif standing or floor.held:
        candidates += _Judge(call, seat, rule, now).some(floor, policy.trace_candidates)
    return DecisionTrace(
        queue=queue.name,
        call_rule=_call_rule(call, rule),
        agent_rule=rule,
        waited_seconds=max(0.0, (now - call.entered_at).total_seconds()),
        waiting=max(1, queue.count),
        attempt=call.attempts + 1,
        missed_by=call.missed_by,
        agents=queue.agents.copy(),
        candidates=tuple(candidates),
        complete=complete,
        # an agent who gets a call the moment he is free never stood in line
        fitting_ready=standing if seat.stands is not None else standing + 1,
        wants={} if line is None or rank is None else dict(line.ways[rank].wants),
        step=rank or 0,
        widened_to=call.step,
        priority=call.priority,
        calls_on_matter=call.calls_on_matter,
        came_from=call.came_from,
        plan_version=floor.plan_version,
    )


def in_words(trace: DecisionTrace) -> str:
    """Return the reason as a supervisor reads it."""
    idle = trace.candidates[0].idle_seconds
    how = f"优先级{trace.priority}" if trace.call_rule == "head_start" else "先到先接"
    words = (
        f"{how}:已等候{trace.waited_seconds:.0f}秒,队列中{trace.waiting}个来电;"
        f"{_AGENT_RULES[trace.agent_rule]}:已空闲{idle:.0f}秒,可接听的就绪坐席{trace.fitting_ready}名"
    )
    if trace.step:
        words += f";已放宽到第{trace.step}步"
    if trace.calls_on_matter:
        words += f";同一事项此前来电{trace.calls_on_matter}次"
    return words


def _call_rule(call: Call, rule: str) -> str:
    if rule == "supervisor":
        return rule
    if rule == "same_agent":
        return "repeat_caller"
    return "head_start" if call.priority else "first_come"


class _Judge:
    """Says of each agent what spoke against him."""

    def __init__(self, call: Call, chosen: Seat, rule: str, now: datetime) -> None:
        self._call = call
        self._line = call.line
        self._chosen = chosen
        self._rule = rule
        self._now = now

    def everyone(self, floor: Floor, seats: Iterable[Seat]) -> list[Candidate]:
        """Return all agents of the queue but the chosen one: first the ready ones in the order of the line."""
        line, chosen = self._line, self._chosen
        named = [] if line is None else [floor.seats[key[-1]] for key in line.ready]
        known = {seat.id for seat in named}
        named += (seat for seat in seats if seat.id not in known)
        found = [self._candidate(seat) for seat in named if seat is not chosen]
        return sorted(found, key=lambda one: one.verdict in _NOT_READY)

    def some(self, floor: Floor, limit: int) -> list[Candidate]:
        """Return the ready agents next in line and those passed over for a moment, a few of each."""
        line, chosen, queue = self._line, self._chosen, self._call.queue.name
        named: list[Seat] = []
        if line is not None and line.ready:
            following = [floor.seats[key[-1]] for key in line.ready[: limit + 1]]
            named = [seat for seat in following if seat is not chosen][:limit]
        # from the newest on: whom a dict lost at its front costs a step each to whoever begins there
        latest = islice(reversed(floor.held.values()), _HELD_LOOKED_AT)
        held = [seat for seat in latest if queue in seat.profile.queues]
        return [self._candidate(seat) for seat in named + held[:limit]]

    def _candidate(self, seat: Seat) -> Candidate:
        if seat.state is not AgentState.READY:
            away = (self._now - seat.since).total_seconds()
            return Candidate(seat.id, _BY_STATE[seat.state], away, seat.reason)
        verdict, detail = self._against(seat)
        return Candidate(seat.id, verdict, (self._now - seat.idle_since).total_seconds(), detail)

    def _against(self, seat: Seat) -> tuple[Verdict, str]:
        line, chosen = self._line, self._chosen
        if seat.held_until is not None:
            return seat.held_verdict, ""
        if line is None or self._rule in ("same_agent", "supervisor"):
            return Verdict.NOT_THE_LAST_AGENT, ""
        rank, best = seat.profile.ranks.get(line), chosen.profile.ranks.get(line)
        if rank is None or best is None:
            return Verdict.LACKS_SKILL, next(filter(None, (way.lacks(seat.profile.skills) for way in line.ways)), "")
        if rank != best:
            return Verdict.LATER_STEP, str(rank)
        return _by_strategy(line, rank, seat, chosen)


def _by_strategy(line: Line, rank: int, seat: Seat, chosen: Seat) -> tuple[Verdict, str]:
    if line.strategy is Strategy.LEAST_CALLS and seat.calls_taken != chosen.calls_taken:
        return Verdict.MORE_CALLS, f"{seat.calls_taken}>{chosen.calls_taken}"
    if line.strategy is Strategy.BEST_SKILL:
        mine, theirs = (skill_sum(line.ways[rank], one.profile.skills) for one in (seat, chosen))
        if mine != theirs:
            return Verdict.LESS_SKILLED, f"{mine}<{theirs}"
    return Verdict.LESS_IDLE, ""
