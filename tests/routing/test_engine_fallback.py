"""Calls that the engine finds outside its queue: in Asterisk's own, or back from a talk that did not come about."""

from routing.engine_events import (
    AgentReady,
    AgentSignedOn,
    CallFellBack,
    CallGone,
    CallOver,
    CallReturned,
    CancelRing,
    LegEnded,
    LegJoined,
)
from routing.events import (
    AgentState,
    CallLeftQueue,
    CallQueued,
    LeaveReason,
    OfferOutcome,
)
from tests.routing.desk import Desk


def test_a_call_in_fallback_is_left_alone(desk: Desk) -> None:
    desk.call("call1")
    desk.tell(CallFellBack("call1"))
    assert desk.notices(CallLeftQueue)[0].reason is LeaveReason.FELL_BACK
    desk.man("a")
    assert not desk.rings()
    desk.tell(CallFellBack("call2"))
    desk.call("call2")
    assert not desk.rings()


def test_a_call_that_falls_back_while_a_phone_rings_for_it_frees_the_agent(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    ring = desk.ring()
    desk.tell(CallFellBack("call1"))
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.state("a") is AgentState.READY


def test_an_agent_in_a_fallback_talk_is_not_offered_anything(desk: Desk) -> None:
    desk.man("a")
    desk.tell(CallFellBack("call1"), LegJoined("leg9", "call1", "8a"))
    assert desk.state("a") is AgentState.TALKING
    desk.call("call2")
    assert not desk.rings()
    desk.tell(LegEnded("leg9"))
    desk.later(30)
    assert desk.ring().call_id == "call2"


def test_an_agent_who_signs_on_in_the_middle_of_a_fallback_talk_is_talking(desk: Desk) -> None:
    desk.tell(CallFellBack("call1"), LegJoined("leg9", "call1", "8a"), AgentSignedOn("a", "8a"), AgentReady("a"))
    assert desk.state("a") is AgentState.TALKING
    desk.tell(CallOver("call1"))
    assert desk.state("a") is AgentState.WRAP_UP


def test_a_fallback_talk_withdraws_the_offer_that_rings_at_the_same_phone(desk: Desk) -> None:
    desk.man("a")
    desk.call("call1")
    ring = desk.ring()
    desk.tell(CallFellBack("call2"), LegJoined("leg9", "call2", "8a"))
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.engine.figures("general", desk.now).waiting == 1


def test_a_caller_whose_agent_vanished_in_the_instant_of_joining_gets_the_old_place_back(desk: Desk) -> None:
    desk.man("ann")
    ring = desk.talk("first")
    desk.later(1)
    desk.call("second")
    desk.later(60)
    desk.tell(CallReturned("first"))
    queued = desk.notices(CallQueued)
    assert [one.call_id for one in queued] == ["first"]
    assert queued[0].position == 1
    desk.tell(LegEnded(ring.leg_id))
    desk.later(60)
    assert [one.call_id for one in desk.rings()] == ["first"]


def test_a_return_told_late_does_not_bring_back_a_call_that_is_over(desk: Desk) -> None:
    desk.man("ann")
    ring = desk.talk("first")
    desk.tell(LegEnded(ring.leg_id), CallGone("first"), CallOver("first"))
    desk.tell(CallReturned("first"))
    assert desk.did == []


def test_a_return_while_the_offer_is_still_open_leaves_it_to_the_legs_end(desk: Desk) -> None:
    desk.man("ann", "bob")
    desk.call("first")
    ring = desk.ring()
    desk.tell(CallReturned("first"))
    assert desk.did == []
    desk.tell(LegEnded(ring.leg_id, OfferOutcome.FAILED))
    assert [one.call_id for one in desk.rings()] == ["first"]
