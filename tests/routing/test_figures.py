"""The figures of the queues: definitions of docs/metrics.md, windows, and agreement with a plain recount."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.events import AgentState, AgentStateChanged, CallLeftQueue, CallQueued, LeaveReason, RoutingNotice
from routing.figures.board import TOTAL, Board
from routing.figures.counts import Count, Counts, FigureRules, figures_of
from routing.figures.lane import LiveFigures

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 09:00 in the hotline's civil time
RULES = FigureRules()


class Hall:
    """A board with a clock of its own; every agent serves `general` unless said otherwise."""

    def __init__(self, rules: FigureRules = RULES, start: datetime = START, **queues: tuple[str, ...]) -> None:
        self.now = start
        self.board = Board(rules, lambda agent: queues.get(agent, ("general",)), start)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def enter(self, call_id: str, queue: str = "general") -> None:
        self.board.take(CallQueued(call_id, queue, 1, self.now, self.now))

    def leave(self, call_id: str, reason: LeaveReason, waited: float, queue: str = "general") -> None:
        self.board.take(CallLeftQueue(call_id, queue, reason, waited, self.now))

    def call(self, call_id: str, reason: LeaveReason, waited: float) -> None:
        self.enter(call_id)
        self.later(waited)
        self.leave(call_id, reason, waited)

    def agent(self, name: str, state: AgentState, call_id: str | None = None) -> None:
        self.board.take(AgentStateChanged(name, state, call_id, "", self.now))

    def see(self, queue: str = "general") -> LiveFigures:
        return next(one for one in self.board.figures(self.now) if one.queue == queue)


def test_the_example_of_the_metrics_page_comes_out_as_written() -> None:
    hall = Hall(FigureRules(short_abandon_seconds=5))
    for number, waited in enumerate((3, 10, 15, 16, 40)):
        hall.call(f"answered{number}", LeaveReason.JOINED, waited)
    hall.call("patient", LeaveReason.ABANDONED, 60)
    hall.call("misdialled", LeaveReason.ABANDONED, 2)
    hall.call("callback", LeaveReason.CALLBACK, 30)
    today = hall.see().today
    assert (today.offered, today.answered, today.answered_in_time) == (8, 5, 3)
    assert (today.abandoned, today.abandoned_short, today.callbacks) == (2, 1, 1)
    assert today.service_level == pytest.approx(3 / 7, abs=1e-6)
    assert today.abandon_rate == pytest.approx(1 / 7, abs=1e-6)
    assert today.connect_rate == pytest.approx(5 / 7, abs=1e-6)
    assert today.average_speed_of_answer_seconds == pytest.approx((3 + 10 + 15 + 16 + 40) / 5)
    assert today.average_abandon_seconds == 31
    assert today.connect_rate_met is False


def test_a_queue_may_have_a_time_to_answer_of_its_own() -> None:
    board = Board(RULES, lambda _: (), START, lambda queue: 30 if queue == "leader" else None)
    for queue in ("leader", "general"):
        board.take(CallQueued(queue, queue, 1, START, START))
        board.take(CallLeftQueue(queue, queue, LeaveReason.JOINED, 20, START + timedelta(seconds=20)))
    levels = {one.queue: one.today.service_level for one in board.figures(START + timedelta(seconds=20))}
    assert levels == {TOTAL: 0.5, "leader": 1, "general": 0}


def test_without_anything_to_divide_by_there_is_no_value() -> None:
    today = Hall().see(TOTAL).today
    assert (today.service_level, today.connect_rate, today.connect_rate_met, today.occupancy) == (None,) * 4
    assert (today.average_speed_of_answer_seconds, today.abandon_rate, today.average_handle_seconds) == (None,) * 3


@pytest.mark.parametrize(
    ("answered", "offered", "met"), [(950, 1000, True), (9499, 10000, False), (94996, 100000, False)]
)
def test_the_connect_rate_is_compared_before_rounding(answered: int, offered: int, met: bool) -> None:
    figures = figures_of(Counts({Count.ANSWERED: answered, Count.ABANDONED: offered - answered}), RULES)
    assert figures.connect_rate_met is met


def test_who_waits_counts_until_he_is_answered_and_the_first_in_line_is_the_longest_wait() -> None:
    hall = Hall()
    hall.enter("first")
    hall.later(10)
    hall.enter("second")
    hall.later(5)
    assert (hall.see().waiting, hall.see().longest_wait_seconds) == (2, 15)
    hall.leave("first", LeaveReason.JOINED, 15)
    assert (hall.see().waiting, hall.see().longest_wait_seconds) == (1, 5)
    hall.leave("second", LeaveReason.ABANDONED, 5)
    assert (hall.see().waiting, hall.see().longest_wait_seconds) == (0, 0)


def test_a_call_that_moves_on_counts_in_both_queues_and_once_in_all() -> None:
    hall = Hall()
    hall.enter("call")
    hall.later(20)
    hall.leave("call", LeaveReason.MOVED, 20)
    hall.board.take(CallQueued("call", "overflow", 1, hall.now - timedelta(seconds=20), hall.now))
    hall.later(5)
    assert (hall.see().waiting, hall.see("overflow").waiting, hall.see(TOTAL).waiting) == (0, 1, 1)
    assert hall.see(TOTAL).longest_wait_seconds == 25
    hall.leave("call", LeaveReason.JOINED, 25, "overflow")
    assert (hall.see().today.offered, hall.see().today.diverted, hall.see().today.connect_rate) == (1, 1, None)
    assert (hall.see("overflow").today.offered, hall.see("overflow").today.answered) == (1, 1)
    total = hall.see(TOTAL).today
    assert (total.offered, total.answered, total.connect_rate, total.service_level) == (1, 1, 1, 0)


def test_a_call_that_comes_back_in_the_instant_of_joining_was_not_answered() -> None:
    hall = Hall()
    hall.call("call", LeaveReason.JOINED, 4)
    hall.board.take(CallQueued("call", "general", 1, START, hall.now))
    assert (hall.see().waiting, hall.see().today.offered, hall.see().today.answered) == (1, 1, 0)
    hall.later(6)
    hall.leave("call", LeaveReason.ABANDONED, 10)
    today = hall.see().today
    assert (today.answered, today.answered_in_time, today.abandoned, today.average_abandon_seconds) == (0, 0, 1, 10)


def test_a_call_that_asterisks_own_queue_took_is_answered_when_an_agent_talks_with_it() -> None:
    hall = Hall()
    hall.call("taken", LeaveReason.FELL_BACK, 8)
    hall.call("lost", LeaveReason.FELL_BACK, 8)
    assert hall.see().today.connect_rate == 0
    hall.later(4)
    hall.agent("a", AgentState.TALKING, "taken")
    today = hall.see().today
    assert (today.fell_back, today.answered, today.answered_in_time, today.connect_rate) == (2, 1, 0, 0.5)


def test_probe_calls_are_kept_out() -> None:
    hall = Hall()
    hall.board.leave_out("probe")
    hall.agent("a", AgentState.READY)
    hall.enter("probe")
    assert hall.see().waiting == 0
    hall.leave("probe", LeaveReason.JOINED, 1)
    hall.agent("a", AgentState.TALKING, "probe")
    hall.later(30)
    hall.agent("a", AgentState.WRAP_UP, "probe")
    today = hall.see().today
    assert (today.offered, today.answered, today.average_handle_seconds) == (0, 0, None)


def test_occupancy_and_handle_time_follow_the_agents_states() -> None:
    hall = Hall()
    hall.agent("a", AgentState.READY)
    hall.agent("b", AgentState.PAUSED)
    hall.later(60)
    hall.enter("call")
    hall.agent("a", AgentState.OFFERED, "call")
    hall.later(10)
    hall.leave("call", LeaveReason.JOINED, 10)
    hall.agent("a", AgentState.TALKING, "call")
    assert hall.see().agents == {"ready": 0, "offered": 0, "talking": 1, "wrap_up": 0, "paused": 1}
    hall.later(90)
    hall.agent("a", AgentState.WRAP_UP, "call")
    hall.later(30)
    hall.agent("a", AgentState.READY)
    hall.later(60)
    for queue in ("general", TOTAL):
        today = hall.see(queue).today
        assert today.occupancy == 0.5, queue  # 120 s of 240: ringing and pause stand in neither
        assert today.average_handle_seconds == 120
    hall.agent("a", AgentState.OFFLINE)
    hall.later(600)
    assert hall.see().today.occupancy == 0.5
    assert hall.see().agents["ready"] == 0


def test_an_agent_of_two_queues_counts_in_each_and_once_in_all() -> None:
    hall = Hall(a=("general", "enterprise"))
    hall.agent("a", AgentState.READY)
    assert [hall.see(queue).agents["ready"] for queue in ("general", "enterprise", TOTAL)] == [1, 1, 1]


def test_what_is_older_than_thirty_minutes_leaves_the_rolling_window_and_stays_in_the_day() -> None:
    hall = Hall()
    hall.call("early", LeaveReason.JOINED, 4)
    hall.later(29 * 60)
    hall.call("late", LeaveReason.ABANDONED, 4)
    assert (hall.see().last_30_minutes.answered, hall.see().last_30_minutes.abandoned) == (1, 1)
    hall.later(90)
    assert (hall.see().last_30_minutes.answered, hall.see().last_30_minutes.abandoned) == (0, 1)
    assert (hall.see().today.answered, hall.see().today.abandoned) == (1, 1)
    hall.later(3600)
    assert hall.see().last_30_minutes.connect_rate is None


def test_the_day_begins_anew_at_midnight_civil_time_and_who_waits_goes_on_waiting() -> None:
    hall = Hall(start=datetime(2026, 11, 20, 15, 50, tzinfo=UTC))  # 23:50
    hall.call("before", LeaveReason.JOINED, 4)
    hall.agent("a", AgentState.READY)
    hall.enter("over")
    hall.later(900)
    today = hall.see()
    assert (today.waiting, today.longest_wait_seconds, today.today.offered) == (1, 900, 0)
    hall.leave("over", LeaveReason.JOINED, 900)
    assert (hall.see().today.answered, hall.see().last_30_minutes.answered) == (1, 2)


def test_each_half_hour_is_told_once_with_its_counts_and_agents_time_split_exactly() -> None:
    hall = Hall()
    hall.agent("a", AgentState.READY)
    hall.later(20 * 60)
    hall.call("one", LeaveReason.JOINED, 4)
    hall.later(20 * 60)
    hall.see()
    (over,) = [one for one in hall.board.finished() if one.queue == "general"]
    assert over.starts_at == START
    assert (over.counts[Count.OFFERED], over.counts[Count.ANSWERED]) == (1, 1)
    assert over.counts[Count.READY_AGENT_MS] == 30 * 60 * 1000
    assert hall.board.finished() == []
    (running,) = [one for one in hall.board.running() if one.queue == "general"]
    assert running.starts_at == START + timedelta(minutes=30)
    assert running.counts[Count.READY_AGENT_MS] == (10 * 60 + 4) * 1000


def test_the_rolling_window_splits_long_spells_where_they_belong() -> None:
    hall = Hall()
    hall.agent("a", AgentState.READY)
    hall.later(3600)
    hall.call("one", LeaveReason.JOINED, 0)
    hall.agent("a", AgentState.TALKING, "one")
    hall.later(600)
    assert hall.see().last_30_minutes.occupancy == pytest.approx(600 / 1800, abs=0.01)


# ---- against a plain recount

STATES = list(AgentState)
ACTS = st.one_of(
    st.tuples(st.just("enter"), st.integers(0, 9), st.sampled_from(["general", "enterprise"])),
    st.tuples(st.just("leave"), st.integers(0, 9), st.sampled_from([*LeaveReason])),
    st.tuples(st.just("agent"), st.integers(0, 3), st.sampled_from(STATES)),
)


def _history(steps: list[tuple[float, tuple[str, int, object]]]) -> list[RoutingNotice]:
    """Notices as an engine could tell them: a call enters and leaves once a queue."""
    now, waiting, done, told = START, {}, set(), []
    for gap, (act, who, what) in steps:
        now += timedelta(seconds=gap)
        name = f"c{who}"
        if act == "agent":
            told.append(AgentStateChanged(f"a{who}", AgentState(str(what)), None, "", now))
        elif act == "enter" and name not in waiting and name not in done:
            waiting[name] = (str(what), now)
            told.append(CallQueued(name, str(what), 1, now, now))
        elif act == "leave" and name in waiting:
            queue, since = waiting.pop(name)
            done.add(name)
            told.append(CallLeftQueue(name, queue, LeaveReason(str(what)), (now - since).total_seconds(), now))
    return told


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 900), ACTS), max_size=60))
def test_the_counters_equal_a_plain_recount_of_everything_that_was_told(
    steps: list[tuple[float, tuple[str, int, object]]],
) -> None:
    told = _history(steps)
    board = Board(RULES, lambda agent: ("general",), START)
    for notice in told:
        board.take(notice)
    end = (told[-1].at if told else START) + timedelta(seconds=1)
    shown = {one.queue: one for one in board.figures(end)}
    for queue in ("general", "enterprise"):
        left = [one for one in told if isinstance(one, CallLeftQueue) and one.queue == queue]
        joined = [one.waited_seconds for one in left if one.reason is LeaveReason.JOINED]
        figures = shown[queue].today if queue in shown else None
        if figures is None:
            assert not left
            continue
        assert figures.answered == len(joined)
        assert figures.answered_in_time == sum(waited <= 15 for waited in joined)
        assert figures.abandoned == sum(one.reason is LeaveReason.ABANDONED for one in left)
        entered = sum(isinstance(one, CallQueued) and one.queue == queue for one in told)
        assert (figures.offered, shown[queue].waiting) == (entered, entered - len(left))
    assert shown[TOTAL].today.offered == sum(isinstance(one, CallQueued) for one in told)
    _occupancy_agrees(told, end, shown[TOTAL])


def _occupancy_agrees(told: list[RoutingNotice], end: datetime, shown: LiveFigures) -> None:
    by_agent: dict[str, list[tuple[datetime, AgentState]]] = defaultdict(list)
    for one in told:
        if isinstance(one, AgentStateChanged):
            by_agent[one.agent_id].append((one.at, one.state))
    spent: dict[AgentState, float] = defaultdict(float)
    for spells in by_agent.values():
        for (begin, state), (until, _) in pairwise([*spells, (end, AgentState.OFFLINE)]):
            spent[state] += (until - begin).total_seconds()
    active = spent[AgentState.TALKING] + spent[AgentState.WRAP_UP]
    if shown.today.occupancy is None:
        assert active + spent[AgentState.READY] == pytest.approx(0, abs=0.1)
    else:
        assert shown.today.occupancy * (active + spent[AgentState.READY]) == pytest.approx(active, abs=0.2)
