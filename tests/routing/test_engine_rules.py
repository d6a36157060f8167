"""One test a rule of the engine, in virtual time."""

from datetime import UTC, datetime, timedelta

import pytest

from routing.engine_events import (
    AgentPaused,
    AgentReady,
    AgentSignedOn,
    CallGone,
    CallWaiting,
    CancelRing,
    LegEnded,
    LegJoined,
    OfferFailed,
    PhoneSeen,
    WrapUpDone,
)
from routing.events import (
    AgentState,
    CallQueued,
    OfferEnded,
    OfferMade,
    OfferOutcome,
    Verdict,
)
from tests.routing.desk import Desk

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
OUTCOMES = [OfferOutcome.BUSY, OfferOutcome.REJECTED, OfferOutcome.NO_ANSWER, OfferOutcome.FAILED]


def test_a_call_rings_the_agent_who_is_idle_longest(desk: Desk) -> None:
    desk.man("a", "b", "c")
    desk.call("call1")
    ring = desk.ring()
    assert (ring.agent_id, ring.endpoint, ring.call_id, ring.timeout_seconds) == ("a", "8a", "call1", 20)
    assert desk.state("a") is AgentState.OFFERED


def test_waiting_calls_are_served_by_when_they_entered_not_by_when_the_news_came(desk: Desk) -> None:
    desk.tell(
        CallWaiting("second", "general", START),
        CallWaiting("first", "general", START - timedelta(seconds=9)),
    )
    assert [one.position for one in desk.notices(CallQueued)] == [1, 1]
    desk.man("a")
    assert desk.engine.presence_of("a").state is AgentState.OFFERED
    desk.tell(CallGone("first"))
    assert desk.notices(OfferEnded)[0].call_id == "first"


def test_an_agent_of_several_queues_takes_the_call_that_waits_longest_over_all_of_them(desk: Desk) -> None:
    desk.call("young", "general")
    desk.tell(CallWaiting("old", "enterprise", START - timedelta(seconds=30)))
    desk.tell(AgentSignedOn("a", "8a", ("general", "enterprise")), AgentReady("a"))
    assert desk.ring().call_id == "old"


def test_an_agent_is_not_rung_for_a_queue_he_does_not_serve(desk: Desk) -> None:
    desk.man("a", queues=("enterprise",))
    assert desk.call("call1")
    assert not desk.rings()


def test_an_offer_carries_its_reason_as_data_and_in_words(desk: Desk) -> None:
    desk.man("a", "b", "c")
    desk.tell(AgentPaused("c", "lunch"))
    desk.later(10)
    desk.call("call1")
    (made,) = desk.notices(OfferMade)
    assert made.trace is not None
    assert [(one.agent_id, one.verdict) for one in made.trace.candidates] == [
        ("a", Verdict.CHOSEN),
        ("b", Verdict.LESS_IDLE),
        ("c", Verdict.PAUSED),
    ]
    assert made.trace.complete
    assert [one.idle_seconds for one in made.trace.candidates] == [13.0, 12.0, 10.0]
    assert made.trace.candidates[2].detail == "lunch"
    assert made.trace.agents["ready"] == 2
    assert made.trace.agents["paused"] == 1
    assert (made.trace.attempt, made.trace.waiting, made.trace.missed_by) == (1, 1, ())
    assert "最长空闲" in made.why


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_failed_offer_goes_to_another_agent_at_once(desk: Desk, outcome: OfferOutcome) -> None:
    desk.man("a", "b")
    desk.call("call1")
    first = desk.ring()
    desk.tell(OfferFailed(first.leg_id, outcome))
    assert desk.notices(OfferEnded)[0].outcome is outcome
    assert desk.ring().agent_id == "b"
    (made,) = desk.notices(OfferMade)
    assert made.trace is not None
    assert made.trace.missed_by == ("a",)
    assert made.trace.attempt == 2
    assert made.trace.candidates[1].verdict is Verdict.COOLING_DOWN


def test_a_failed_offer_gives_the_call_its_old_place_back(desk: Desk) -> None:
    desk.man("a")
    desk.call("first")
    ring = desk.ring()
    desk.later(1)
    desk.call("second")
    desk.tell(OfferFailed(ring.leg_id, OfferOutcome.BUSY))
    assert desk.notices(CallQueued)[0].position == 1
    assert not desk.rings()
    desk.later(3)
    assert desk.ring().call_id == "first"


def test_the_only_agent_is_asked_again_only_after_the_cool_down(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.REJECTED))
    assert desk.engine.next_wake(desk.now) == desk.now + timedelta(seconds=3)
    desk.later(2.9)
    assert not desk.rings()
    desk.later(0.1)
    assert desk.ring().agent_id == "a"


def test_two_missed_offers_in_a_row_put_the_agent_on_pause(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.NO_ANSWER))
    desk.later(3)
    desk.tell(LegEnded(desk.ring().leg_id, OfferOutcome.NO_ANSWER))
    assert (desk.state("a"), desk.reason("a")) == (AgentState.PAUSED, "missed_offers")
    desk.later(60)
    assert not desk.rings()
    desk.tell(AgentReady("a"))
    assert desk.ring().call_id == "call1"


def test_a_talk_in_between_clears_the_missed_offers(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.NO_ANSWER))
    desk.later(3)
    ring = desk.ring()
    desk.tell(LegJoined(ring.leg_id, "call1", "8a"), LegEnded(ring.leg_id), CallGone("call1"), WrapUpDone("a"))
    desk.call("call2")
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.NO_ANSWER))
    assert desk.state("a") is AgentState.READY


def test_a_failure_of_the_switch_is_not_the_agents_fault(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    for _ in range(5):
        desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.FAILED))
        desk.later(3)
    assert desk.state("a") is AgentState.OFFERED


def test_an_unregistered_phone_takes_the_agent_off_line_until_it_registers(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.UNREGISTERED))
    assert (desk.state("a"), desk.reason("a")) == (AgentState.OFFLINE, "phone_unregistered")
    desk.later(5)
    desk.tell(PhoneSeen("8a", registered=True, at=desk.now))
    assert desk.ring().agent_id == "a"


def test_a_registration_seen_since_the_offer_began_outweighs_the_late_failure(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    ring = desk.ring()
    desk.later(1)
    desk.tell(PhoneSeen("8a", registered=True, at=desk.now))
    desk.tell(OfferFailed(ring.leg_id, OfferOutcome.UNREGISTERED))
    assert desk.state("a") is AgentState.READY


def test_old_news_of_a_phone_does_not_outweigh_newer(desk: Desk) -> None:
    desk.man("a")
    desk.tell(PhoneSeen("8a", registered=True, at=desk.now))
    desk.tell(PhoneSeen("8a", registered=False, at=desk.now - timedelta(seconds=1)))
    assert desk.state("a") is AgentState.READY


def test_a_phone_that_unregisters_while_it_rings_gives_the_call_to_another(desk: Desk) -> None:
    desk.man("a", "b")
    desk.call("call1")
    ring = desk.ring()
    desk.tell(PhoneSeen("8a", registered=False, at=desk.now))
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.ring().agent_id == "b"
    assert desk.state("a") is AgentState.OFFLINE


def test_a_phone_that_unregisters_in_the_talk_takes_the_agent_off_line_only_after_the_wrap_up(desk: Desk) -> None:
    desk.man("a")
    ring = desk.talk("call1")
    desk.tell(PhoneSeen("8a", registered=False, at=desk.now))
    assert desk.state("a") is AgentState.TALKING
    desk.tell(LegEnded(ring.leg_id), CallGone("call1"))
    assert desk.state("a") is AgentState.WRAP_UP
    desk.later(30)
    assert (desk.state("a"), desk.reason("a")) == (AgentState.OFFLINE, "phone_unregistered")


def test_ready_without_a_phone_holds_from_its_registration_on(desk: Desk) -> None:
    desk.tell(PhoneSeen("8a", registered=False, at=START), AgentSignedOn("a", "8a"), AgentReady("a"))
    assert desk.state("a") is AgentState.OFFLINE
    desk.tell(PhoneSeen("8a", registered=True, at=START))
    assert desk.state("a") is AgentState.READY
