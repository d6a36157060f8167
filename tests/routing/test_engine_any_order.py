"""The engine beside a model of the switch, under any interleaving hypothesis finds: late, repeated, reordered news.

The model (`Switch`) is the truth: callers, ringing and joined phones. Each thing that happens there becomes a fact in
the post; rules deliver facts in any order, some twice; commands of the engine act on the switch at once.
"""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from routing.engine_events import (
    AgentPaused,
    AgentReady,
    AgentSignedOff,
    AgentSignedOn,
    CallAssigned,
    CallbackCancelled,
    CallbackWaiting,
    CallDescribed,
    CallFellBack,
    CallMoved,
    CallTakenOut,
    CallWaiting,
    DivertFailed,
    EngineEvent,
    LegJoined,
    PhoneSeen,
    PlanChanged,
    Restore,
    SeenMode,
    Snapshot,
    SwitchLost,
    TimePassed,
    Wants,
    WrapUpDone,
    WrapUpExtended,
)
from routing.events import OfferOutcome
from routing.records import QUEUED
from tests.routing.switch_model import Caller, Phone
from tests.routing.watched import AGENTS, AT_REST, OTHER_PLAN, PLAN, QUEUES, Watched


class AnyOrder(Watched):
    # ---- what happens in the world

    @initialize()
    def begin(self) -> None:
        self.give(Restore())
        for name, (endpoint, queues) in AGENTS.items():
            self.give(AgentSignedOn(name, endpoint, queues))
            self.give(AgentReady(name))

    @rule(
        queue=st.sampled_from(QUEUES),
        early=st.integers(0, 5),
        priority=st.sampled_from([None, None, 0, 9]),
        wants=st.sampled_from([(), (), (("dialect", 3),), (("unknown", 1),)]),
        key=st.sampled_from(["", "k1", "k2"]),
    )
    def a_caller_arrives(self, queue: str, early: int, priority: int | None, wants: Wants, key: str) -> None:
        call_id = f"call{next(self.numbers)}"
        self.switch.callers[call_id] = Caller(queue, self.now - timedelta(seconds=early))
        entered_at = self.switch.callers[call_id].entered_at
        self.post.append(CallWaiting(call_id, queue, entered_at, caller_key=key, wants=wants, priority=priority))

    @precondition(lambda self: any(one.mode is SeenMode.WAITING for one in self.switch.callers.values()))
    @rule(data=st.data())
    def a_caller_wants_to_be_called_back(self, data: st.DataObject) -> None:
        waiting = sorted(id_ for id_, one in self.switch.callers.items() if one.mode is SeenMode.WAITING)
        call_id = data.draw(st.sampled_from(waiting))
        callback_id, caller = f"back{next(self.numbers)}", self.switch.callers[call_id]
        caller.mode = SeenMode.SURVEY
        self.callbacks.add(callback_id)
        self.give(CallbackWaiting(callback_id, caller.queue, caller.entered_at, from_call=call_id))

    @rule(seconds=st.sampled_from([0, 10]))
    def a_missed_caller_is_to_be_called_back(self, seconds: int) -> None:
        callback_id = f"back{next(self.numbers)}"
        self.callbacks.add(callback_id)
        later = self.now + timedelta(seconds=seconds)
        self.give(CallbackWaiting(callback_id, "general", self.now - timedelta(seconds=30), not_before=later))

    @precondition(lambda self: self.callbacks)
    @rule(data=st.data())
    def a_callback_is_cancelled(self, data: st.DataObject) -> None:
        callback_id = data.draw(st.sampled_from(sorted(self.callbacks)))
        joined = any(one.joined and one.call_id == callback_id for one in self.switch.phones.values())
        if not joined:
            self.callbacks.discard(callback_id)
            self.give(CallbackCancelled(callback_id))

    @precondition(lambda self: self.away)
    @rule(data=st.data())
    def the_partner_does_not_answer(self, data: st.DataObject) -> None:
        call_id = data.draw(st.sampled_from(sorted(self.away)))
        self.away.discard(call_id)
        if call_id in self.switch.callers:
            self.switch.callers[call_id].mode = SeenMode.WAITING
            self.post.append(DivertFailed(call_id))

    @precondition(lambda self: self.switch.callers)
    @rule(data=st.data(), act=st.sampled_from(["move", "assign", "take out", "describe"]))
    def a_supervisor_acts(self, data: st.DataObject, act: str) -> None:
        call_id = data.draw(st.sampled_from(sorted(self.switch.callers)))
        agent = data.draw(st.sampled_from(sorted(AGENTS)))
        acts: dict[str, EngineEvent] = {
            "move": CallMoved(call_id, data.draw(st.sampled_from(QUEUES)), "boss"),
            "assign": CallAssigned(call_id, agent, "boss"),
            "take out": CallTakenOut(call_id, "boss"),
            "describe": CallDescribed(call_id, last_agent_id=agent, calls_on_matter=2, priority=3),
        }
        queued = self.floor.calls.get(call_id)
        if act == "take out":
            if self.switch.callers[call_id].mode is not SeenMode.WAITING:
                return
            if queued is not None and queued.state in QUEUED:
                self.switch.callers[call_id].mode = SeenMode.SURVEY
        self.give(acts[act])

    @rule()
    def another_plan_holds(self) -> None:
        self.plan = OTHER_PLAN if self.plan is PLAN else PLAN
        self.give(PlanChanged(self.plan, 2))

    @precondition(lambda self: self.switch.callers)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        self.switch.leave(data.draw(st.sampled_from(sorted(self.switch.callers))))

    @precondition(lambda self: any(one.mode is SeenMode.WAITING for one in self.switch.callers.values()))
    @rule(data=st.data())
    def a_caller_falls_back(self, data: st.DataObject) -> None:
        waiting = sorted(id_ for id_, one in self.switch.callers.items() if one.mode is SeenMode.WAITING)
        call_id = data.draw(st.sampled_from(waiting))
        self.switch.callers[call_id].mode = SeenMode.FALLBACK
        self.post.append(CallFellBack(call_id))

    @precondition(lambda self: any(one.mode is SeenMode.FALLBACK for one in self.switch.callers.values()))
    @rule(data=st.data(), agent=st.sampled_from(sorted(AGENTS)))
    def an_agent_answers_a_fallback_call(self, data: st.DataObject, agent: str) -> None:
        calls = sorted(id_ for id_, one in self.switch.callers.items() if one.mode is SeenMode.FALLBACK)
        call_id, endpoint = data.draw(st.sampled_from(calls)), AGENTS[agent][0]
        if self.switch.busy(endpoint) or self.switch.talking(call_id):
            return
        leg_id = f"leg{next(self.numbers)}"
        self.switch.phones[leg_id] = Phone(call_id, endpoint, joined=True)
        self.post.append(LegJoined(leg_id, call_id, endpoint))

    @precondition(lambda self: any(not one.joined for one in self.switch.phones.values()))
    @rule(data=st.data(), outcome=st.sampled_from([*OfferOutcome]))
    def a_ringing_phone_decides(self, data: st.DataObject, outcome: OfferOutcome) -> None:
        ringing = sorted(leg for leg, one in self.switch.phones.items() if not one.joined)
        leg_id = data.draw(st.sampled_from(ringing))
        if outcome is OfferOutcome.JOINED:
            self.switch.answer(leg_id)
        else:
            self.switch.end_leg(leg_id, outcome)

    @precondition(lambda self: any(one.joined for one in self.switch.phones.values()))
    @rule(data=st.data())
    def a_talking_agent_hangs_up(self, data: st.DataObject) -> None:
        joined = sorted(leg for leg, one in self.switch.phones.items() if one.joined)
        self.switch.end_leg(data.draw(st.sampled_from(joined)), OfferOutcome.FAILED)

    @rule(agent=st.sampled_from(sorted(AGENTS)), registered=st.booleans())
    def a_phone_registers_or_not(self, agent: str, registered: bool) -> None:
        self.post.append(PhoneSeen(AGENTS[agent][0], registered, self.now))

    @rule(agent=st.sampled_from(sorted(AGENTS)), act=st.sampled_from(["on", "off", "ready", "pause", "done", "more"]))
    def an_agent_acts(self, agent: str, act: str) -> None:
        endpoint, queues = AGENTS[agent]
        acts: dict[str, EngineEvent] = {
            "on": AgentSignedOn(agent, endpoint, queues),
            "off": AgentSignedOff(agent),
            "ready": AgentReady(agent),
            "pause": AgentPaused(agent, "break"),
            "done": WrapUpDone(agent),
            "more": WrapUpExtended(agent, 60),
        }
        self.give(acts[act])

    # ---- how the news comes

    @precondition(lambda self: self.post)
    @rule(data=st.data())
    def news_comes_in_any_order(self, data: st.DataObject) -> None:
        self.deliver(data.draw(st.integers(0, len(self.post) - 1)))

    @precondition(lambda self: self.post)
    @rule()
    def all_news_comes_in_order(self) -> None:
        while self.post:
            self.deliver(0)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def news_comes_again(self, data: st.DataObject) -> None:
        self.give(data.draw(st.sampled_from(self.delivered)))

    def deliver(self, index: int) -> None:
        event = self.post.pop(index)
        self.delivered.append(event)
        self.give(event)

    @rule(seconds=st.sampled_from([0.5, 1, 3, 10, 30]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.give(TimePassed())

    @rule(seconds=st.sampled_from([1, 40]))
    def the_switch_is_lost_and_seen_again(self, seconds: int) -> None:
        self.give(SwitchLost())
        # the old link's news is dropped by the driver
        self.post.clear()
        self.now += timedelta(seconds=seconds)
        self.give(TimePassed())
        self.give(Restore(self.switch.snapshot()))
        self.tell_callbacks()

    @rule()
    def another_engine_takes_over(self) -> None:
        presence = tuple(self.engine.presence())
        self.engine = self.new_engine()
        self.open_by_call.clear()
        self.open_by_agent.clear()
        # AMI replays nothing: a new engine never hears what was told before its link
        self.post.clear()
        self.delivered.clear()
        # whoever dialled the partner died with the engine: the dialplan has its caller back
        for call_id in self.away & self.switch.callers.keys():
            self.switch.callers[call_id].mode = SeenMode.WAITING
        self.away.clear()
        snapshot = self.switch.snapshot()
        self.give(Restore(Snapshot(snapshot.calls, snapshot.legs, None, presence)))
        self.tell_callbacks()

    def tell_callbacks(self) -> None:
        """The driver tells those that are open after each Restore, without the calls they stand for."""
        self.callbacks -= {one.call_id for one in self.switch.phones.values() if one.joined and one.called_back}
        for callback_id in sorted(self.callbacks):
            self.give(CallbackWaiting(callback_id, "general", self.now))

    def teardown(self) -> None:
        """Everybody hangs up, the news comes, time passes: no agent is stuck, nothing is left."""
        for call_id in list(self.switch.callers):
            self.switch.leave(call_id)
        for leg_id in list(self.switch.phones):
            self.switch.end_leg(leg_id, OfferOutcome.FAILED)
        while self.post:
            self.deliver(0)
        for callback_id in sorted(self.callbacks):
            self.give(CallbackCancelled(callback_id))
        for _ in range(50):
            wake = self.engine.next_wake(self.now)
            if wake is None:
                break
            self.now = wake
            self.give(TimePassed())
        assert self.engine.next_wake(self.now) is None
        assert all(one.state in AT_REST for one in self.engine.presence())
        assert not self.floor.calls
        assert not self.floor.offers
        assert not self.floor.talks
        assert not self.floor.busy
        assert not self.floor.held
        assert not self.floor.held_by_leg


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
