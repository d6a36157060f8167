"""The table of transfers: every state and event pair; the state that legs make; what is put right."""

import itertools

import pytest

from core.errors import TransitionRefused
from telephony.events import Party
from telephony.transfers.states import TABLE, VERBS, Order, Step, TalkEvent, TalkState, after
from telephony.transfers.talk import Repair, Room, Talk, TalkLeg, repairs

PAIRS = list(itertools.product(TalkState, TalkEvent))
THREE = {
    TalkState.CONSULTING: (Room.MAIN, Room.SIDE, Room.SIDE),
    TalkState.SWAPPED: (Room.MAIN, Room.MAIN, Room.SIDE),
    TalkState.CONFERENCE: (Room.MAIN, Room.MAIN, Room.MAIN),
}


def leg(party: Party, room: Room, *, answered: bool = True, target: bool = False, **more: object) -> TalkLeg:
    return TalkLeg(party.value, party, party.value, party.value, answered, room, target, **more)  # type: ignore[arg-type]


def talk(*legs: TalkLeg) -> Talk:
    return Talk("c", legs={one.leg_id: one for one in legs})


@pytest.mark.parametrize(("state", "event"), PAIRS, ids=lambda one: one.value)
def test_every_pair_is_a_step_of_the_table_or_is_refused_with_both_named(state: TalkState, event: TalkEvent) -> None:
    if (state, event) in TABLE:
        assert after(state, event) == TABLE[state, event]
        return
    with pytest.raises(TransitionRefused) as refused:
        after(state, event)
    assert refused.value.status == 409
    assert refused.value.detail["state"] == state
    assert refused.value.detail["event"] == event


def test_nothing_leads_out_of_a_call_that_is_over() -> None:
    assert not [event for state, event in TABLE if state is TalkState.OVER]


@pytest.mark.parametrize("state", [state for state in TalkState if state is not TalkState.OVER])
def test_the_caller_may_hang_up_wherever_he_is(state: TalkState) -> None:
    if state is not TalkState.CALLER_GONE:
        assert after(state, TalkEvent.CALLER_LEFT).state in {TalkState.OVER, TalkState.CALLER_GONE}


@pytest.mark.parametrize("state", [state for state, event in TABLE if event is TalkEvent.ANSWERED])
def test_whoever_rings_may_fail_and_the_caller_is_left_with_agent_or_queue(state: TalkState) -> None:
    assert after(state, TalkEvent.FAILED).state in {TalkState.TALKING, TalkState.QUEUED}


def test_an_agent_who_has_somebody_can_always_give_him_up_or_leave_him_to_the_caller() -> None:
    together = {TalkState.DIALLING, TalkState.INVITING, TalkState.CONSULTING, TalkState.SWAPPED, TalkState.CONFERENCE}
    for state in together:
        assert after(state, TalkEvent.ABORT) == Step(TalkState.TALKING, (Order.RELEASE_TARGET,))
        assert Order.RELEASE_AGENT in after(state, TalkEvent.COMPLETE).orders


def test_facts_of_the_switch_order_nothing_but_the_end_of_what_rings_for_nobody() -> None:
    for (_, event), step in TABLE.items():
        if event not in VERBS:
            assert step.orders in {(), (Order.RELEASE_TARGET,)}


@pytest.mark.parametrize(("state", "rooms"), THREE.items())
def test_the_state_follows_from_the_rooms(state: TalkState, rooms: tuple[Room, Room, Room]) -> None:
    caller, agent, target = rooms
    there = talk(leg(Party.CALLER, caller), leg(Party.AGENT, agent), leg(Party.HOTLINE, target, target=True))
    assert there.state is state
    assert repairs(there) == ()


@pytest.mark.parametrize(
    ("legs", "state"),
    [
        ((leg(Party.CALLER, Room.MAIN), leg(Party.AGENT, Room.MAIN)), TalkState.TALKING),
        ((leg(Party.CALLER, Room.NONE),), TalkState.QUEUED),
        ((leg(Party.CALLER, Room.NONE), leg(Party.AGENT, Room.NONE, answered=False)), TalkState.QUEUED),
        ((leg(Party.CALLER, Room.MAIN), leg(Party.HOTLINE, Room.MAIN, target=True)), TalkState.HANDED_OVER),
        ((leg(Party.AGENT, Room.SIDE), leg(Party.HOTLINE, Room.SIDE, target=True)), TalkState.CALLER_GONE),
        ((leg(Party.AGENT, Room.MAIN),), TalkState.OVER),
        ((), TalkState.OVER),
    ],
)
def test_the_state_of_two_or_fewer(legs: tuple[TalkLeg, ...], state: TalkState) -> None:
    assert talk(*legs).state is state


@pytest.mark.parametrize(
    ("goes", "blind", "with_agent", "state"),
    [
        (Room.SIDE, False, True, TalkState.DIALLING),
        (Room.MAIN, False, True, TalkState.INVITING),
        (Room.MAIN, True, True, TalkState.TRANSFERRING),
        (Room.SIDE, False, False, TalkState.PENDING),
        (Room.MAIN, True, False, TalkState.PENDING),
    ],
)
def test_the_state_while_somebody_rings(*, goes: Room, blind: bool, with_agent: bool, state: TalkState) -> None:
    legs = [leg(Party.CALLER, Room.MAIN)] + [leg(Party.AGENT, Room.SIDE)] * with_agent
    ringing = leg(Party.HOTLINE, Room.NONE, answered=False, target=True, goes=goes, blind=blind)
    assert talk(*legs, ringing).state is state


def test_an_agent_to_whom_the_caller_was_handed_leads_the_talk() -> None:
    second = leg(Party.AGENT, Room.MAIN, target=True)
    there = talk(leg(Party.CALLER, Room.MAIN), second)
    assert (there.state, there.agent_leg, there.target_leg) == (TalkState.TALKING, second, None)


@pytest.mark.parametrize(
    ("legs", "wanted"),
    [
        ((leg(Party.CALLER, Room.MAIN), leg(Party.AGENT, Room.SIDE)), (Repair.AGENT_MAIN,)),
        ((leg(Party.CALLER, Room.MAIN), leg(Party.HOTLINE, Room.SIDE, target=True)), (Repair.TARGET_MAIN,)),
        ((leg(Party.AGENT, Room.MAIN), leg(Party.HOTLINE, Room.SIDE, target=True)), (Repair.TARGET_MAIN,)),
        ((leg(Party.AGENT, Room.SIDE),), (Repair.END_LONELY,)),
        ((leg(Party.HOTLINE, Room.MAIN, target=True),), (Repair.END_LONELY,)),
        ((leg(Party.CALLER, Room.MAIN),), (Repair.CALLER_UNSERVED,)),
        ((leg(Party.HOTLINE, Room.NONE, answered=False, target=True),), (Repair.CANCEL_TARGET,)),
        ((leg(Party.CALLER, Room.NONE),), ()),
        ((leg(Party.CALLER, Room.MAIN), leg(Party.AGENT, Room.MAIN)), ()),
    ],
)
def test_who_was_left_apart_is_brought_together(legs: tuple[TalkLeg, ...], wanted: tuple[Repair, ...]) -> None:
    assert repairs(talk(*legs)) == wanted
