"""What may happen to a ticket, and who may do it: one table. What it does not list is refused."""

from dataclasses import dataclass

from core.actors import Actor, Role, UnitPost
from core.errors import Forbidden, TransitionRefused
from tickets.states import TicketEvent, TicketState

__all__ = ["ANY_PARTY", "TRANSITIONS", "TicketEvent", "TicketState", "Transition", "allowed_events", "step"]


@dataclass(frozen=True, slots=True)
class Transition:
    """Where an event leads, and the roles that may cause it."""

    to: TicketState
    roles: frozenset[Role]


S, E = TicketState, TicketEvent
_FRONT = frozenset({Role.AGENT, Role.SHIFT_LEADER, Role.SYSTEM})
_CENTRE = frozenset({Role.SHIFT_LEADER, Role.REVIEWER, Role.SUPERVISOR})
_SEND = _CENTRE | {Role.AGENT, Role.SYSTEM}
_UNIT = frozenset({Role.UNIT})
_AFTER = _CENTRE | {Role.CALLBACK, Role.SYSTEM}
_OFFICE = frozenset({Role.JOINT_OFFICE})
_COUNTY = frozenset({Role.COUNTY_CENTRE})
_OVERSEE = _CENTRE | _OFFICE | _COUNTY | {Role.COUNTY_SUPERVISOR}
"""Who supervises: the centre, the joint-conference office (JS-4), counties in their own area (YC-8, YZ-S2)."""
_ALL = frozenset(Role)
_RULE = frozenset({Role.SYSTEM})
_LIVE = (
    S.ACCEPTED, S.AWAITING_APPROVAL, S.APPROVED, S.DISPATCHED, S.SIGNED, S.IN_APPROVAL, S.RETURN_PENDING, S.RETURNED,
    S.REWORK,
)  # fmt: skip
_OPEN = (S.DRAFT, *_LIVE, S.ANSWERED)
_AT_UNIT = (S.SIGNED, S.IN_APPROVAL, S.RETURN_PENDING)

TRANSITIONS: dict[tuple[TicketState, TicketEvent], Transition] = {
    # intake
    (S.DRAFT, E.ACCEPTED): Transition(S.ACCEPTED, _FRONT),
    (S.DRAFT, E.SUBMITTED): Transition(S.AWAITING_APPROVAL, _FRONT),
    (S.AWAITING_APPROVAL, E.APPROVED): Transition(S.APPROVED, _CENTRE),
    (S.AWAITING_APPROVAL, E.DISAPPROVED): Transition(S.DRAFT, _CENTRE),
    # dispatch, and again after a return
    (S.ACCEPTED, E.DISPATCHED): Transition(S.DISPATCHED, _SEND),
    (S.APPROVED, E.DISPATCHED): Transition(S.DISPATCHED, _SEND),
    (S.RETURNED, E.REDISPATCHED): Transition(S.DISPATCHED, _CENTRE | _OFFICE),
    # the unit
    (S.DISPATCHED, E.SIGNED): Transition(S.SIGNED, _UNIT),
    (S.REWORK, E.SIGNED): Transition(S.SIGNED, _UNIT),
    (S.RETURN_PENDING, E.RETURN_APPROVED): Transition(S.RETURNED, _CENTRE),
    (S.RETURN_PENDING, E.RETURN_REFUSED): Transition(S.SIGNED, _CENTRE),
    (S.RETURN_PENDING, E.RETURN_REFUSED_UNSIGNED): Transition(S.DISPATCHED, _CENTRE),
    (S.RETURN_PENDING, E.RETURN_OUT_OF_SCOPE): Transition(S.REJECTED, _CENTRE),
    # approval inside the unit (呈批, YC-9.3, FJ-18): the answer waits for a leader, the deadline runs on
    (S.SIGNED, E.LEADER_ASKED): Transition(S.SIGNED, _UNIT),
    (S.SIGNED, E.HANDLER_FIXED): Transition(S.SIGNED, _UNIT),
    (S.SIGNED, E.ANSWER_PROPOSED): Transition(S.IN_APPROVAL, _UNIT),
    (S.IN_APPROVAL, E.ANSWERED): Transition(S.ANSWERED, _UNIT),
    (S.IN_APPROVAL, E.ANSWER_DECLINED): Transition(S.SIGNED, _UNIT),
    (S.IN_APPROVAL, E.EXTENSION_ASKED): Transition(S.IN_APPROVAL, _UNIT),
    (S.IN_APPROVAL, E.EXTENSION_FILED): Transition(S.IN_APPROVAL, _UNIT),
    # review and closing
    (S.ANSWERED, E.SENT_BACK): Transition(S.SIGNED, _CENTRE),
    (S.ANSWERED, E.CLOSED): Transition(S.CLOSED, _CENTRE),
    # after closing
    (S.CLOSED, E.REWORK_DISPATCHED): Transition(S.REWORK, _AFTER),
    (S.CLOSED, E.SURVEY_SETTLED): Transition(S.CLOSED, _RULE),
    (S.CLOSED, E.ARCHIVED): Transition(S.ARCHIVED, _CENTRE | _RULE),
    (S.REJECTED, E.ARCHIVED): Transition(S.ARCHIVED, _CENTRE | _RULE),
}
TRANSITIONS |= {(s, E.EDITED): Transition(s, _SEND) for s in (S.DRAFT, S.ACCEPTED, S.AWAITING_APPROVAL, S.APPROVED)}
TRANSITIONS |= {
    (s, E.ANSWERED_DIRECTLY): Transition(S.CLOSED, _FRONT) for s in (S.DRAFT, S.ACCEPTED, S.AWAITING_APPROVAL)
}
TRANSITIONS |= {(s, E.REJECTED): Transition(S.REJECTED, _FRONT | _CENTRE) for s in (S.DRAFT, S.AWAITING_APPROVAL)}
# where sign-off is no duty of its own (CZ, FJ) the unit may act without it; where it is, the use cases ask for it first
for _held in (S.DISPATCHED, S.REWORK, S.SIGNED):
    TRANSITIONS |= {
        (_held, E.ANSWERED): Transition(S.ANSWERED, _UNIT),
        (_held, E.RETURN_ASKED): Transition(S.RETURN_PENDING, _UNIT),
        (_held, E.RETURN_EFFECTIVE): Transition(S.RETURNED, _UNIT),
        (_held, E.EXTENSION_ASKED): Transition(_held, _UNIT),
        (_held, E.EXTENSION_FILED): Transition(_held, _UNIT),
    }
TRANSITIONS |= {(s, E.REPEATED): Transition(s, _FRONT | _CENTRE) for s in _OPEN}
TRANSITIONS |= {(s, E.MARKED_HARD): Transition(s, _CENTRE) for s in _OPEN}
# a caller may be handed on while his ticket is still written
TRANSITIONS |= {(s, E.TRANSFERRED): Transition(s, _FRONT | _CENTRE) for s in (S.DRAFT, *_LIVE)}
TRANSITIONS |= {(s, E.EMERGENCY_LINKED): Transition(s, _RULE) for s in _OPEN}
TRANSITIONS |= {
    (s, E.PHONE_SUPERVISED): Transition(s, _OVERSEE) for s in (S.DISPATCHED, S.REWORK, S.SIGNED, S.IN_APPROVAL)
}
# the message with the rating may arrive after the one that began the rework
TRANSITIONS |= {
    (s, E.RATED): Transition(s, _RULE)
    for s in (
        S.CLOSED,
        S.REWORK,
        S.SIGNED,
        S.IN_APPROVAL,
        S.ANSWERED,
        S.RETURN_PENDING,
        S.RETURNED,
        S.DISPATCHED,
        S.ARCHIVED,
    )
}
# a decision may come after the unit has answered: it still says whether the answer was in time (AMB-15)
TRANSITIONS |= {
    (s, event): Transition(s, _CENTRE)
    for s in (S.DISPATCHED, S.REWORK, S.SIGNED, S.IN_APPROVAL, S.RETURN_PENDING, S.ANSWERED)
    for event in (E.EXTENSION_GRANTED, E.EXTENSION_REFUSED)
}
TRANSITIONS |= {(s, E.RECOMPUTED): Transition(s, _RULE) for s in _OPEN}
TRANSITIONS |= {(s, event): Transition(s, _RULE) for s in (*_OPEN, S.CLOSED) for event in (E.WARNED, E.OVERDUE)}
TRANSITIONS |= {(s, E.REVEALED): Transition(s, _ALL - {Role.ADMIN}) for s in TicketState}
TRANSITIONS |= {(s, E.CONTACTED): Transition(s, _UNIT) for s in _AT_UNIT}
TRANSITIONS |= {(s, E.PRELIMINARY): Transition(s, _UNIT) for s in (S.DISPATCHED, S.REWORK, *_AT_UNIT)}
TRANSITIONS |= {(s, E.MADE_SAFE): Transition(s, _UNIT) for s in (S.DISPATCHED, S.REWORK, *_AT_UNIT)}
TRANSITIONS |= {(s, E.URGED): Transition(s, _OVERSEE | _FRONT) for s in (S.DISPATCHED, S.REWORK, *_AT_UNIT, S.RETURNED)}
TRANSITIONS |= {
    (s, E.COORDINATED): Transition(s, _CENTRE | _OFFICE | _COUNTY) for s in (S.DISPATCHED, S.REWORK, S.SIGNED)
}
# the lead and the units that share the work; only the lead answers to the centre (YC-9.4, YC-6b)
TRANSITIONS |= {(s, E.ASSISTED): Transition(s, _CENTRE | _OFFICE | _COUNTY) for s in (S.DISPATCHED, S.REWORK, S.SIGNED)}
TRANSITIONS |= {(s, E.FORWARDED): Transition(s, _UNIT | _COUNTY) for s in (S.SIGNED,)}
TRANSITIONS |= {
    (s, event): Transition(s, _UNIT)
    for s in (S.DISPATCHED, S.REWORK, S.SIGNED, S.IN_APPROVAL, S.RETURN_PENDING)
    for event in (E.SHARE_SIGNED, E.SHARE_ANSWERED, E.SHARE_RETURNED, E.SHARE_SENT_BACK)
}
# what the caller adds and links between tickets change no state
TRANSITIONS |= {(s, E.SUPPLEMENTED): Transition(s, _FRONT | _CENTRE | {Role.CALLBACK}) for s in _OPEN}
TRANSITIONS |= {(s, E.LINKED): Transition(s, _FRONT | _CENTRE) for s in _OPEN}
TRANSITIONS |= {
    (s, E.MERGED): Transition(S.MERGED, _FRONT | _CENTRE)
    for s in (S.DRAFT, S.ACCEPTED, S.AWAITING_APPROVAL, S.APPROVED)
}
TRANSITIONS |= {
    (s, E.NOTICE_ISSUED): Transition(s, _OVERSEE)
    for s in (S.DISPATCHED, S.SIGNED, S.IN_APPROVAL, S.REWORK, S.ANSWERED, S.CLOSED)
}
TRANSITIONS |= {(s, E.ATTACHED): Transition(s, _FRONT | _CENTRE | _UNIT | {Role.CALLBACK}) for s in (*_OPEN, S.CLOSED)}
# a matter of the province or of several cities goes to the platform above, which reports (CZ-三(二)b, FJ-8.3, FJ-9.4)
TRANSITIONS |= {(s, E.HANDED_UP): Transition(S.HANDED_UP, _SEND) for s in (S.ACCEPTED, S.APPROVED, S.RETURNED)}
TRANSITIONS |= {
    (S.HANDED_UP, E.UPPER_RECEIVED): Transition(S.HANDED_UP, _RULE),
    (S.HANDED_UP, E.UPPER_REPORTED): Transition(S.HANDED_UP, _RULE),
    (S.HANDED_UP, E.UPPER_RETURNED): Transition(S.RETURNED, _RULE),
    (S.HANDED_UP, E.UPPER_CLOSED): Transition(S.CLOSED, _RULE),
}
TRANSITIONS |= {(s, E.CASE_SEALED): Transition(s, _RULE) for s in TicketState}
TRANSITIONS |= {(s, E.ATTACHMENT_ERASED): Transition(s, _RULE) for s in (S.ARCHIVED, S.MERGED)}
# supervision goes on beside handling (YC-13.5, CZ-三(四), JS-24 … 26), also of what is closed
_SUPERVISED = (S.DISPATCHED, S.SIGNED, S.IN_APPROVAL, S.REWORK, S.RETURN_PENDING, S.RETURNED, S.ANSWERED, S.CLOSED)
TRANSITIONS |= {(s, E.SUPERVISED): Transition(s, _OVERSEE | _RULE) for s in _SUPERVISED}
TRANSITIONS |= {(s, E.FACT_NOTED): Transition(s, _OVERSEE) for s in (S.ACCEPTED, S.APPROVED, *_SUPERVISED)}
TRANSITIONS |= {(s, E.ROUTED): Transition(s, _FRONT | _CENTRE) for s in _LIVE}
TRANSITIONS |= {(s, E.HAZARD_FOUND): Transition(s, _FRONT | _CENTRE | _UNIT) for s in _LIVE}
TRANSITIONS |= {(s, E.PUBLICATION_DECIDED): Transition(s, _CENTRE | _OFFICE) for s in (S.CLOSED, S.ARCHIVED)}

# verification and what follows from it (FJ-21, FJ-23, JS-26a), by the platform or by a unit, also of what is closed
_LOOKS = _OVERSEE | _UNIT | {Role.CALLBACK}
TRANSITIONS |= {(s, event): Transition(s, _LOOKS) for s in _SUPERVISED for event in (E.VERIFIED, E.RECTIFY_ORDERED)}
TRANSITIONS |= {(s, E.RECTIFIED): Transition(s, _UNIT) for s in _SUPERVISED}
TRANSITIONS |= {(s, E.RECHECK_ORDERED): Transition(s, _OVERSEE | _UNIT) for s in _SUPERVISED}
# a matter that cannot be solved now is closed, and its caller hears from the unit again and again (FJ-20.7)
TRANSITIONS[S.CLOSED, E.CONTACTED_AGAIN] = Transition(S.CLOSED, _UNIT)
TRANSITIONS[S.CLOSED, E.CONTACTS_ENDED] = Transition(S.CLOSED, _CENTRE)
TRANSITIONS |= {(s, E.UNIT_TELEPHONED): Transition(s, _FRONT | _CENTRE) for s in (S.DISPATCHED, S.SIGNED, S.REWORK)}
TRANSITIONS |= {(s, E.ADOPTION_DECIDED): Transition(s, _UNIT) for s in (S.DISPATCHED, S.SIGNED, S.REWORK)}
TRANSITIONS |= {(s, E.MARKED_IMPORTANT): Transition(s, _OVERSEE) for s in (*_LIVE, S.ANSWERED, S.CLOSED)}
# retaliation opens a ticket of its own, under supervision from its beginning (FJ-6a)
TRANSITIONS |= {
    (s, E.RETALIATION_REPORTED): Transition(s, _FRONT | _CENTRE | {Role.CALLBACK})
    for s in (*_LIVE, S.ANSWERED, S.CLOSED, S.ARCHIVED)
}
TRANSITIONS |= {(s, E.SUPERVISED): Transition(s, _OVERSEE | _RULE) for s in (S.ACCEPTED, S.AWAITING_APPROVAL)}

ANY_PARTY = frozenset(
    {
        E.VERIFIED,
        E.RECTIFY_ORDERED,
        E.RECHECK_ORDERED,
        E.SHARE_SIGNED,
        E.SHARE_ANSWERED,
        E.SHARE_RETURNED,
        E.SHARE_SENT_BACK,
        E.REVEALED,
        E.ATTACHED,
    }
)
"""What every unit that sees a ticket may do; all else of the units' acts is the lead's alone (YC-9.4)."""

_RELEASES = frozenset({E.HANDLER_FIXED, E.ANSWER_DECLINED})
_RECEIVES = frozenset({E.SIGNED, E.FORWARDED, E.RETURN_ASKED, E.RETURN_EFFECTIVE})
BARRED: dict[UnitPost | None, frozenset[TicketEvent]] = {
    None: _RELEASES,
    UnitPost.RECEIVER: _RELEASES,
    UnitPost.HANDLER: _RELEASES | _RECEIVES,
    UnitPost.APPROVER: frozenset(),
}
"""What a person of a unit may not do in their post (JS-7a); the rest of the table holds for all of them."""


def step(state: TicketState, event: TicketEvent, actor: Actor) -> TicketState:
    """Return the state after `event`.

    Raises:
        TransitionRefused: the table does not list the event in this state.
        Forbidden: it does, but not for the actor's role.
    """
    transition = TRANSITIONS.get((state, event))
    if transition is None:
        raise TransitionRefused("工单", state.label, event.label)
    if actor.role not in transition.roles:
        raise Forbidden(
            f"当前角色不能对工单进行「{event.label}」",
            code="ticket_role_forbidden",
            detail={"event": event.value, "role": actor.role.value, "roles": sorted(transition.roles)},
        )
    if actor.role is Role.UNIT and event in BARRED[actor.unit_post]:
        raise Forbidden(
            f"您的岗位不能对工单进行「{event.label}」",
            code="ticket_post_forbidden",
            detail={"event": event.value, "post": actor.unit_post.value if actor.unit_post else None},
        )
    return transition.to


def allowed_events(state: TicketState, role: Role) -> tuple[TicketEvent, ...]:
    """Return what a person with `role` may do in `state`, in the order of the enumeration."""
    possible = {event for (s, event), to in TRANSITIONS.items() if s is state and role in to.roles}
    return tuple(event for event in TicketEvent if event in possible)
