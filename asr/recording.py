"""After the call: transcripts of legs that live recognition did not hear, from their recordings."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from asr import sound
from asr.events import UtteranceHeard
from asr.live import TappedLeg, utterance_of
from asr.recogniser import Heard, Recogniser
from asr.service import TranscriptService


def transcribe_file(recogniser: Recogniser, path: Path, channel: int = 0) -> list[Heard]:
    """Recognise one channel of a recording (blocking; run it in a thread).

    Returns:
        The finals, oldest first; offsets in ms since the file's beginning.

    Raises:
        InvalidInput: not a sound file, or no such channel.
    """
    stream = recogniser.open_stream()
    heard = [one for piece in sound.stream(path, channel) for one in stream.accept(piece)]
    return [one for one in [*heard, *stream.finish()] if one.final]


_SAME_SHARE = 0.3
"""An utterance of the recording that lies so far within what was heard live is the same again."""
_WITHIN_SHARE = 0.5
"""Share of what was heard live that lies within utterances of the recording, when it is a hearing of them."""
_SHORTER_SECONDS = 0.25
_SHORTER_SHARE = 0.08
"""What was heard live is so much shorter than the recording when its beginning, or sound in it, was missing. Two
hearings of the same sound differ by a frame or two."""
_ASTRAY_SECONDS = 10.0
"""So far times of what was heard live may be wrong where sound was missing."""
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
    """Utterances of the recording that belong in the transcript of one leg, and the lesser hearings that go."""

    utterances: Sequence[UtteranceHeard]
    replaced: Sequence[str] = ()
    """Ids of utterances heard live."""


def amendments(heard: Sequence[UtteranceHeard], live: Sequence[UtteranceHeard]) -> list[Amendment]:
    """Return what a recording holds that live recognition did not hear on the same leg, or not whole."""
    legs = {one.leg_id: [at for at in heard if at.leg_id == one.leg_id] for one in heard}
    found = [_amendment(said, [one for one in live if one.leg_id == leg_id]) for leg_id, said in legs.items()]
    return [one for one in found if one.utterances]


def _amendment(heard: Sequence[UtteranceHeard], live: Sequence[UtteranceHeard]) -> Amendment:
    """Add what is missing on a leg; where sound was missing live, the leg's transcript is that of its recording.

    Single utterances are not exchanged then: the times of what was heard live are not to be trusted.
    """
    missed = [one for one in heard if _among(one, live) < _SAME_SHARE * _length(one)]
    astray = [one for one in live if _among(one, heard) <= _WITHIN_SHARE * _length(one)]
    if any(_is_cut(one, live) for one in heard) or (missed and astray):
        return Amendment(heard, [one.utterance_id for one in live if _is_near(one, heard)])
    return Amendment(missed)


def _is_cut(one: UtteranceHeard, live: Sequence[UtteranceHeard]) -> bool:
    within = [other for other in live if _shared(other, one) > _WITHIN_SHARE * _length(other)]
    length, got = _length(one), sum(_length(other) for other in within)
    is_shorter = length - got > max(_SHORTER_SECONDS, _SHORTER_SHARE * length)
    return bool(within) and is_shorter and one.text.reveal() != "".join(part.text.reveal() for part in within)


def _is_near(one: UtteranceHeard, heard: Sequence[UtteranceHeard]) -> bool:
    slack = timedelta(seconds=_ASTRAY_SECONDS)
    return any(one.started_at < other.ended_at + slack and other.started_at - slack < one.ended_at for other in heard)


def with_lasting_id(utterance: UtteranceHeard) -> UtteranceHeard:
    """Give an utterance an id that the same recording gives again, so that completing twice adds nothing."""
    name = f"{utterance.leg_id}/{utterance.started_at.isoformat()}"
    return replace(utterance, utterance_id=str(uuid.uuid5(_NAMESPACE, name)))


def _length(one: UtteranceHeard) -> float:
    return (one.ended_at - one.started_at).total_seconds()


def _shared(one: UtteranceHeard, other: UtteranceHeard) -> float:
    return max(0.0, (min(one.ended_at, other.ended_at) - max(one.started_at, other.started_at)).total_seconds())


def _among(one: UtteranceHeard, others: Sequence[UtteranceHeard]) -> float:
    return sum(_shared(one, other) for other in others)


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
        added += await service.amend(call_id, one.utterances, one.replaced)
    if added:
        await service.suggest(call_id)
    return added
