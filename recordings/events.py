"""What the recordings room tells the others, through the outbox."""

from dataclasses import dataclass
from datetime import date

RECORDING_KEPT = "recordings.kept"
"""Outbox topic: the stereo file of a call is in custody; payload `RecordingKept`."""
RECORDING_ERASED = "recordings.erased"
"""Outbox topic: a recording was erased by rule; payload `RecordingErased`. Transcripts are erased with it."""


@dataclass(frozen=True, slots=True)
class RecordingKept:
    """Payload of `RECORDING_KEPT`."""

    recording_id: str
    call_id: str
    seconds: float
    keep_until: date | None


@dataclass(frozen=True, slots=True)
class RecordingErased:
    """Payload of `RECORDING_ERASED`."""

    recording_id: str
    call_id: str
    clause: str
