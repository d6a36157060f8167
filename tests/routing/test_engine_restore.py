"""After a restart or a lost link the engine's books agree with the switch."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from routing.engine import Engine
from routing.engine_events import (
    AgentPresence,
    AgentReady,
    AgentSignedOn,
    CallWaiting,
    CancelRing,
    Command,
    EngineEvent,
    LegJoined,
    Restore,
    RingAgent,
    SeenCall,
    SeenLeg,
    SeenMode,
    Snapshot,
    SwitchLost,
    TimePassed,
)
from routing.events import AgentState, CallLeftQueue, LeaveReason, OfferEnded, OfferMade, OfferOutcome
from routing.policy import Policy

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LATER = START + timedelta(seconds=60)


def fresh() -> Engine:
    numbers = count(1)
    return Engine(Policy(), lambda: f"id{next(numbers)}")


def tell(engine: Engine, now: datetime, *events: EngineEvent) -> list[Command]:
    return [command for event in events for command in engine.handle(event, now)]


def rings(did: list[Command]) -> list[tuple[str, str]]:
    return [(one.call_id, one.agent_id) for one in did if isinstance(one, RingAgent)]


def presence(name: str, state: AgentState = AgentState.READY, **changes: object) -> AgentPresence:
    values: dict[str, object] = {
        "agent_id": name,
        "endpoint": "8" + name,
        "queues": ("general",),
        "state": state,
        "reason": "",
        "since": START,
        "idle_since": START,
        "wants": AgentState.READY,
        "wants_reason": "",
        "missed": 0,
        "wrap_up_until": None,
    }
    return AgentPresence(**{**values, **changes})  # type: ignore[arg-type]


def waiting(call_id: str, seconds: int = 0) -> SeenCall:
    return SeenCall(call_id, "general", START + timedelta(seconds=seconds), SeenMode.WAITING)


def offered_engine() -> tuple[Engine, RingAgent]:
    """An engine with agents a and b, whose phone a rings for call1."""
    engine = fresh()
    did = tell(engine, START, Restore(), AgentSignedOn("a", "8a"), AgentReady("a"))
    did += tell(engine, START, AgentSignedOn("b", "8b"), AgentReady("b"), CallWaiting("call1", "general", START))
    (ring,) = [one for one in did if isinstance(one, RingAgent)]
    return engine, ring


def test_a_fresh_engine_serves_waiting_callers_in_the_order_they_came() -> None:
    seen = Snapshot(calls=(waiting("late", 9), waiting("early", 1)), presence=(presence("a"),))
    assert rings(tell(fresh(), LATER, Restore(seen))) == [("early", "a")]


def test_a_phone_found_ringing_is_taken_over_and_its_call_not_offered_again() -> None:
    engine = fresh()
    leg = SeenLeg("leg1", "call1", "8a", joined=False)
    seen = Snapshot(calls=(waiting("call1"),), legs=(leg,), presence=(presence("a"), presence("b")))
    did = tell(engine, LATER, Restore(seen))
    assert rings(did) == []
    (made,) = [one for one in did if isinstance(one, OfferMade)]
    assert (made.call_id, made.agent_id, made.leg_id, made.trace) == ("call1", "a", "leg1", None)
    tell(engine, LATER, LegJoined("leg1", "call1", "8a"))
    assert engine.presence_of("a").state is AgentState.TALKING


@pytest.mark.parametrize(
    "leg",
    [SeenLeg("leg1", "gone", "8a", joined=False), SeenLeg("leg1", "call1", "nobody", joined=False)],
    ids=["for a call that is gone", "at a phone where nobody sits"],
)
def test_a_phone_that_rings_for_nothing_known_is_silenced(leg: SeenLeg) -> None:
    did = tell(fresh(), LATER, Restore(Snapshot(calls=(waiting("call1"),), legs=(leg,))))
    assert CancelRing("leg1") in did


def test_an_agent_found_in_a_talk_is_talking_and_is_offered_nothing() -> None:
    engine = fresh()
    talk = SeenCall("call1", "general", START, SeenMode.TALKING)
    leg = SeenLeg("leg1", "call1", "8a", joined=True)
    did = tell(engine, LATER, Restore(Snapshot((talk, waiting("call2")), (leg,), presence=(presence("a"),))))
    assert rings(did) == []
    assert engine.presence_of("a").state is AgentState.TALKING


@pytest.mark.parametrize("mode", [SeenMode.FALLBACK, SeenMode.SURVEY, SeenMode.TALKING])
def test_callers_who_do_not_wait_are_left_alone(mode: SeenMode) -> None:
    seen = Snapshot((SeenCall("call1", "general", START, mode),), presence=(presence("a"),))
    engine = fresh()
    assert rings(tell(engine, LATER, Restore(seen), CallWaiting("call1", "general", START))) == []


def test_an_agent_whose_talk_ended_unseen_gets_his_wrap_up() -> None:
    engine = fresh()
    tell(engine, LATER, Restore(Snapshot(presence=(presence("a", AgentState.TALKING),))))
    assert engine.presence_of("a").state is AgentState.WRAP_UP
    tell(engine, LATER + timedelta(seconds=30), TimePassed())
    assert engine.presence_of("a").state is AgentState.READY


def test_a_wrap_up_goes_on_until_its_own_end() -> None:
    engine = fresh()
    remembered = presence("a", AgentState.WRAP_UP, since=LATER, wrap_up_until=LATER + timedelta(seconds=12))
    tell(engine, LATER, Restore(Snapshot(presence=(remembered,))))
    assert engine.next_wake(LATER) == LATER + timedelta(seconds=12)


def test_agents_whose_phones_are_not_registered_are_off_line() -> None:
    engine = fresh()
    seen = Snapshot(registered=frozenset({"8a"}), presence=(presence("a"), presence("b")))
    tell(engine, LATER, Restore(seen))
    assert engine.presence_of("a").state is AgentState.READY
    assert (engine.presence_of("b").state, engine.presence_of("b").reason) == (
        AgentState.OFFLINE,
        "phone_unregistered",
    )


def test_a_caller_gone_while_the_switch_was_not_seen_leaves_the_queue_as_lost() -> None:
    engine, ring = offered_engine()
    did = tell(engine, LATER, SwitchLost(), Restore())
    (left,) = [one for one in did if isinstance(one, CallLeftQueue)]
    assert left.reason is LeaveReason.LOST
    assert CancelRing(ring.leg_id) in did
    assert engine.presence_of("a").state is AgentState.READY


def test_an_offer_that_still_rings_is_kept_over_a_lost_link() -> None:
    engine, ring = offered_engine()
    tell(engine, START, SwitchLost())
    assert tell(engine, LATER, TimePassed()) == []
    leg = SeenLeg(ring.leg_id, "call1", "8a", joined=False)
    assert tell(engine, LATER, Restore(Snapshot((waiting("call1"),), (leg,)))) == []
    assert engine.next_wake(LATER) is not None


def test_an_offer_answered_while_the_switch_was_not_seen_is_a_talk() -> None:
    engine, ring = offered_engine()
    leg = SeenLeg(ring.leg_id, "call1", "8a", joined=True)
    talk = SeenCall("call1", "general", START, SeenMode.TALKING)
    did = tell(engine, LATER, SwitchLost(), Restore(Snapshot((talk,), (leg,))))
    assert [one.outcome for one in did if isinstance(one, OfferEnded)] == [OfferOutcome.JOINED]
    assert engine.presence_of("a").state is AgentState.TALKING


def test_an_offer_whose_phone_stopped_ringing_unseen_is_made_again_and_nobody_is_blamed() -> None:
    engine, _ = offered_engine()
    did = tell(engine, LATER, SwitchLost(), Restore(Snapshot((waiting("call1"),))))
    assert rings(did) == [("call1", "a")]
    assert engine.presence_of("a").missed == 0


def test_a_call_that_fell_back_while_the_switch_was_not_seen_is_left_alone() -> None:
    engine, ring = offered_engine()
    fell = SeenCall("call1", "general", START, SeenMode.FALLBACK)
    leg = SeenLeg(ring.leg_id, "call1", "8a", joined=False)
    did = tell(engine, LATER, SwitchLost(), Restore(Snapshot((fell,), (leg,))))
    assert CancelRing(ring.leg_id) in did
    assert rings(did) == []
    assert engine.presence_of("a").state is AgentState.READY


def test_what_the_engine_knows_of_an_agent_outweighs_what_was_remembered() -> None:
    engine, _ = offered_engine()
    old = presence("a", AgentState.PAUSED, wants=AgentState.PAUSED, wants_reason="lunch")
    tell(engine, LATER, SwitchLost(), Restore(Snapshot((waiting("call1"),), presence=(old,))))
    assert engine.presence_of("a").state is AgentState.OFFERED


def test_restoring_twice_is_as_restoring_once() -> None:
    engine, ring = offered_engine()
    seen = Snapshot((waiting("call1"),), (SeenLeg(ring.leg_id, "call1", "8a", joined=False),))
    tell(engine, LATER, Restore(seen))
    assert tell(engine, LATER, Restore(seen)) == []
