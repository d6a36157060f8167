"""The engine under watch: its driver beside a model of the switch, and what must hold after every step."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from core.errors import HotlineError
from routing.engine import Engine
from routing.engine_events import (
    AgentPaused,
    AgentReady,
    AgentSignedOff,
    AgentSignedOn,
    CallAssigned,
    CallMoved,
    CallTakenOut,
    CancelRing,
    DivertCall,
    EngineEvent,
    KeepQueue,
    RingAgent,
    SeenMode,
    WrapUpDone,
    WrapUpExtended,
)
from routing.events import AgentState, CallLeftQueue, LeaveReason, OfferEnded, OfferMade
from routing.floor import Floor
from routing.plan.document import OverflowAction
from routing.plan.reading import read_plan
from routing.policy import Policy
from routing.records import QUEUED, CallState
from routing.terms import overtaking_bound
from tests.routing.switch_model import Switch

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


class Watched(RuleBasedStateMachine):
    """Gives the engine events and obeys it; `switch` is the truth, `post` the news of it that is on its way."""

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
