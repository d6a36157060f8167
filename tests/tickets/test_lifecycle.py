"""The table of transitions and roles."""

import pytest

from core.actors import Actor, Role, UnitPost
from core.errors import Forbidden, TransitionRefused
from tickets.lifecycle import TRANSITIONS, TicketEvent, TicketState, allowed_events, step

CENTRE = (Role.SHIFT_LEADER, Role.REVIEWER, Role.SUPERVISOR)


def actor(role: Role) -> Actor:
    """Somebody of a role; of a unit the approver, whose post bars nothing (`tickets.lifecycle.BARRED`)."""
    return Actor("a", "某人", role, unit_post=UnitPost.APPROVER if role is Role.UNIT else None)


@pytest.mark.parametrize("state", list(TicketState))
@pytest.mark.parametrize("event", list(TicketEvent))
def test_what_the_table_does_not_list_is_refused_and_what_it_lists_is_for_its_roles_only(
    state: TicketState, event: TicketEvent
) -> None:
    transition = TRANSITIONS.get((state, event))
    for role in Role:
        if transition is None:
            with pytest.raises(TransitionRefused) as refused:
                step(state, event, actor(role))
            assert refused.value.state == state.label
        elif role in transition.roles:
            assert step(state, event, actor(role)) is transition.to
            assert event in allowed_events(state, role)
        else:
            with pytest.raises(Forbidden):
                step(state, event, actor(role))


def test_every_state_can_be_reached_and_every_one_but_the_archived_and_merged_can_be_left() -> None:
    reached, left = {TicketState.DRAFT}, set()
    for (state, _), transition in TRANSITIONS.items():
        if transition.to is not state:
            reached.add(transition.to)
            left.add(state)
    assert reached == set(TicketState)
    assert left == set(TicketState) - {TicketState.ARCHIVED, TicketState.MERGED}


def test_every_event_and_state_has_a_chinese_name() -> None:
    assert all(event.label for event in TicketEvent)
    assert all(state.label for state in TicketState)


def test_only_the_unit_signs_answers_and_asks_and_never_decides_on_itself() -> None:
    own = {event for (_, event), transition in TRANSITIONS.items() if Role.UNIT in transition.roles}
    assert own == {
        TicketEvent.SIGNED,
        TicketEvent.ANSWERED,
        TicketEvent.RETURN_ASKED,
        TicketEvent.RETURN_EFFECTIVE,
        TicketEvent.EXTENSION_ASKED,
        TicketEvent.EXTENSION_FILED,
        TicketEvent.CONTACTED,
        TicketEvent.PRELIMINARY,
        TicketEvent.MADE_SAFE,
        TicketEvent.FORWARDED,
        TicketEvent.SHARE_SIGNED,
        TicketEvent.SHARE_ANSWERED,
        TicketEvent.SHARE_SENT_BACK,
        TicketEvent.SHARE_RETURNED,
        TicketEvent.ATTACHED,
        TicketEvent.REVEALED,
        TicketEvent.HAZARD_FOUND,
        TicketEvent.LEADER_ASKED,
        TicketEvent.HANDLER_FIXED,
        TicketEvent.ANSWER_PROPOSED,
        TicketEvent.ANSWER_DECLINED,
        TicketEvent.VERIFIED,
        TicketEvent.RECTIFY_ORDERED,
        TicketEvent.RECTIFIED,
        TicketEvent.RECHECK_ORDERED,
        TicketEvent.CONTACTED_AGAIN,
        TicketEvent.ADOPTION_DECIDED,
    }


def test_administrators_of_the_system_do_not_touch_tickets() -> None:
    assert not any(Role.ADMIN in transition.roles for transition in TRANSITIONS.values())
