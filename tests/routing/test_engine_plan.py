"""One test a rule of the plan, in virtual time: skills, widening, overflow, priority, strategies, hours, surges."""

from datetime import UTC, datetime, timedelta
from typing import Any

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
    CallDescribed,
    CallGone,
    CallMoved,
    CallReturned,
    CallTakenOut,
    CallWaiting,
    CancelRing,
    DialCallback,
    DivertCall,
    DivertFailed,
    KeepQueue,
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
    WrapUpDone,
)
from routing.events import (
    AgentState,
    CallLeftQueue,
    CallQueued,
    DecisionTrace,
    LeaveReason,
    OfferMade,
    OfferOutcome,
    PauseOverran,
    PlanTaken,
    Verdict,
)
from routing.plan.document import OverflowAction, Plan
from routing.plan.reading import read_plan
from tests.routing.desk import Desk

SKILLS = [{"name": name, "label": name} for name in ("law", "dialect")]


def plan_of(*queues: dict[str, Any], agents: dict[str, Any] | None = None, **others: Any) -> Plan:
    """A plan with queue general and these; agents by name: (queues, skills)."""
    names = ["general", *(one["name"] for one in queues)]
    document = {
        "skills": SKILLS,
        "queues": [{"name": "general", "label": "综合"}, *({"label": one["name"], **one} for one in queues)],
        "agent_default": {"queues": names, "skills": {"law": 5, "dialect": 5}},
        "agents": [
            {"number": str(8000 + n), "queues": queues_of, "skills": skills}
            for n, (queues_of, skills) in enumerate((agents or {}).values())
        ],
        **others,
    }
    return read_plan(document).with_agents({str(8000 + n): name for n, name in enumerate(agents or {})})


def desk_with(plan: Plan, *names: str) -> Desk:
    desk = Desk(plan=plan)
    for name in names:
        desk.tell(AgentSignedOn(name, "8" + name), AgentReady(name))
        desk.later(1)
    return desk


def trace(desk: Desk) -> DecisionTrace:
    (made,) = desk.notices(OfferMade)
    assert made.trace is not None
    return made.trace


def verdicts(desk: Desk) -> dict[str, tuple[Verdict, str]]:
    return {one.agent_id: (one.verdict, one.detail) for one in trace(desk).candidates}


LAW = {"name": "law", "wants": {"law": 3}}


def test_a_call_rings_only_agents_who_have_the_skill_at_its_level_and_the_trace_says_why_not_the_others() -> None:
    agents = {
        "low": (["law"], {"law": 2}),
        "none": (["law"], {}),
        "high": (["law"], {"law": 3}),
        "other": (["general"], {}),
    }
    desk = desk_with(plan_of(LAW, agents=agents), "low", "none", "high", "other")
    desk.call("call1", "law")
    assert desk.ring().agent_id == "high"
    assert verdicts(desk) == {
        "high": (Verdict.CHOSEN, ""),
        "low": (Verdict.LACKS_SKILL, "law 2<3"),
        "none": (Verdict.LACKS_SKILL, "law 0<3"),
    }
    assert (trace(desk).complete, trace(desk).fitting_ready, trace(desk).wants) == (True, 1, {"law": 3})


def test_what_is_wanted_widens_in_steps_and_whoever_fits_an_earlier_step_comes_first() -> None:
    widen = [{"after_seconds": 10, "wants": {"law": 1}}, {"after_seconds": 20, "agents_of": ["general"]}]
    agents = {"low": (["law"], {"law": 1}), "general": (["general"], {}), "high": (["law"], {"law": 4})}
    desk = desk_with(plan_of({**LAW, "widen": widen}, agents=agents), "general", "low")
    desk.call("call1", "law")
    assert not desk.rings()
    desk.later(9)
    assert not desk.rings()
    desk.later(1)
    assert desk.ring().agent_id == "low"
    assert (trace(desk).step, trace(desk).widened_to) == (1, 1)
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.REJECTED))
    assert not desk.rings()
    desk.tell(AgentSignedOn("high", "8high"))
    desk.tell(AgentPaused("low", "away"))
    desk.later(10)
    assert desk.ring().agent_id == "general"
    desk.tell(OfferFailed(desk.ring().leg_id, OfferOutcome.REJECTED), AgentReady("high"))
    assert desk.ring().agent_id == "high"


def test_a_call_that_waits_too_long_overflows_and_is_known_by_its_age_in_the_other_queue() -> None:
    overflow = [{"after_seconds": 30, "action": "queue", "target": "general"}]
    desk = desk_with(plan_of({**LAW, "overflow": overflow}, agents={"a": (["general"], {})}))
    desk.call("old", "law")
    desk.later(10)
    desk.call("young")
    desk.later(20)
    assert [(one.queue, one.reason) for one in desk.notices(CallLeftQueue)] == [("law", LeaveReason.MOVED)]
    assert [(one.queue, one.position) for one in desk.notices(CallQueued)] == [("general", 1)]
    assert [one for one in desk.did if isinstance(one, KeepQueue)] == [KeepQueue("old", "general", desk.now)]
    desk.man("a", queues=("general",))
    assert desk.engine.presence_of("a").state is AgentState.OFFERED
    assert desk.engine.waiting("general")[0].call_id == "young"


def test_a_partner_takes_the_call_out_and_gives_it_back_when_he_does_not_answer() -> None:
    overflow = [{"after_seconds": 30, "action": "partner", "target": "legal_aid"}]
    partners = [{"name": "legal_aid", "label": "法律援助", "number": "12348"}]
    desk = desk_with(plan_of({**LAW, "overflow": overflow}, partners=partners))
    desk.call("call1", "law")
    desk.later(30)
    assert [one for one in desk.did if isinstance(one, DivertCall)] == [
        DivertCall("call1", "law", OverflowAction.PARTNER, "legal_aid", "12348")
    ]
    assert desk.notices(CallLeftQueue)[0].reason is LeaveReason.DIVERTED
    desk.later(20)
    desk.tell(DivertFailed("call1"))
    assert desk.notices(CallQueued)[0].entered_at == desk.now - timedelta(seconds=50)
    desk.later(100)
    assert not desk.did
    assert desk.tell(CallReturned("call1"), DivertFailed("call1")) == []


def test_a_caller_whom_no_partner_took_is_returned_by_the_switch_to_the_place_he_had() -> None:
    overflow = [{"after_seconds": 30, "action": "partner", "target": "legal_aid"}]
    partners = [{"name": "legal_aid", "label": "法律援助", "number": "12348", "trunk": "law"}]
    desk = desk_with(plan_of({**LAW, "overflow": overflow}, partners=partners))
    desk.call("call1", "law")
    desk.later(30)
    assert desk.did[-1] == DivertCall("call1", "law", OverflowAction.PARTNER, "legal_aid", "12348", "law")
    desk.man("a", queues=("law",))
    assert desk.engine.presence_of("a").state is AgentState.READY
    desk.tell(CallReturned("call1"))
    assert desk.engine.presence_of("a").state is AgentState.OFFERED


def test_outside_its_hours_a_queue_may_end_the_call_with_an_announcement() -> None:
    hours = [{"days": ["tue"], "from": "08:00", "to": "09:00"}]
    desk = desk_with(plan_of({**LAW, "hours": hours, "closed": {"action": "end"}}))
    desk.call("call1", "law")
    assert DivertCall("call1", "law", OverflowAction.END, "closed") in desk.did
    assert desk.notices(CallLeftQueue)[0].reason is LeaveReason.CLOSED
    desk.tell(CallGone("call1"))
    assert desk.engine.figures("law", desk.now).waiting == 0


def test_announcements_and_callback_offers_are_told_while_the_call_waits_on() -> None:
    overflow = [
        {"after_seconds": 10, "action": "announcement", "target": "busy"},
        {"after_seconds": 20, "action": "callback"},
    ]
    desk = desk_with(plan_of({**LAW, "overflow": overflow}))
    desk.call("call1", "law")
    told = [one for seconds in (10, 10, 60) for one in desk.later(seconds)]
    assert told == [
        DivertCall("call1", "law", OverflowAction.ANNOUNCEMENT, "busy"),
        DivertCall("call1", "law", OverflowAction.CALLBACK, ""),
    ]
    assert desk.engine.figures("law", desk.now).waiting == 1


def test_a_step_of_priority_is_worth_its_time_of_waiting_and_no_more() -> None:
    urgent = {"name": "urgent", "priority": 2}
    plan = plan_of(urgent, agents={"a": (["general", "urgent"], {})}, ageing_seconds=30)
    desk = desk_with(plan)
    desk.call("first")
    desk.later(59)
    desk.call("near", "urgent")
    desk.later(2)
    desk.call("far", "urgent")
    order = []
    desk.tell(AgentSignedOn("a", "8a"), AgentReady("a"))
    for _ in range(3):
        ring = desk.ring()
        order.append((ring.call_id, trace(desk).call_rule))
        desk.tell(LegJoined(ring.leg_id, ring.call_id, "8a"), LegEnded(ring.leg_id))
        desk.tell(CallGone(ring.call_id), WrapUpDone("a"))
    assert order == [("near", "head_start"), ("first", "first_come"), ("far", "head_start")]


def test_the_agent_with_fewest_calls_gets_the_next_one_where_the_plan_says_so() -> None:
    agents = {name: (["few"], {}) for name in "ab"}
    desk = desk_with(plan_of({"name": "few", "strategy": "least_calls", "wrap_up_seconds": 0}, agents=agents), "a")
    ring = desk.talk("call1", "few")
    desk.tell(LegEnded(ring.leg_id))
    desk.later(100)
    desk.tell(AgentSignedOn("b", "8b"), AgentReady("b"))
    desk.call("call2", "few")
    assert desk.ring().agent_id == "b"
    assert verdicts(desk)["a"] == (Verdict.MORE_CALLS, "1>0")


def test_the_most_skilled_agent_gets_the_call_where_the_plan_says_so() -> None:
    agents = {"good": (["law"], {"law": 3}), "best": (["law"], {"law": 5})}
    desk = desk_with(plan_of({**LAW, "strategy": "best_skill"}, agents=agents), "good", "best")
    desk.call("call1", "law")
    assert desk.ring().agent_id == "best"
    assert verdicts(desk)["good"] == (Verdict.LESS_SKILLED, "3<5")


def test_a_repeat_caller_goes_to_the_agent_who_served_him_last() -> None:
    desk = desk_with(plan_of(agents={name: (["general"], {}) for name in "ab"}), "a", "b")
    desk.tell(CallWaiting("call1", "general", desk.now, caller_key="k"))
    ring = desk.ring()
    desk.tell(LegJoined(ring.leg_id, "call1", "8a"), LegEnded(ring.leg_id), CallGone("call1"), WrapUpDone("a"))
    desk.later(60)
    desk.tell(CallWaiting("call2", "general", desk.now, caller_key="k"))
    assert desk.ring().agent_id == "a"
    assert (trace(desk).agent_rule, verdicts(desk)["b"][0]) == ("same_agent", Verdict.NOT_THE_LAST_AGENT)


def test_a_repeat_caller_waits_at_his_agent_with_a_head_start_that_is_bounded() -> None:
    agents = {"a": (["general"], {})}
    desk = desk_with(plan_of(agents=agents))
    desk.tell(CallWaiting("early", "general", desk.now - timedelta(seconds=31)))
    desk.tell(CallWaiting("middle", "general", desk.now - timedelta(seconds=20)))
    desk.tell(CallWaiting("repeat", "general", desk.now), CallDescribed("repeat", last_agent_id="a", calls_on_matter=4))
    desk.tell(AgentSignedOn("a", "8a"), AgentReady("a"))
    assert desk.ring().call_id == "early"
    desk.tell(CallGone("early"))
    desk.later(2)
    assert desk.ring().call_id == "repeat"
    assert trace(desk).calls_on_matter == 4


def test_a_dialect_the_caller_chose_is_held_to_for_a_while_and_then_let_go() -> None:
    agents = {"a": (["general"], {}), "b": (["general"], {"dialect": 3})}
    desk = desk_with(plan_of(agents=agents, wishes_hold_seconds=40), "a")
    desk.tell(CallWaiting("call1", "general", desk.now, wants=(("dialect", 3),)))
    assert not desk.rings()
    desk.later(39)
    assert not desk.rings()
    desk.later(1)
    assert desk.ring().agent_id == "a"
    desk.tell(AgentSignedOn("b", "8b"), AgentReady("b"), AgentPaused("a", "away"))
    assert desk.ring().agent_id == "b"


HOURS = {
    "hours": [{"days": ["mon"], "from": "08:00", "to": "12:00"}],
    "closed": {"action": "queue", "target": "general"},
}


@pytest.mark.parametrize(("hour", "queue"), [(3, "law"), (4, "general")])
def test_outside_its_hours_a_queue_leads_where_the_plan_says(hour: int, queue: str) -> None:
    desk = desk_with(plan_of({**LAW, **HOURS}))
    desk.now = datetime(2026, 1, 5, hour, tzinfo=UTC)
    desk.call("call1", "law")
    assert desk.notices(CallQueued)[0].queue == queue


def test_a_queue_that_the_plan_does_not_know_is_that_of_the_number_dialled() -> None:
    desk = desk_with(plan_of({**LAW, "dialled": ["12348"]}))
    desk.tell(CallWaiting("one", "nonsense", desk.now, dialled="12348"), CallWaiting("two", "nonsense", desk.now))
    assert [one.queue for one in desk.notices(CallQueued)] == ["law", "general"]


# ---- callbacks


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


# ---- supervisors


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


# ---- agents


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


# ---- another plan


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
