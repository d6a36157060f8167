"""The engine beside a model of the switch, under any interleaving hypothesis finds: late, repeated, reordered news.

The model (`Switch`) is the truth: callers, ringing and joined phones. Each thing that happens there becomes a fact in
the post; rules deliver facts in any order, some twice; commands of the engine act on the switch at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

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
    PhoneSeen,
    Restore,
    RingAgent,
    SeenCall,
    SeenLeg,
    SeenMode,
    Snapshot,
    SwitchLost,
    TimePassed,
    WrapUpDone,
    WrapUpExtended,
)
from routing.events import AgentState, OfferEnded, OfferMade, OfferOutcome
from routing.floor import Floor
from routing.policy import Policy
from routing.records import CallState

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
QUEUES = ("general", "enterprise")
AGENTS = {
    "a": ("8001", ("general",)),
    "b": ("8002", ("general", "enterprise")),
    "c": ("8003", ("enterprise",)),
    "d": ("8004", ("general",)),
}
AT_REST = {AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE}
POLICY = Policy(offer_seconds=20, wrap_up_seconds=10, missed_offers_to_pause=2, cool_down_seconds=3)


@dataclass
class Caller:
    queue: str
    entered_at: datetime
    mode: SeenMode = SeenMode.WAITING


@dataclass
class Phone:
    call_id: str
    endpoint: str
    joined: bool = False


class Switch:
    """What is true: callers on the line and agents' phones that ring or talk; each change goes to the post."""

    def __init__(self, post: Callable[[EngineEvent], None]) -> None:
        self.post = post
        self.callers: dict[str, Caller] = {}
        self.phones: dict[str, Phone] = {}

    def talking(self, call_id: str) -> bool:
        return any(one.joined and one.call_id == call_id for one in self.phones.values())

    def busy(self, endpoint: str) -> bool:
        return any(one.joined and one.endpoint == endpoint for one in self.phones.values())

    def ring(self, command: RingAgent) -> None:
        caller = self.callers.get(command.call_id)
        if self.busy(command.endpoint):
            self.post(OfferFailed(command.leg_id, OfferOutcome.BUSY))
            self.post(LegEnded(command.leg_id, OfferOutcome.BUSY))
        elif caller is None:
            self.post(LegEnded(command.leg_id, OfferOutcome.FAILED))
        else:
            self.phones[command.leg_id] = Phone(command.call_id, command.endpoint)
            self.post(OfferRinging(command.leg_id))

    def end_leg(self, leg_id: str, outcome: OfferOutcome) -> None:
        phone = self.phones.pop(leg_id, None)
        if phone is None:
            return
        self.post(LegEnded(leg_id, outcome))
        caller = self.callers.get(phone.call_id)
        if phone.joined and caller is not None:
            caller.mode = SeenMode.SURVEY

    def cancel(self, leg_id: str) -> None:
        if leg_id in self.phones and not self.phones[leg_id].joined:
            self.end_leg(leg_id, OfferOutcome.CANCELLED)

    def answer(self, leg_id: str) -> None:
        phone = self.phones[leg_id]
        caller = self.callers.get(phone.call_id)
        if caller is None or caller.mode is not SeenMode.WAITING or self.busy(phone.endpoint):
            self.end_leg(leg_id, OfferOutcome.FAILED)  # the dialplan's own guard
            return
        phone.joined = True
        caller.mode = SeenMode.TALKING
        self.post(LegJoined(leg_id, phone.call_id, phone.endpoint))

    def leave(self, call_id: str) -> None:
        del self.callers[call_id]
        self.post(CallGone(call_id))
        for leg_id in [leg for leg, one in self.phones.items() if one.call_id == call_id]:
            self.end_leg(leg_id, OfferOutcome.CANCELLED)
        self.post(CallOver(call_id))

    def snapshot(self) -> Snapshot:
        return Snapshot(
            calls=tuple(SeenCall(id_, one.queue, one.entered_at, one.mode) for id_, one in self.callers.items()),
            legs=tuple(SeenLeg(leg, one.call_id, one.endpoint, one.joined) for leg, one in self.phones.items()),
        )


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)
        self.now = START
        self.post: list[EngineEvent] = []
        self.delivered: list[EngineEvent] = []
        self.switch = Switch(self.post.append)
        self.engine = Engine(POLICY, lambda: f"id{next(self.numbers)}")
        self.open_by_call: dict[str, str] = {}
        self.open_by_agent: dict[str, str] = {}

    @property
    def floor(self) -> Floor:
        return self.engine._floor

    # ---- the driver

    def give(self, event: EngineEvent) -> None:
        try:
            commands = self.engine.handle(event, self.now)
        except HotlineError:
            assert isinstance(
                event, (AgentSignedOn, AgentSignedOff, AgentReady, AgentPaused, WrapUpDone, WrapUpExtended)
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

    def assert_fair(self, made: OfferMade) -> None:
        """No call of the queue that still waits came before the one that is offered."""
        if made.trace is None:
            return
        offered = self.floor.calls.get(made.call_id)
        waiting = self.floor.queues[made.trace.queue].waiting
        assert offered is None or not waiting or offered.place < waiting[0], "a later call overtook an earlier one"

    # ---- what happens in the world

    @initialize()
    def begin(self) -> None:
        self.give(Restore())
        for name, (endpoint, queues) in AGENTS.items():
            self.give(AgentSignedOn(name, endpoint, queues))
            self.give(AgentReady(name))

    @rule(queue=st.sampled_from(QUEUES), early=st.integers(0, 5))
    def a_caller_arrives(self, queue: str, early: int) -> None:
        call_id = f"call{next(self.numbers)}"
        self.switch.callers[call_id] = Caller(queue, self.now - timedelta(seconds=early))
        self.post.append(CallWaiting(call_id, queue, self.switch.callers[call_id].entered_at))

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

    @rule()
    def another_engine_takes_over(self) -> None:
        presence = tuple(self.engine.presence())
        self.engine = Engine(POLICY, lambda: f"id{next(self.numbers)}")
        self.open_by_call.clear()
        self.open_by_agent.clear()
        # AMI replays nothing: a new engine never hears what was told before its link
        self.post.clear()
        self.delivered.clear()
        snapshot = self.switch.snapshot()
        self.give(Restore(Snapshot(snapshot.calls, snapshot.legs, None, presence)))

    # ---- what always holds

    @invariant()
    def books_agree(self) -> None:
        floor = self.floor
        for queue in floor.queues.values():
            serving = [seat for seat in floor.seats.values() if queue in seat.queues]
            assert {state: sum(seat.state is state for seat in serving) for state in AgentState} == queue.agents
            waiting = {id_ for id_, one in floor.calls.items() if one.state is CallState.WAITING and one.queue is queue}
            assert [place[2] for place in queue.waiting] == sorted(waiting, key=lambda id_: floor.calls[id_].place)
            free = {seat.id for seat in serving if seat.state is AgentState.READY and seat.held_until is None}
            assert {place[2] for place in queue.ready} == free
            if floor.seen:
                assert not (queue.waiting and queue.ready), "a call waits beside an agent who could take it"

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
        assert known == set(self.switch.callers)
        in_queue = {id_ for id_, one in self.floor.calls.items() if one.state in {CallState.WAITING, CallState.OFFERED}}
        assert in_queue == {id_ for id_, one in self.switch.callers.items() if one.mode is SeenMode.WAITING}
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
