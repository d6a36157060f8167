"""Callbacks, supervisors and agents under a plan, and a plan that changes: one test a rule, in virtual time."""

from datetime import timedelta

import pytest

from core.errors import Conflict, InvalidInput, NotFound
from routing.engine_events import (
    AgentPaused,
    AgentReady,
    AgentSignedOff,
    AgentSignedOn,
    CallAssigned,
    CallbackCancelled,
    CallbackWaiting,
    CallGone,
    CallMoved,
    CallTakenOut,
    CancelRing,
    DialCallback,
    DivertCall,
    LegEnded,
    LegJoined,
    OfferFailed,
    OfferKind,
    PlanChanged,
    Restore,
    SeenCall,
    SeenMode,
    Snapshot,
    SwitchLost,
)
from routing.events import (
    AgentState,
    CallLeftQueue,
    CallQueued,
    LeaveReason,
    OfferOutcome,
    PauseOverran,
    PlanTaken,
)
from routing.plan.document import OverflowAction
from tests.routing.planned import LAW, desk_with, plan_of, trace


def test_a_callback_keeps_the_place_of_the_call_whose_caller_hangs_up() -> None:
    desk = desk_with(plan_of(agents={"a": (["general"], {})}))
    desk.call("first")
    desk.later(5)
    desk.call("second")
    desk.tell(CallbackWaiting("back", "general", desk.now, from_call="first"), CallGone("first"))
    assert desk.notices(CallLeftQueue)[0].reason is LeaveReason.CALLBACK
    assert desk.notices(CallQueued)[0].position == 1
    desk.tell(AgentSignedOn("a", "8a"), AgentReady("a"))
    ring = desk.ring()
    assert (ring.call_id, ring.kind) == ("back", OfferKind.CALLBACK)
    desk.tell(LegJoined(ring.leg_id, "back", "8a"))
    assert DialCallback("back", ring.leg_id, "a", "8a") in desk.did
    assert desk.state("a") is AgentState.TALKING


def test_a_callback_rests_until_its_time_and_outlives_a_lost_switch() -> None:
    desk = desk_with(plan_of(agents={"a": (["general"], {})}), "a")
    desk.tell(CallbackWaiting("back", "general", desk.now, not_before=desk.now + timedelta(seconds=60)))
    assert not desk.rings()
    desk.tell(SwitchLost())
    desk.later(30)
    desk.tell(Restore())
    assert not desk.rings()
    desk.later(30)
    assert desk.ring().call_id == "back"


def test_a_callback_that_is_cancelled_rings_no_longer_and_cannot_come_back() -> None:
    desk = desk_with(plan_of(agents={"a": (["general"], {})}), "a")
    desk.tell(CallbackWaiting("back", "general", desk.now))
    ring = desk.ring()
    desk.tell(CallbackCancelled("back"))
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.tell(CallbackWaiting("back", "general", desk.now), CallbackCancelled("back")) == []


def test_a_supervisor_moves_assigns_and_takes_out_waiting_calls() -> None:
    desk = desk_with(plan_of(LAW, agents={"a": (["general"], {}), "b": (["law"], {})}), "b")
    desk.call("call1")
    desk.tell(CallMoved("call1", "law", "boss"))
    assert (desk.notices(CallQueued)[0].queue, desk.engine.figures("general", desk.now).waiting) == ("law", 0)
    desk.tell(CallAssigned("call1", "b", "boss"))
    assert (desk.ring().agent_id, trace(desk).agent_rule) == ("b", "supervisor")
    ring = desk.ring()
    desk.tell(CallTakenOut("call1", "boss"))
    assert CancelRing(ring.leg_id) in desk.did
    assert desk.notices(CallLeftQueue)[0].reason is LeaveReason.TAKEN_OUT


def test_what_a_supervisor_cannot_do_is_refused() -> None:
    desk = desk_with(plan_of(LAW, agents={"a": (["law"], {})}), "a")
    desk.tell(AgentPaused("a", "away"))
    desk.call("call1")
    for act in (CallMoved("call1", "nowhere", "boss"), CallMoved("none", "law", "boss"), CallTakenOut("none", "boss")):
        with pytest.raises(NotFound):
            desk.tell(act)
    with pytest.raises(NotFound):
        desk.tell(CallAssigned("call1", "nobody", "boss"))
    with pytest.raises(Conflict):
        desk.tell(CallAssigned("call1", "a", "boss"))


def test_a_supervisor_logs_an_agent_out_and_a_talk_goes_on_to_its_end() -> None:
    desk = desk_with(plan_of(agents={"a": (["general"], {})}), "a")
    ring = desk.talk("call1")
    desk.tell(AgentSignedOff("a", by="boss"))
    assert desk.state("a") is AgentState.TALKING
    desk.tell(LegEnded(ring.leg_id))
    assert (desk.state("a"), desk.reason("a")) == (AgentState.OFFLINE, "signed_off_by_supervisor")


def test_pauses_have_known_reasons_limits_and_room_for_so_many() -> None:
    pauses = [
        {"code": "rest", "label": "小休", "limit_seconds": 60, "at_once": 1},
        {"code": "meal", "label": "用餐", "limit_seconds": 90, "then": "ready"},
    ]
    desk = desk_with(plan_of(agents={name: (["general"], {}) for name in "ab"}, pauses=pauses), "a", "b")
    with pytest.raises(InvalidInput):
        desk.tell(AgentPaused("a", "nap"))
    desk.tell(AgentPaused("a", "小休"))
    assert desk.reason("a") == "rest"
    with pytest.raises(Conflict):
        desk.tell(AgentPaused("b", "rest"))
    desk.later(60)
    assert [(one.agent_id, one.reason, one.limit_seconds) for one in desk.notices(PauseOverran)] == [("a", "rest", 60)]
    assert desk.state("a") is AgentState.PAUSED
    desk.tell(AgentPaused("a", "meal"))
    desk.later(90)
    assert desk.notices(PauseOverran)
    assert desk.state("a") is AgentState.READY


def test_offer_wrap_up_and_missed_offers_are_those_of_the_calls_queue() -> None:
    slow = {"name": "slow", "offer_seconds": 9, "wrap_up_seconds": 5, "missed_offers_to_pause": 1}
    desk = desk_with(plan_of(slow, agents={"a": (["slow"], {}), "b": (["slow"], {})}), "a", "b")
    desk.call("call1", "slow")
    assert desk.ring().timeout_seconds == 9
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.NO_ANSWER))
    assert desk.reason("a") == "missed_offers"
    ring = desk.ring()
    desk.tell(LegJoined(ring.leg_id, "call1", "8b"), LegEnded(ring.leg_id))
    desk.later(5)
    assert desk.state("b") is AgentState.READY


def test_another_plan_holds_at_once_and_nobody_loses_his_place() -> None:
    before = plan_of(LAW, {"name": "old"}, agents={"a": (["law"], {"law": 1})})
    desk = desk_with(before, "a")
    desk.call("first", "old")
    desk.later(5)
    desk.call("second", "law")
    assert not desk.rings()
    after = plan_of({**LAW, "wants": {"law": 1}}, agents={"a": (["general", "law"], {"law": 1})})
    desk.tell(PlanChanged(after, 7))
    assert desk.notices(PlanTaken)[0].version == 7
    assert desk.ring().call_id == "first"
    assert trace(desk).came_from == ("old",)
    assert trace(desk).plan_version == 7
    desk.tell(CallGone("first"))
    desk.later(2)
    assert desk.ring().call_id == "second"


def test_a_surge_replaces_the_overflow_of_the_queues() -> None:
    surges = [
        {
            "name": "typhoon",
            "label": "台风",
            "announcement": "t",
            "overflow": [{"after_seconds": 5, "action": "callback"}],
        }
    ]
    desk = desk_with(plan_of(surges=surges))
    desk.call("call1")
    desk.later(10)
    assert not desk.did
    desk.tell(PlanChanged(plan_of(surges=surges, surge="typhoon"), 2))
    assert DivertCall("call1", "general", OverflowAction.CALLBACK, "") in desk.did


def test_a_restarted_engine_finds_calls_in_the_queue_they_were_moved_to_and_as_far_widened() -> None:
    widen = [{"after_seconds": 10, "wants": {"law": 1}}]
    plan = plan_of({**LAW, "widen": widen}, agents={"a": (["law"], {"law": 1})})
    desk = desk_with(plan, "a")
    entered, moved = desk.now - timedelta(seconds=100), desk.now - timedelta(seconds=4)
    desk.tell(Restore(Snapshot((SeenCall("call1", "law", entered, SeenMode.WAITING, moved_at=moved),))))
    assert not desk.rings()
    desk.later(6)
    assert desk.ring().call_id == "call1"
    assert trace(desk).waited_seconds == 106
