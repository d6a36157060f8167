"""What may happen to a ticket, and who may do it: one table. What it does not list is refused."""

from dataclasses import dataclass
from enum import StrEnum

from core.actors import Actor, Role
from core.errors import Forbidden, TransitionRefused


class TicketState(StrEnum):
    """Where a ticket stands; the value is stored, `.label` is shown."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    DISPATCHED = "dispatched"
    SIGNED = "signed"
    RETURN_PENDING = "return_pending"
    RETURNED = "returned"
    ANSWERED = "answered"
    CLOSED = "closed"
    REWORK = "rework"
    REJECTED = "rejected"
    ARCHIVED = "archived"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return _STATE_LABELS[self]


class TicketEvent(StrEnum):
    """What happens to a ticket; the value is stored in the ledger."""

    OPENED = "opened"
    EDITED = "edited"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    DISAPPROVED = "disapproved"
    REJECTED = "rejected"
    ANSWERED_DIRECTLY = "answered_directly"
    TRANSFERRED = "transferred"
    DISPATCHED = "dispatched"
    REDISPATCHED = "redispatched"
    SIGNED = "signed"
    ANSWERED = "answered"
    SENT_BACK = "sent_back"
    RETURN_ASKED = "return_asked"
    RETURN_EFFECTIVE = "return_effective"
    RETURN_APPROVED = "return_approved"
    RETURN_REFUSED = "return_refused"
    RETURN_REFUSED_UNSIGNED = "return_refused_unsigned"
    RETURN_OUT_OF_SCOPE = "return_out_of_scope"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_FILED = "extension_filed"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    REPEATED = "repeated"
    MARKED_HARD = "marked_hard"
    PHONE_SUPERVISED = "phone_supervised"
    CLOSED = "closed"
    RATED = "rated"
    REWORK_DISPATCHED = "rework_dispatched"
    SUPERVISED = "supervised"
    SURVEY_SETTLED = "survey_settled"
    ARCHIVED = "archived"
    REVEALED = "revealed"
    WARNED = "warned"
    OVERDUE = "overdue"
    RECOMPUTED = "recomputed"

    @property
    def label(self) -> str:
        """The event in Chinese."""
        return _EVENT_LABELS[self]


_STATE_LABELS = {
    TicketState.DRAFT: "草稿",
    TicketState.ACCEPTED: "已受理",
    TicketState.AWAITING_APPROVAL: "待呈批",
    TicketState.APPROVED: "已批准待派发",
    TicketState.DISPATCHED: "已派发待签收",
    TicketState.SIGNED: "已签收办理中",
    TicketState.RETURN_PENDING: "退回待审",
    TicketState.RETURNED: "已退回待改派",
    TicketState.ANSWERED: "已答复待审核",
    TicketState.CLOSED: "已办结",
    TicketState.REWORK: "重新办理待签收",
    TicketState.REJECTED: "不予受理",
    TicketState.ARCHIVED: "已归档",
}

_EVENT_LABELS = {
    TicketEvent.OPENED: "建立工单",
    TicketEvent.EDITED: "编辑",
    TicketEvent.ACCEPTED: "受理",
    TicketEvent.SUBMITTED: "受理并呈批",
    TicketEvent.APPROVED: "批准派发",
    TicketEvent.DISAPPROVED: "不批准",
    TicketEvent.REJECTED: "不予受理",
    TicketEvent.ANSWERED_DIRECTLY: "即时答复办结",
    TicketEvent.TRANSFERRED: "电话转办",
    TicketEvent.DISPATCHED: "派发",
    TicketEvent.REDISPATCHED: "改派",
    TicketEvent.SIGNED: "签收",
    TicketEvent.ANSWERED: "答复",
    TicketEvent.SENT_BACK: "审核退回补充",
    TicketEvent.RETURN_ASKED: "申请退回",
    TicketEvent.RETURN_EFFECTIVE: "退回",
    TicketEvent.RETURN_APPROVED: "同意退回",
    TicketEvent.RETURN_REFUSED: "不同意退回",
    TicketEvent.RETURN_REFUSED_UNSIGNED: "不同意退回(未签收)",
    TicketEvent.RETURN_OUT_OF_SCOPE: "退回并不予受理",
    TicketEvent.EXTENSION_ASKED: "申请延期",
    TicketEvent.EXTENSION_FILED: "延期报备",
    TicketEvent.EXTENSION_GRANTED: "批准延期",
    TicketEvent.EXTENSION_REFUSED: "不批准延期",
    TicketEvent.REPEATED: "重复来电",
    TicketEvent.MARKED_HARD: "认定疑难复杂",
    TicketEvent.PHONE_SUPERVISED: "电话督办",
    TicketEvent.CLOSED: "办结",
    TicketEvent.RATED: "评价",
    TicketEvent.REWORK_DISPATCHED: "重新办理",
    TicketEvent.SUPERVISED: "列入督办台账",
    TicketEvent.SURVEY_SETTLED: "回访完成",
    TicketEvent.ARCHIVED: "归档",
    TicketEvent.REVEALED: "查看个人信息",
    TicketEvent.WARNED: "黄牌预警",
    TicketEvent.OVERDUE: "超期",
    TicketEvent.RECOMPUTED: "期限重新计算",
}


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
_ALL = frozenset(Role)
_RULE = frozenset({Role.SYSTEM})
_LIVE = (S.ACCEPTED, S.AWAITING_APPROVAL, S.APPROVED, S.DISPATCHED, S.SIGNED, S.RETURN_PENDING, S.RETURNED, S.REWORK)
_OPEN = (S.DRAFT, *_LIVE, S.ANSWERED)

TRANSITIONS: dict[tuple[TicketState, TicketEvent], Transition] = {
    # intake
    (S.DRAFT, E.ACCEPTED): Transition(S.ACCEPTED, _FRONT),
    (S.DRAFT, E.SUBMITTED): Transition(S.AWAITING_APPROVAL, _FRONT),
    (S.AWAITING_APPROVAL, E.APPROVED): Transition(S.APPROVED, _CENTRE),
    (S.AWAITING_APPROVAL, E.DISAPPROVED): Transition(S.DRAFT, _CENTRE),
    # dispatch, and again after a return
    (S.ACCEPTED, E.DISPATCHED): Transition(S.DISPATCHED, _SEND),
    (S.APPROVED, E.DISPATCHED): Transition(S.DISPATCHED, _SEND),
    (S.RETURNED, E.REDISPATCHED): Transition(S.DISPATCHED, _CENTRE),
    # the unit
    (S.DISPATCHED, E.SIGNED): Transition(S.SIGNED, _UNIT),
    (S.REWORK, E.SIGNED): Transition(S.SIGNED, _UNIT),
    (S.RETURN_PENDING, E.RETURN_APPROVED): Transition(S.RETURNED, _CENTRE),
    (S.RETURN_PENDING, E.RETURN_REFUSED): Transition(S.SIGNED, _CENTRE),
    (S.RETURN_PENDING, E.RETURN_REFUSED_UNSIGNED): Transition(S.DISPATCHED, _CENTRE),
    (S.RETURN_PENDING, E.RETURN_OUT_OF_SCOPE): Transition(S.REJECTED, _CENTRE),
    # review and closing
    (S.ANSWERED, E.SENT_BACK): Transition(S.SIGNED, _CENTRE),
    (S.ANSWERED, E.CLOSED): Transition(S.CLOSED, _CENTRE),
    # after closing
    (S.CLOSED, E.REWORK_DISPATCHED): Transition(S.REWORK, _AFTER),
    (S.CLOSED, E.SUPERVISED): Transition(S.CLOSED, _CENTRE | _RULE),
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
TRANSITIONS |= {(s, E.TRANSFERRED): Transition(s, _FRONT | _CENTRE) for s in _LIVE}
TRANSITIONS |= {(s, E.PHONE_SUPERVISED): Transition(s, _CENTRE) for s in (S.DISPATCHED, S.REWORK, S.SIGNED)}
# the message with the rating may arrive after the one that began the rework
TRANSITIONS |= {
    (s, E.RATED): Transition(s, _RULE)
    for s in (S.CLOSED, S.REWORK, S.SIGNED, S.ANSWERED, S.RETURN_PENDING, S.RETURNED, S.DISPATCHED, S.ARCHIVED)
}
# a decision may come after the unit has answered: it still says whether the answer was in time (AMB-15)
TRANSITIONS |= {
    (s, event): Transition(s, _CENTRE)
    for s in (S.DISPATCHED, S.REWORK, S.SIGNED, S.RETURN_PENDING, S.ANSWERED)
    for event in (E.EXTENSION_GRANTED, E.EXTENSION_REFUSED)
}
TRANSITIONS |= {(s, E.RECOMPUTED): Transition(s, _RULE) for s in _OPEN}
TRANSITIONS |= {(s, event): Transition(s, _RULE) for s in _OPEN for event in (E.WARNED, E.OVERDUE)}
TRANSITIONS |= {(s, E.REVEALED): Transition(s, _ALL - {Role.ADMIN}) for s in TicketState}


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
    return transition.to


def allowed_events(state: TicketState, role: Role) -> tuple[TicketEvent, ...]:
    """Return what a person with `role` may do in `state`, in the order of the enumeration."""
    possible = {event for (s, event), to in TRANSITIONS.items() if s is state and role in to.roles}
    return tuple(event for event in TicketEvent if event in possible)
