"""What may happen to one unit's share of a ticket: one table. Pure.

The lead's share follows the ticket itself (`share_of`). Assisting units (协办, YC-13.2b, JS-28.4) and units one tier
down (YC-6b) have shares of their own: signed for, answered to the unit above, never to the caller, under the lead's
deadline (a forwarding does not start the clock again, AMB-12).
"""

from enum import StrEnum

from core.actors import Role
from core.errors import TransitionRefused
from tickets.lifecycle import TicketState


class ShareState(StrEnum):
    """Where one unit's share stands; the inbox is divided by it."""

    WAITING = "waiting"
    WORKING = "working"
    RETURNING = "returning"
    ANSWERED = "answered"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return _LABELS[self]


_LABELS = {
    ShareState.WAITING: "待签收",
    ShareState.WORKING: "办理中",
    ShareState.RETURNING: "退回待审",
    ShareState.ANSWERED: "已反馈",
    ShareState.ENDED: "已结束",
}


class ShareEvent(StrEnum):
    """What happens to a share of an assisting or lower unit."""

    SIGNED = "share_signed"
    ANSWERED = "share_answered"
    SENT_BACK = "share_sent_back"
    RETURNED = "share_returned"
    ENDED = "share_ended"


S, E = ShareState, ShareEvent
SHARE_TRANSITIONS: dict[tuple[ShareState, ShareEvent], ShareState] = {
    (S.WAITING, E.SIGNED): S.WORKING,
    (S.WAITING, E.RETURNED): S.ENDED,
    (S.WORKING, E.ANSWERED): S.ANSWERED,
    (S.WORKING, E.RETURNED): S.ENDED,
    (S.ANSWERED, E.SENT_BACK): S.WORKING,
    (S.WAITING, E.ENDED): S.ENDED,
    (S.WORKING, E.ENDED): S.ENDED,
    (S.ANSWERED, E.ENDED): S.ENDED,
}
SHARE_ROLES = frozenset({Role.UNIT})
"""Units do all of these; `ended` comes from the platform when the ticket leaves the lead."""

_OF_TICKET = {
    TicketState.DISPATCHED: S.WAITING,
    TicketState.REWORK: S.WAITING,
    TicketState.SIGNED: S.WORKING,
    TicketState.IN_APPROVAL: S.WORKING,
    TicketState.RETURN_PENDING: S.RETURNING,
    TicketState.ANSWERED: S.ANSWERED,
}


def share_step(state: ShareState, event: ShareEvent) -> ShareState:
    """Return the state of a share after `event`.

    Raises:
        TransitionRefused: the table does not list it.
    """
    after = SHARE_TRANSITIONS.get((state, event))
    if after is None:
        raise TransitionRefused("办理任务", state.label, event.value)
    return after


def share_of(state: TicketState) -> ShareState:
    """Return where the lead's share stands when the ticket is in `state`."""
    return _OF_TICKET.get(state, S.ENDED)
