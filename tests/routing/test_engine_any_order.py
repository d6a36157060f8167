"""The engine beside a model of the switch, under any interleaving hypothesis finds: late, repeated, reordered news.

The model (`Switch`) is the truth: callers, ringing and joined phones. Each thing that happens there becomes a fact in
the post; rules deliver facts in any order, some twice; commands of the engine act on the switch at once.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.errors import HotlineError
from routing.engine import Engine
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
    CancelRing,
    DivertCall,
    DivertFailed,
    EngineEvent,
    KeepQueue,
    LegJoined,
    PhoneSeen,
    PlanChanged,
    Restore,
    RingAgent,
    SeenMode,
    Snapshot,
    SwitchLost,
    TimePassed,
    Wants,
    WrapUpDone,
    WrapUpExtended,
)
from routing.events import AgentState, CallLeftQueue, LeaveReason, OfferEnded, OfferMade, OfferOutcome
from routing.floor import Floor
from routing.plan.document import OverflowAction
from routing.plan.reading import read_plan
from routing.policy import Policy
from routing.records import QUEUED, CallState
from routing.terms import overtaking_bound
from tests.routing.switch_model import Caller, Phone, Switch

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
QUEUES = ("general", "enterprise", "leader")
AGENTS = {
    "a": ("8001", ("general",)),
    "b": ("8002", ("general", "enterprise")),
    "c": ("8003", ("enterprise",)),
    "d": ("8004", ("general",)),
}
PLANNED: dict[str, Any] = {
    "ageing_seconds": 5,
    "wishes_hold_seconds": 8,
    "skills": [{"name": "law", "label": "法律"}, {"name": "dialect", "label": "方言", "kind": "language"}],
    "queues": [
        {"name": "general", "label": "综合", "same_agent_seconds": 6},
        {
            "name": "enterprise",
            "label": "企业",
            "priority": 2,
            "wants": {"law": 3},
            "strategy": "best_skill",
            "widen": [{"after_seconds": 10, "wants": {"law": 1}}, {"after_seconds": 30, "agents_of": ["general"]}],
            "overflow": [{"after_seconds": 40, "action": "queue", "target": "general"}],
        },
        {
            "name": "leader",
            "label": "领导",
            "strategy": "least_calls",
            "wants": {"law": 5},
            "overflow": [
                {"after_seconds": 5, "action": "announcement", "target": "busy"},
                {"after_seconds": 20, "action": "partner", "target": "other"},
            ],
        },
    ],
    "partners": [{"name": "other", "label": "另一热线", "number": "12315"}],
    "pauses": [{"code": "break", "label": "小休", "limit_seconds": 15, "then": "ready"}],
    "agents": [
        {"number": "8001", "queues": ["general"], "skills": {"dialect": 2}},
        {"number": "8002", "queues": ["general", "enterprise"], "skills": {"law": 3}},
        {"number": "8003", "queues": ["enterprise"], "skills": {"law": 1, "dialect": 3}},
    ],
}
PLAN = read_plan(PLANNED).with_agents({"8001": "a", "8002": "b", "8003": "c"})
OTHER_PLAN = read_plan(
    {**PLANNED, "queues": [*PLANNED["queues"][:1], {**PLANNED["queues"][1], "wants": {}, "widen": []}], "agents": []}
).with_agents({})
BOUND = timedelta(seconds=overtaking_bound(PLAN))
AT_REST = {AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE}
POLICY = Policy(offer_seconds=20, wrap_up_seconds=10, missed_offers_to_pause=2, cool_down_seconds=3)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)
        self.now = START
        self.post: list[EngineEvent] = []
        self.delivered: list[EngineEvent] = []
        self.switch = Switch(self.post.append)
        self.plan = PLAN
        self.engine = self.new_engine()
        self.open_by_call: dict[str, str] = {}
        self.open_by_agent: dict[str, str] = {}
        self.callbacks: set[str] = set()
        """Open ones, told to the engine."""
        self.away: set[str] = set()
        """Callers on their way to the partner hotline."""

    @property
    def floor(self) -> Floor:
        return self.engine._floor

    def new_engine(self) -> Engine:
        return Engine(POLICY, lambda: f"id{next(self.numbers)}", self.plan, 1)

    # ---- the driver

    def give(self, event: EngineEvent) -> None:
        try:
            commands = self.engine.handle(event, self.now)
        except HotlineError:
            assert isinstance(
                event,
                AgentSignedOn
                | AgentSignedOff
                | AgentReady
                | AgentPaused
                | WrapUpDone
                | WrapUpExtended
                | CallMoved
                | CallAssigned
                | CallTakenOut,
            ), f"a fact was refused: {event}"
            return
        for command in commands:
            self.obey(command)

    def obey(self, command: object) -> None:
        if isinstance(command, OfferMade):
            assert command.call_id not in self.open_by_call, "a call offered to two agents"
            assert command.agent_id not in self.open_by_agent, "an agent with two offers"
            self.open_by_call[command.call_id] = command.offer_id
            self.open_by_agent[command.agent_id] = command.offer_id
            self.assert_fair(command)
        elif isinstance(command, OfferEnded):
            assert self.open_by_call.pop(command.call_id) == command.offer_id
            assert self.open_by_agent.pop(command.agent_id) == command.offer_id
        elif isinstance(command, RingAgent):
            assert self.floor.seen, "an offer while the switch is not seen"
            self.switch.ring(command)
        elif isinstance(command, CancelRing):
            self.switch.cancel(command.leg_id)
        elif isinstance(command, DivertCall) and command.action is OverflowAction.PARTNER:
            if command.call_id in self.switch.callers:
                self.switch.callers[command.call_id].mode = SeenMode.SURVEY
                self.away.add(command.call_id)
        elif isinstance(command, CallLeftQueue) and command.reason is LeaveReason.JOINED:
            self.callbacks.discard(command.call_id)
        elif isinstance(command, KeepQueue) and command.call_id in self.switch.callers:
            caller = self.switch.callers[command.call_id]
            caller.queue, caller.moved_at = command.queue, command.moved_at

    def assert_fair(self, made: OfferMade) -> None:
        """No waiting call that this agent could take stands before the offered one, nor came earlier by the bound."""
        if made.trace is None or made.trace.agent_rule == "supervisor":
            return
        offered, seat = self.floor.calls[made.call_id], self.floor.seats[made.agent_id]
        ahead = offered.queue.terms.same_agent_seconds if made.trace.agent_rule == "same_agent" else 0
        for call in self.floor.calls.values():
            if call.line is not None and call.line.rank(seat.profile) is not None:
                assert offered.place[0] - ahead <= call.place[0], "a later call overtook an earlier one"
                assert offered.entered_at <= call.entered_at + BOUND, "overtaken by more than the bound"

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

    # ---- what always holds

    @invariant()
    def books_agree(self) -> None:
        floor = self.floor
        for queue in floor.queues.values():
            serving = [seat for seat in floor.seats.values() if queue in seat.queues]
            assert {state: sum(seat.state is state for seat in serving) for state in AgentState} == queue.agents
            assert set(queue.seats) == {seat.id for seat in serving}
            waiting = {id_ for id_, one in floor.calls.items() if one.state is CallState.WAITING and one.queue is queue}
            assert sorted(place[2] for line in queue.lines for place in line.waiting) == sorted(waiting)
            assert queue.count == len(waiting)
            assert (queue.rate.busy_since is not None) == bool(waiting)
            for line in queue.lines:
                assert next(iter(line.waiting), None) == line.waiting.first

    @invariant()
    def no_call_waits_beside_an_agent_who_could_take_it(self) -> None:
        floor, lineup = self.floor, self.floor.lineup
        waiting = [call for call in floor.calls.values() if call.state is CallState.WAITING]
        for seat in floor.seats.values():
            free = seat.state is AgentState.READY and seat.held_until is None
            assert free == (seat.stands is not None or seat.id in lineup.fresh_seats)
            if seat.stands is None:
                continue
            lines = {line for one in floor.queues.values() for line in one.lines if line.rank(seat.profile) is not None}
            assert {line for line, _ in seat.stands} == lines == set(seat.profile.ranks)
            assert all(key in line.ready for line, key in seat.stands)
        if floor.seen:
            assert not lineup.fresh_seats
            assert not lineup.fresh_calls
            for call in waiting:
                assert call.line is not None
                assert not call.line.ready, "a call waits beside an agent who could take it"
                assert call.ladder is not None
                assert call.step == call.ladder.step_at((self.now - call.moved_at).total_seconds()), (
                    "not widened in time"
                )

    @invariant()
    def repeat_callers_are_known_while_they_wait(self) -> None:
        waiting = {
            (one.last_agent_id, one.id)
            for one in self.floor.calls.values()
            if one.state is CallState.WAITING and one.last_agent_id and one.queue.terms.same_agent_seconds
        }
        kept = {(agent, key[2]) for agent, keys in self.floor.lineup.regulars.items() for key in keys}
        assert kept == waiting

    @invariant()
    def each_call_is_in_one_place_and_each_offer_ties_two(self) -> None:
        floor = self.floor
        for call in floor.calls.values():
            assert (call.offer is not None) == (call.state is CallState.OFFERED)
            assert (call.state is CallState.TALKING) or not call.legs
        for seat in floor.seats.values():
            assert (seat.offer is not None) == (seat.state is AgentState.OFFERED)
            if seat.offer is not None:
                assert seat.offer.call.offer is seat.offer
                assert floor.offers[seat.offer.leg_id] is seat.offer
        assert {one.id for one in floor.offers.values()} == {*self.open_by_call.values()}
        assert {*self.open_by_call.values()} == {*self.open_by_agent.values()}

    @invariant()
    def when_all_news_is_in_no_call_is_lost_or_invented(self) -> None:
        if self.post:
            return
        known = set(self.floor.calls)
        talking = {one.call_id for one in self.switch.phones.values() if one.joined and one.called_back}
        assert known == {*self.switch.callers} | self.callbacks | talking
        in_queue = {id_ for id_, one in self.floor.calls.items() if one.state in QUEUED}
        waiting = {id_ for id_, one in self.switch.callers.items() if one.mode is SeenMode.WAITING}
        assert in_queue == waiting | self.callbacks
        for seat in self.floor.seats.values():
            if seat.state is AgentState.TALKING or self.floor.seat_at.get(seat.endpoint) is seat:
                assert (seat.state is AgentState.TALKING) == self.switch.busy(seat.endpoint)

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
