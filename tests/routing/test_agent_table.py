"""The agent's transition table."""

from itertools import product

import pytest

from core.errors import TransitionRefused
from routing.agents import TRANSITIONS, AgentAct, after
from routing.events import AgentState

PAIRS = list(product(AgentState, AgentAct))


@pytest.mark.parametrize(("state", "act"), PAIRS)
def test_the_table_alone_says_what_follows_and_refuses_the_rest(state: AgentState, act: AgentAct) -> None:
    if (state, act) in TRANSITIONS:
        assert after(state, act) is TRANSITIONS[state, act]
        return
    with pytest.raises(TransitionRefused) as refused:
        after(state, act)
    assert refused.value.detail == {"thing": "坐席", "state": state.value, "event": act.value}


def test_every_state_is_reached_from_offline_and_leads_back_to_it() -> None:
    def reached(start: AgentState) -> set[AgentState]:
        found, new = {start}, {start}
        while new:
            new = {end for (begin, _), end in TRANSITIONS.items() if begin in new} - found
            found |= new
        return found

    assert reached(AgentState.OFFLINE) == set(AgentState)
    for state in AgentState:
        assert AgentState.OFFLINE in reached(state)


def test_only_a_ready_agent_can_be_offered_a_call() -> None:
    assert [state for state in AgentState if (state, AgentAct.OFFER) in TRANSITIONS] == [AgentState.READY]


def test_a_talk_of_the_phone_is_taken_note_of_in_every_state() -> None:
    assert {after(state, AgentAct.JOIN) for state in AgentState} == {AgentState.TALKING}
