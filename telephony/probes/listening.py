"""What answered a probe call: a person, an announcement, music, or nothing (pure).

A person says a few words and waits, so quiet follows; an announcement speaks on, or music follows it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from telephony.phones.g711 import Pcm

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
    MUSIC = "music"
    """Sound without speech: music, ringback, a tone."""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard and how much of it was speech."""

    heard: Heard
    speech_ms: int


def listen(samples: Pcm, detect: SpeechDetector) -> Listened:
    """Judge what was heard after the answer; `samples` are 8 kHz."""
    frames = len(samples) // _FRAME
    if frames == 0:
        return Listened(Heard.SILENCE, 0)
    pieces = samples[: frames * _FRAME].astype(np.float64).reshape(frames, _FRAME)
    levels = np.sqrt(np.mean(np.square(pieces), axis=1))
    speech = list(detect(samples))[:frames]
    spoken = [bool(said) for said in speech] + [False] * (frames - len(speech))
    speech_ms = sum(spoken) * FRAME_MS
    if speech_ms < _LEAST_SPEECH_MS:
        sounding = float(np.mean(levels > _AUDIBLE))
        return Listened(Heard.MUSIC if sounding > _LEAST_SOUND else Heard.SILENCE, speech_ms)
    return Listened(Heard.PERSON if _somebody_waits(spoken, levels) else Heard.ANNOUNCEMENT, speech_ms)


def _somebody_waits(spoken: list[bool], levels: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> bool:
    """Tell whether a short turn is followed by quiet."""
    quiet = max(_AUDIBLE, _QUIET_SHARE * float(np.mean(levels[np.array(spoken)])))
    for begin, end in _turns(spoken):
        after = levels[end : end + _WAITING_MS // FRAME_MS]
        if (end - begin) * FRAME_MS > _LONGEST_TURN_MS or len(after) < _WAITING_MS // FRAME_MS:
            continue
        # the end of a word may reach a few frames into the pause
        if float(np.mean(after < quiet)) > 1 - 2 * _LEAST_SOUND and not any(spoken[end : end + len(after)]):
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
