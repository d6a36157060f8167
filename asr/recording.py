"""After the call: transcripts of legs that live recognition did not hear, from their recordings."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
_WITHIN_SHARE = 0.5
"""Share of what was heard live that lies within an utterance of the recording, when it is a hearing of that."""
_SHORTER_SECONDS = 0.25
_SHORTER_SHARE = 0.08
"""What was heard live is so much shorter than the recording when its beginning, or sound in it, was missing. Two
hearings of the same sound differ by a frame or two."""
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


@dataclass(frozen=True, slots=True)
class Amendment:
    """An utterance of the recording that belongs in the transcript, and the lesser hearings of it that go."""

    utterance: UtteranceHeard
    replaced: tuple[str, ...] = ()
    """Ids of utterances heard live."""


def amendments(heard: Sequence[UtteranceHeard], live: Sequence[UtteranceHeard]) -> list[Amendment]:
    """Return what a recording holds that live recognition did not hear on the same leg, or not whole."""
    return [found for one in heard if (found := _amendment(one, [at for at in live if at.leg_id == one.leg_id]))]


def _amendment(one: UtteranceHeard, live: Sequence[UtteranceHeard]) -> Amendment | None:
    within = [other for other in live if _shared(other, one) > _WITHIN_SHARE * _length(other)]
    length, got = _length(one), sum(_length(other) for other in within)
    is_cut = length - got > max(_SHORTER_SECONDS, _SHORTER_SHARE * length) and not _same_words(one, within)
    if sum(_shared(other, one) for other in live) >= _SAME_SHARE * length and not (within and is_cut):
        return None
    return Amendment(one, tuple(other.utterance_id for other in within))


def _same_words(one: UtteranceHeard, parts: Sequence[UtteranceHeard]) -> bool:
    return one.text.reveal() == "".join(part.text.reveal() for part in parts)


def with_lasting_id(utterance: UtteranceHeard) -> UtteranceHeard:
    """Give an utterance an id that the same recording gives again, so that completing twice adds nothing."""
    name = f"{utterance.leg_id}/{utterance.started_at.isoformat()}"
    return replace(utterance, utterance_id=str(uuid.uuid5(_NAMESPACE, name)))


def _length(one: UtteranceHeard) -> float:
    return (one.ended_at - one.started_at).total_seconds()


def _shared(one: UtteranceHeard, other: UtteranceHeard) -> float:
    return max(0.0, (min(one.ended_at, other.ended_at) - max(one.started_at, other.started_at)).total_seconds())


async def complete(
    service: TranscriptService, call_id: str, heard: Sequence[tuple[TappedLeg, Heard]], origin: datetime
) -> int:
    """Store what a recording holds beyond what was heard live, or better, and work out the proposals anew.

    Args:
        service: where transcripts are.
        call_id: the call.
        heard: what `transcribe_file` gave, each with its leg.
        origin: the instant of the file's first sample.

    Returns:
        How many utterances were added, those that replace a lesser hearing included.
    """
    found = [with_lasting_id(utterance_of(replace(leg, started_at=origin), one)) for leg, one in heard if one.final]
    added = 0
    for one in amendments(found, await service.transcript(call_id)):
        added += await service.add(one.utterance, one.replaced)
    if added:
        await service.suggest(call_id)
    return added
