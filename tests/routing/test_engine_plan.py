"""One test a rule of the plan, in virtual time: skills, widening, overflow, priority, strategies, hours, surges."""

from datetime import UTC, datetime, timedelta

import pytest

from routing.engine_events import (
    AgentPaused,
    AgentReady,
    AgentSignedOn,
    CallDescribed,
    CallGone,
    CallReturned,
    CallWaiting,
    DivertCall,
    DivertFailed,
    KeepQueue,
    LegEnded,
    LegJoined,
    OfferFailed,
    WrapUpDone,
)
from routing.events import (
    AgentState,
    CallLeftQueue,
    CallQueued,
    LeaveReason,
    OfferOutcome,
    Verdict,
)
from routing.plan.document import OverflowAction
from tests.routing.planned import LAW, desk_with, plan_of, trace, verdicts


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
