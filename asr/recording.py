"""After the call: transcripts of legs that live recognition did not hear, from their recordings."""

from datetime import datetime
from pathlib import Path

from asr import sound
from asr.events import UtteranceHeard
from asr.live import TappedLeg, utterance_of
from asr.recogniser import BYTES_PER_MS, Heard, Recogniser
from asr.service import TranscriptService

_PIECE = 1000 * BYTES_PER_MS


def transcribe_file(recogniser: Recogniser, path: Path, channel: int = 0) -> list[Heard]:
    """Recognise one channel of a recording (blocking; run it in a thread).

    Returns:
        The finals, oldest first; offsets in ms since the file's beginning.

    Raises:
        InvalidInput: not a sound file, or no such channel.
    """
    stream = recogniser.open_stream()
    pcm = sound.pcm(sound.read(path, channel))
    heard = [one for start in range(0, len(pcm), _PIECE) for one in stream.accept(pcm[start : start + _PIECE])]
    return [one for one in [*heard, *stream.finish()] if one.final]


def utterances_of(leg: TappedLeg, heard: list[Heard]) -> list[UtteranceHeard]:
    """Return finals as utterances of a leg; `leg.started_at` is the instant of the file's first sample."""
    return [utterance_of(leg, one) for one in heard if one.final]


async def complete_from_recording(
    service: TranscriptService, leg: TappedLeg, heard: list[Heard], *, heard_until: datetime | None = None
) -> int:
    """Store what a recording holds beyond what was heard live.

    Args:
        service: where transcripts are.
        leg: whose sound it is; `started_at` is the instant of the file's first sample.
        heard: what `transcribe_file` gave.
        heard_until: end of the last utterance heard live on this leg; None: nothing was heard live.

    Returns:
        How many utterances were added.
    """
    added = 0
    for one in utterances_of(leg, heard):
        if heard_until is None or one.started_at >= heard_until:
            added += await service.add(one)
    return added
