"""States of a recording; what this table does not list is refused."""

from enum import StrEnum

from core.errors import TransitionRefused


class RecordingState(StrEnum):
    """Where a recording is in its life."""

    INCOMING = "incoming"
    """The call ended; the legs' files are not yet one file in custody."""
    KEPT = "kept"
    NOT_KEPT = "not_kept"
    """Nobody talked, or nothing was recorded: there is no file."""
    ERASED = "erased"


class RecordingEvent(StrEnum):
    """What happens to a recording."""

    TAKEN = "taken"
    NOTHING_TO_KEEP = "nothing_to_keep"
    HELD = "held"
    RELEASED = "released"
    ERASED = "erased"


TRANSITIONS: dict[tuple[RecordingState, RecordingEvent], RecordingState] = {
    (RecordingState.INCOMING, RecordingEvent.TAKEN): RecordingState.KEPT,
    (RecordingState.INCOMING, RecordingEvent.NOTHING_TO_KEEP): RecordingState.NOT_KEPT,
    (RecordingState.KEPT, RecordingEvent.HELD): RecordingState.KEPT,
    (RecordingState.KEPT, RecordingEvent.RELEASED): RecordingState.KEPT,
    (RecordingState.KEPT, RecordingEvent.ERASED): RecordingState.ERASED,
}


def after(state: str, event: RecordingEvent) -> RecordingState:
    """Return the state that follows.

    Raises:
        TransitionRefused: the table does not list it.
    """
    following = TRANSITIONS.get((RecordingState(state), event))
    if following is None:
        raise TransitionRefused("录音", state, event)
    return following
