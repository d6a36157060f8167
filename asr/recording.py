"""After the call: transcripts of legs that live recognition did not hear, from their recordings."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
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


_SAME_SHARE = 0.3
"""An utterance of the recording that lies so far within what was heard live is the same again."""
_NAMESPACE = uuid.UUID("6a1d1f0e-2c0b-4f0f-9a53-12345a5e1e6d")


def leg_at(legs: Sequence[TappedLeg], ends: Mapping[str, datetime], moment: datetime) -> TappedLeg | None:
    """Return the leg that talked at a moment: of those on one channel, the one that had begun last and not ended.

    Args:
        legs: legs of one channel; `started_at`: when each joined.
        ends: when legs ended, by leg id; a leg not in it is taken to last.
        moment: the middle of an utterance.
    """
    there = [leg for leg in legs if leg.started_at <= moment <= ends.get(leg.leg_id, moment)]
    return max(there or legs, key=lambda leg: leg.started_at, default=None)


def missing(heard: Sequence[UtteranceHeard], live: Sequence[UtteranceHeard]) -> list[UtteranceHeard]:
    """Return the utterances of a recording that live recognition did not hear on the same leg."""
    return [one for one in heard if _covered(one, live) < _SAME_SHARE]


def with_lasting_id(utterance: UtteranceHeard) -> UtteranceHeard:
    """Give an utterance an id that the same recording gives again, so that completing twice adds nothing."""
    name = f"{utterance.leg_id}/{utterance.started_at.isoformat()}"
    return replace(utterance, utterance_id=str(uuid.uuid5(_NAMESPACE, name)))


def _covered(one: UtteranceHeard, live: Sequence[UtteranceHeard]) -> float:
    length = (one.ended_at - one.started_at).total_seconds()
    shared = sum(
        max(0.0, (min(one.ended_at, other.ended_at) - max(one.started_at, other.started_at)).total_seconds())
        for other in live
        if other.leg_id == one.leg_id
    )
    return shared / length if length > 0 else 1.0


async def complete(
    service: TranscriptService, call_id: str, heard: Sequence[tuple[TappedLeg, Heard]], origin: datetime
) -> int:
    """Store what a recording holds beyond what was heard live, and work out the proposals anew.

    Args:
        service: where transcripts are.
        call_id: the call.
        heard: what `transcribe_file` gave, each with its leg.
        origin: the instant of the file's first sample.

    Returns:
        How many utterances were added.
    """
    found = [with_lasting_id(utterance_of(replace(leg, started_at=origin), one)) for leg, one in heard if one.final]
    added = 0
    for one in missing(found, await service.transcript(call_id)):
        added += await service.add(one)
    if added:
        await service.suggest(call_id)
    return added
