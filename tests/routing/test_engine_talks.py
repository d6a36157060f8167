"""Hang-ups, wrap-ups, late news and acts of agents: one test a rule of the engine, in virtual time."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Conflict, InvalidInput, NotFound, TransitionRefused
from routing.engine import Engine
from routing.engine_events import (
    AgentPaused,
    AgentReady,
    AgentSignedOff,
    AgentSignedOn,
    CallFellBack,
    CallGone,
    CallOver,
    CallWaiting,
    CancelRing,
    EngineEvent,
    LegEnded,
    LegJoined,
    OfferFailed,
    OfferRinging,
    RingAgent,
    SwitchLost,
    TimePassed,
    WrapUpDone,
    WrapUpExtended,
)
from routing.events import (
    AgentState,
    AgentStateChanged,
    CallLeftQueue,
    LeaveReason,
    OfferEnded,
    OfferOutcome,
)
from routing.policy import Policy
from tests.routing.desk import Desk

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def test_a_caller_who_hangs_up_while_waiting_leaves_the_queue(desk: Desk) -> None:
    desk.call("call1")
    desk.later(7)
    desk.tell(CallGone("call1"))
    assert desk.did == [CallLeftQueue("call1", "general", LeaveReason.ABANDONED, 7.0, desk.now)]
    desk.man("a")
    assert not desk.rings()


def test_a_caller_who_hangs_up_while_the_phone_rings_leaves_the_agent_his_idle_time(desk: Desk) -> None:
    desk.man("a", "b")
    desk.call("call1")
    ring = desk.ring()
    desk.later(5)
    desk.tell(OfferRinging(ring.leg_id), CallGone("call1"))
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.notices(OfferEnded)[0].outcome is OfferOutcome.CANCELLED
    assert desk.state("a") is AgentState.READY
    desk.tell(LegEnded(ring.leg_id, OfferOutcome.CANCELLED))
    desk.call("call2")
    assert desk.ring().agent_id == "a"


def test_an_agent_is_passed_over_until_his_phone_stopped_ringing_for_a_withdrawn_offer(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    ring = desk.ring()
    desk.tell(CallGone("call1"))
    desk.call("call2")
    assert not desk.rings()
    desk.tell(LegEnded(ring.leg_id, OfferOutcome.CANCELLED))
    assert desk.ring().call_id == "call2"


def test_an_agent_whose_withdrawn_leg_is_never_heard_of_again_is_offered_calls_after_a_moment(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    desk.tell(CallGone("call1"))
    desk.call("call2")
    desk.later(2)
    assert desk.ring().call_id == "call2"


def test_the_agents_hang_up_leads_through_a_limited_wrap_up_back_to_ready(desk: Desk) -> None:
    desk.man("a")
    ring = desk.talk("call1")
    assert desk.notices(CallLeftQueue)[0].reason is LeaveReason.JOINED
    assert desk.state("a") is AgentState.TALKING
    desk.later(60)
    desk.tell(LegEnded(ring.leg_id))
    assert desk.state("a") is AgentState.WRAP_UP
    assert desk.engine.next_wake(desk.now) == desk.now + timedelta(seconds=30)
    desk.later(30)
    assert desk.state("a") is AgentState.READY
    assert desk.engine.presence_of("a").idle_since == desk.now


def test_a_wrap_up_is_extended_up_to_its_limit_and_no_further() -> None:
    desk = Desk(Policy(wrap_up_seconds=30, wrap_up_limit_seconds=50))
    desk.man("a")
    desk.tell(LegEnded(desk.talk("call1").leg_id))
    desk.tell(WrapUpExtended("a", 600))
    desk.later(49)
    assert desk.state("a") is AgentState.WRAP_UP
    with pytest.raises(Conflict):
        desk.tell(WrapUpExtended("a", 1))
    with pytest.raises(InvalidInput):
        desk.tell(WrapUpExtended("a", 0))
    desk.later(1)
    assert desk.state("a") is AgentState.READY


def test_without_wrap_up_the_next_call_rings_as_soon_as_the_agent_hangs_up() -> None:
    desk = Desk(Policy(wrap_up_seconds=0))
    desk.man("a")
    ring = desk.talk("call1")
    desk.call("call2")
    desk.tell(LegEnded(ring.leg_id))
    assert desk.ring().call_id == "call2"


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (AgentPaused("a", "lunch"), AgentState.PAUSED),
        (AgentSignedOff("a"), AgentState.OFFLINE),
        (AgentReady("a"), AgentState.READY),
    ],
)
def test_what_an_agent_wants_while_talking_holds_after_the_wrap_up(
    desk: Desk, act: EngineEvent, state: AgentState
) -> None:
    desk.man("a")
    ring = desk.talk("call1")
    desk.tell(act)
    assert desk.state("a") is AgentState.TALKING
    desk.tell(LegEnded(ring.leg_id))
    desk.later(30)
    assert desk.state("a") is state


@pytest.mark.parametrize("act", [AgentPaused("a", "lunch"), AgentSignedOff("a")])
def test_pausing_or_leaving_withdraws_the_offer_that_rings(desk: Desk, act: EngineEvent) -> None:
    desk.man("a", "b")
    desk.call("call1")
    ring = desk.ring()
    desk.tell(act)
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.ring().agent_id == "b"


def test_an_offer_of_which_the_switch_says_nothing_is_given_up(desk: Desk) -> None:
    desk.man("a", "b")
    desk.call("call1")
    ring = desk.ring()
    desk.later(24.9)
    assert not desk.did
    desk.later(0.1)
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.ring().agent_id == "b"


def test_an_answer_that_is_told_late_wins_over_the_offer_made_meanwhile(desk: Desk) -> None:
    desk.man("a", "b")
    desk.call("call1")
    late = desk.ring()
    desk.later(25)
    second = desk.ring()
    desk.tell(LegJoined(late.leg_id, "call1", "8a"))
    assert CancelRing(second.leg_id) in desk.did
    assert (desk.state("a"), desk.state("b")) == (AgentState.TALKING, AgentState.READY)


def test_an_answer_told_after_the_leg_ended_changes_nothing(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    ring = desk.ring()
    desk.tell(LegEnded(ring.leg_id, OfferOutcome.REJECTED))
    assert desk.tell(LegJoined(ring.leg_id, "call1", "8a")) == []


def test_repeated_facts_change_nothing(desk: Desk) -> None:
    desk.man("a")
    ring = desk.talk("call1")
    assert desk.tell(LegJoined(ring.leg_id, "call1", "8a"), CallWaiting("call1", "general", START)) == []
    desk.tell(LegEnded(ring.leg_id), CallGone("call1"))
    repeated = (
        LegEnded(ring.leg_id),
        CallGone("call1"),
        CallOver("call1"),
        OfferFailed(ring.leg_id, OfferOutcome.BUSY),
        OfferRinging(ring.leg_id),
        CallFellBack("call1"),
        CallWaiting("call1", "general", START),
        LegJoined(ring.leg_id, "call1", "8a"),
    )
    assert desk.tell(*repeated) == []


def test_no_call_is_offered_while_the_switch_is_not_seen(desk: Desk) -> None:
    desk.man("a")
    desk.tell(SwitchLost())
    assert desk.call("call1")
    assert not desk.rings()


def test_a_fresh_engine_waits_for_the_first_restore() -> None:
    engine = Engine(Policy(), lambda: "x")
    did = [
        *engine.handle(AgentSignedOn("a", "8a"), START),
        *engine.handle(AgentReady("a"), START),
        *engine.handle(CallWaiting("call1", "general", START), START),
    ]
    assert not [one for one in did if isinstance(one, RingAgent)]


def test_a_clock_that_steps_back_does_not_disturb(desk: Desk) -> None:
    desk.man("a")
    desk.now -= timedelta(hours=1)
    ring = desk.talk("call1")
    desk.tell(LegEnded(ring.leg_id))
    wake = desk.engine.next_wake(desk.now)
    assert wake is not None
    desk.now = wake
    desk.tell(TimePassed())
    assert desk.state("a") is AgentState.READY


def test_acts_that_are_impossible_are_refused_and_change_nothing(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.tell(AgentReady("nobody"))
    with pytest.raises(InvalidInput):
        desk.tell(AgentSignedOn("a", "8a", ()))
    desk.man("a")
    with pytest.raises(Conflict):
        desk.tell(AgentSignedOn("b", "8a"))
    with pytest.raises(Conflict):
        desk.tell(AgentSignedOn("a", "8other"))
    with pytest.raises(TransitionRefused):
        desk.tell(WrapUpDone("a"))
    with pytest.raises(InvalidInput):
        desk.tell(AgentPaused("a", ""))
    desk.tell(AgentSignedOff("a"))
    with pytest.raises(TransitionRefused):
        desk.tell(AgentReady("a"))
    with pytest.raises(TransitionRefused):
        desk.tell(AgentPaused("a", "lunch"))
    assert desk.state("a") is AgentState.OFFLINE


def test_a_phone_left_by_one_agent_may_be_taken_by_another_and_stays_his(desk: Desk) -> None:
    desk.man("a")
    desk.tell(AgentSignedOff("a"), AgentSignedOn("b", "8a"), AgentReady("b"), AgentSignedOff("a"))
    desk.call("call1")
    assert desk.ring().agent_id == "b"
    with pytest.raises(Conflict):
        desk.tell(AgentSignedOn("a", "8a"))


def test_a_paused_agent_may_change_phone_and_queues(desk: Desk) -> None:
    desk.man("a")
    desk.tell(AgentPaused("a", "move"), AgentSignedOn("a", "9000", ("enterprise",)), AgentReady("a"))
    desk.call("call1", "enterprise")
    assert desk.ring().endpoint == "9000"
    assert desk.engine.figures("general", desk.now).agents == dict.fromkeys(AgentState, 0)


def test_an_agents_state_is_told_with_its_reason(desk: Desk) -> None:
    desk.man("a")
    desk.tell(AgentPaused("a", "lunch"))
    assert desk.did == [AgentStateChanged("a", AgentState.PAUSED, None, "lunch", desk.now)]
