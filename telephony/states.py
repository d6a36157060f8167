"""States of a call as the recorder keeps it, in one table (pure).

Facts come late and in any order, so the table is complete: what is over stays over, what talks is not moved back by the
news that it arrived.
"""

from enum import StrEnum

from core.errors import TransitionRefused


class CallState(StrEnum):
    """Where a call is."""

    WAITING = "waiting"
    FALLBACK = "fallback"
    TALKING = "talking"
    ENDED = "ended"


class CallEvent(StrEnum):
    """What moves a call."""

    ARRIVED = "arrived"
    FELL_BACK = "fell_back"
    JOINED = "joined"
    REQUEUED = "requeued"
    ENDED = "ended"


_TRANSITIONS: dict[tuple[CallState, CallEvent], CallState] = {
    (CallState.WAITING, CallEvent.ARRIVED): CallState.WAITING,
    (CallState.WAITING, CallEvent.FELL_BACK): CallState.FALLBACK,
    (CallState.WAITING, CallEvent.JOINED): CallState.TALKING,
    (CallState.WAITING, CallEvent.REQUEUED): CallState.WAITING,
    (CallState.WAITING, CallEvent.ENDED): CallState.ENDED,
    (CallState.FALLBACK, CallEvent.ARRIVED): CallState.FALLBACK,
    (CallState.FALLBACK, CallEvent.FELL_BACK): CallState.FALLBACK,
    (CallState.FALLBACK, CallEvent.JOINED): CallState.TALKING,
    (CallState.FALLBACK, CallEvent.REQUEUED): CallState.FALLBACK,
    (CallState.FALLBACK, CallEvent.ENDED): CallState.ENDED,
    (CallState.TALKING, CallEvent.ARRIVED): CallState.TALKING,
    (CallState.TALKING, CallEvent.FELL_BACK): CallState.TALKING,
    (CallState.TALKING, CallEvent.JOINED): CallState.TALKING,
    (CallState.TALKING, CallEvent.REQUEUED): CallState.WAITING,
    (CallState.TALKING, CallEvent.ENDED): CallState.ENDED,
    **{(CallState.ENDED, event): CallState.ENDED for event in CallEvent},
}


def next_state(state: CallState, event: CallEvent) -> CallState:
    """Return the state after an event.

    Raises:
        TransitionRefused: the table does not list it.
    """
    try:
        return _TRANSITIONS[state, event]
    except KeyError:
        raise TransitionRefused("通话", state, event) from None
