"""Position and expected wait of a waiting call, from the live service rate."""

import random
from datetime import timedelta

import pytest

from routing.engine_events import AgentSignedOff, CallGone, LegEnded, LegJoined
from routing.events import WaitEstimate
from routing.policy import Policy
from routing.waiting import USUAL_HANDLING_SECONDS, ServiceRate, expected_wait
from tests.routing.desk import Desk


def test_before_anything_is_seen_it_is_the_agents_at_work_and_the_usual_time_of_a_call() -> None:
    assert expected_wait(3, None, 6, USUAL_HANDLING_SECONDS) == WaitEstimate(3, 150.0, "handling_time")


def test_without_agents_at_work_nothing_is_promised() -> None:
    assert expected_wait(3, 0.5, 0, 300.0) == WaitEstimate(3, None, "none")


def test_only_time_in_which_calls_waited_counts() -> None:
    rate = ServiceRate()
    for minute in range(20):
        begun = minute * 600.0
        rate.waiting_changed(waiting=True, at=begun)
        for served in range(1, 6):
            rate.call_served(begun + 10 * served)
        rate.waiting_changed(waiting=False, at=begun + 50)
        rate.call_served(begun + 300)
    assert rate.per_second(1e6) == pytest.approx(0.1, rel=0.01)


def test_what_was_long_ago_counts_less_and_a_standstill_is_seen() -> None:
    rate = ServiceRate()
    rate.waiting_changed(waiting=True, at=0.0)
    for second in range(0, 600, 10):
        rate.call_served(float(second))
    before, after = rate.per_second(600.0), rate.per_second(1_800.0)
    assert before is not None
    assert after is not None
    assert before == pytest.approx(0.1, rel=0.05)
    assert after < before / 4


def test_a_full_queue_is_served_as_it_was_told() -> None:
    chance = random.Random(3)
    desk = Desk(Policy(wrap_up_seconds=0))
    desk.man("a", "b", "c", "d")
    open_talks: list[tuple[float, str, str]] = []
    promised: dict[str, float] = {}
    began: dict[str, float] = {}

    def follow(clock: float) -> None:
        for ring in desk.rings():
            began[ring.call_id] = clock
            desk.tell(LegJoined(ring.leg_id, ring.call_id, ring.endpoint))
            open_talks.append((clock + chance.expovariate(1 / 100), ring.leg_id, ring.call_id))

    for number in range(60):
        desk.call(f"call{number}")
        follow(0.0)
    start = desk.now
    while open_talks:
        open_talks.sort()
        clock, leg_id, call_id = open_talks.pop(0)
        desk.now = start + timedelta(seconds=clock)
        desk.tell(LegEnded(leg_id))
        follow(clock)
        desk.tell(CallGone(call_id))
        if clock > 400 and not promised:
            estimate = desk.engine.estimate("call59", desk.now)
            assert estimate is not None
            assert (estimate.basis, estimate.position) == (
                "service_rate",
                desk.engine.figures("general", desk.now).waiting,
            )
            assert estimate.seconds is not None
            promised["call59"] = clock + estimate.seconds
    assert promised["call59"] == pytest.approx(began["call59"], rel=0.3)


def test_when_the_agents_leave_the_estimate_is_withdrawn() -> None:
    desk = Desk()
    desk.man("a")
    desk.talk("call1")
    desk.call("call2")
    estimate = desk.engine.estimate("call2", desk.now)
    assert estimate == WaitEstimate(1, USUAL_HANDLING_SECONDS, "handling_time")
    desk.man("b")
    desk.tell(AgentSignedOff("b"), AgentSignedOff("a"), LegEnded(desk.engine._floor.calls["call1"].legs[0]))
    assert desk.engine.estimate("call2", desk.now) == WaitEstimate(1, None, "none")
    assert desk.engine.estimate("call1", desk.now) is None
