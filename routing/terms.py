"""The terms of a queue as the engine uses them: what the plan says, and the policy where it is silent. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from routing.plan.document import Diversion, OverflowStep, Plan, QueueRules, Strategy
from routing.policy import Policy

Skills = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of being fit for a call: to serve one of the queues, with these skills at least."""

    queues: frozenset[str]
    wants: tuple[tuple[str, int], ...]

    def lacks(self, skills: Skills) -> str:
        """Return the first skill wanted that is not there (`cantonese 1<3`); empty: none."""
        for name, level in self.wants:
            if skills.get(name, 0) < level:
                return f"{name} {skills.get(name, 0)}<{level}"
        return ""

    def fits(self, queues: frozenset[str], skills: Skills) -> bool:
        """Tell whether an agent who serves these queues with these skills may take the call."""
        return not self.queues.isdisjoint(queues) and not self.lacks(skills)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the calls of one queue. Seconds throughout."""

    strategy: Strategy
    priority: int
    ageing_seconds: int
    same_agent_seconds: int
    offer_seconds: int
    offer_time: timedelta
    """Until an offer of which the switch says nothing is given up."""
    wrap_up_time: timedelta
    wrap_up_limit: timedelta
    missed_offers_to_pause: int
    ways: tuple[tuple[int, Way], ...]
    """When each way opens (seconds of waiting in the queue): the queue's own at 0, then the widening steps."""
    wishes_hold_seconds: int
    overflow: tuple[OverflowStep, ...]
    closed: Diversion | None
    """None: the queue never closes."""

    def head_start(self, priority: int) -> int:
        """Return the seconds by which a call of this priority counts as older than it is."""
        return priority * self.ageing_seconds


def terms_of(name: str, plan: Plan | None, policy: Policy) -> Terms:
    """Return the terms of a queue; one the plan does not know is served as the policy says."""
    rules = plan.queue(name) if plan is not None else None
    if plan is None or rules is None:
        return _plain(name, policy)
    offer = _or(rules.offer_seconds, policy.offer_seconds)
    return Terms(
        strategy=rules.strategy,
        priority=rules.priority,
        ageing_seconds=plan.ageing_seconds,
        same_agent_seconds=rules.same_agent_seconds,
        offer_seconds=offer,
        offer_time=timedelta(seconds=offer + policy.offer_guard_seconds),
        wrap_up_time=timedelta(seconds=_or(rules.wrap_up_seconds, policy.wrap_up_seconds)),
        wrap_up_limit=timedelta(seconds=_or(rules.wrap_up_limit_seconds, policy.wrap_up_limit_seconds)),
        missed_offers_to_pause=_or(rules.missed_offers_to_pause, policy.missed_offers_to_pause),
        ways=_ways(rules),
        wishes_hold_seconds=plan.wishes_hold_seconds,
        overflow=plan.overflow_of(rules),
        closed=rules.closed,
    )


def overtaking_bound(plan: Plan) -> int:
    """Return how many seconds at most a call may have come after another and still be served before it.

    A call stands in line by the instant it came less its head start, which never changes while it waits: all calls
    grow older at the same pace, so that whoever stands before me stood there when I came, or came with a greater head
    start. The greatest head start is that of the highest priority (9) and of a repeat caller at his last agent; the
    least is none. So no call that came more than this bound after mine is ever offered, by an agent who could have
    taken mine, before mine: whatever arrives, I wait for a number of calls that is fixed once this time has passed.
    """
    return 9 * plan.ageing_seconds + max(queue.same_agent_seconds for queue in plan.queues)


def _plain(name: str, policy: Policy) -> Terms:
    return Terms(
        strategy=Strategy.LONGEST_IDLE,
        priority=0,
        ageing_seconds=60,
        same_agent_seconds=0,
        offer_seconds=policy.offer_seconds,
        offer_time=timedelta(seconds=policy.offer_seconds + policy.offer_guard_seconds),
        wrap_up_time=timedelta(seconds=policy.wrap_up_seconds),
        wrap_up_limit=timedelta(seconds=policy.wrap_up_limit_seconds),
        missed_offers_to_pause=policy.missed_offers_to_pause,
        ways=((0, Way(frozenset({name}), ())),),
        wishes_hold_seconds=60,
        overflow=(),
        closed=None,
    )


def _ways(rules: QueueRules) -> tuple[tuple[int, Way], ...]:
    own = Way(frozenset({rules.name}), tuple(sorted(rules.wants.items())))
    steps = (
        (step.after_seconds, Way(frozenset({rules.name, *step.agents_of}), tuple(sorted(step.wants.items()))))
        for step in rules.widen
    )
    return ((0, own), *steps)


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
