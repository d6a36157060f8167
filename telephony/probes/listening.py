"""What answered a probe call: a person, an announcement, music, or nothing (pure).

A person says a few words and waits, so quiet follows; an announcement speaks on, or music follows it. Announcements of
our own are known by their sound: at a number of ours they are passed over, and what comes besides is judged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from telephony.phones.g711 import Pcm
from telephony.probes.known import Floats, OwnAnnouncements, Span

FRAME_MS = 32
_RATE_KHZ = 8
_FRAME = FRAME_MS * _RATE_KHZ
_AUDIBLE = 60.0
"""Root mean square (of 32768) from which a line is not silent."""
_QUIET_SHARE = 0.15
"""Of the loudness of the speech before: what is softer than this is quiet."""
_LONGEST_TURN_MS = 6000
_WAITING_MS = 1500
_LEAST_SPEECH_MS = 200
_LEAST_SOUND = 0.05
_BRIDGED_MS = 700
"""Pauses within one turn of speaking."""

SpeechDetector = Callable[[Pcm], Sequence[bool]]
"""Tells for each frame of 32 ms (8 kHz samples) whether there is speech in it."""


class Heard(StrEnum):
    """What was there after the answer."""

    PERSON = "person"
    ANNOUNCEMENT = "announcement"
    OWN_ANNOUNCEMENT = "own_announcement"
    """The switch's own announcements and nobody besides: welcomed and waiting, or told that it is closed."""
    MUSIC = "music"
    """Sound without speech: music, ringback, a tone."""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard and how much of it was speech."""

    heard: Heard
    speech_ms: int


def listen(samples: Pcm, detect: SpeechDetector, own: OwnAnnouncements | None = None) -> Listened:
    """Judge what was heard after the answer.

    Args:
        samples: 8 kHz.
        detect: finds speech.
        own: announcements to be passed over, at a number of ours.
    """
    if len(samples) < _FRAME:
        return Listened(Heard.SILENCE, 0)
    spoken, levels = _spoken(samples, detect), _levels(samples)
    speech_ms = sum(spoken) * FRAME_MS
    if own is not None and (spans := _announced(own, samples, spoken)):
        # besides them there is music, in which a detector may find a voice: what counts is whether somebody waits
        person = _somebody_waits(*_without(samples, spans, detect, levels))
        return Listened(Heard.PERSON if person else Heard.OWN_ANNOUNCEMENT, speech_ms)
    if speech_ms < _LEAST_SPEECH_MS:
        sounding = float(np.mean(levels > _AUDIBLE))
        return Listened(Heard.MUSIC if sounding > _LEAST_SOUND else Heard.SILENCE, speech_ms)
    return Listened(Heard.PERSON if _somebody_waits(spoken, levels) else Heard.ANNOUNCEMENT, speech_ms)


def is_quiet_now(samples: Pcm) -> bool:
    """Tell, at little cost, whether the last moments were quiet: before, nobody can be found to wait."""
    levels = _levels(samples)
    last = levels[-(_WAITING_MS // FRAME_MS) :]
    return len(levels) > len(last) and float(np.mean(last)) < max(_AUDIBLE, _QUIET_SHARE * float(np.mean(levels)))


def _levels(samples: Pcm) -> Floats:
    frames = len(samples) // _FRAME
    pieces = samples[: frames * _FRAME].astype(np.float64).reshape(frames, _FRAME)
    levels: Floats = np.sqrt(np.mean(np.square(pieces), axis=1))
    return levels


def _spoken(samples: Pcm, detect: SpeechDetector) -> list[bool]:
    frames = len(samples) // _FRAME
    found = [bool(said) for said in list(detect(samples))[:frames]]
    return found + [False] * (frames - len(found))


def _announced(own: OwnAnnouncements, samples: Pcm, spoken: list[bool]) -> list[Span]:
    return own.spans(samples, [(begin * _FRAME, end * _FRAME) for begin, end in _turns(spoken)])


def _without(samples: Pcm, spans: Sequence[Span], detect: SpeechDetector, levels: Floats) -> tuple[list[bool], Floats]:
    """Return the speech besides our announcements, and the levels; where they were is no quiet."""
    rest, loud = samples.copy(), levels.copy()
    for begin, end in spans:
        rest[begin:end] = 0
        loud[begin // _FRAME : end // _FRAME + 1] = np.max(levels)
    # detected anew: what followed an announcement at once may have been taken for its end
    return _spoken(rest, detect), loud


def _somebody_waits(spoken: list[bool], levels: Floats) -> bool:
    """Tell whether a short turn is followed by quiet."""
    if not any(spoken):
        return False
    quiet = max(_AUDIBLE, _QUIET_SHARE * float(np.mean(levels[np.array(spoken)])))
    waiting = _WAITING_MS // FRAME_MS
    for begin, end in _turns(spoken):
        if (end - begin) * FRAME_MS > _LONGEST_TURN_MS:
            continue
        # a detector may miss the last word
        for start in range(end, end + _BRIDGED_MS // FRAME_MS):
            after = levels[start : start + waiting]
            silent = len(after) == waiting and float(np.mean(after < quiet)) > 1 - 2 * _LEAST_SOUND
            if silent and not any(spoken[start : start + waiting]):
                return True
    return False


def _turns(spoken: list[bool]) -> list[tuple[int, int]]:
    turns: list[tuple[int, int]] = []
    for at, said in enumerate(spoken):
        if not said:
            continue
        if turns and (at - turns[-1][1]) * FRAME_MS <= _BRIDGED_MS:
            turns[-1] = (turns[-1][0], at + 1)
        else:
            turns.append((at, at + 1))
    return turns
