"""Units of the acoustic model (initials and toned finals) put together into syllables."""

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

_TONES = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}
_DIAERESIS = "\u0308"
_NEUTRAL = 5
_INITIALS = frozenset((*"bpmfdtnlgkhjqxrzcsyw", "zh", "ch", "sh"))
_UNIT_MS = 40
"""One output frame of the model; a unit has a start only, so the last one of a syllable is taken to last this long."""

_NEAR_INITIALS = (
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("n", "l"),
    ("f", "h"),
    ("b", "p"),
    ("d", "t"),
    ("g", "k"),
    ("j", "q"),
    ("q", "x"),
    ("zh", "ch"),
)
_NEAR_FINALS = (
    ("an", "ang"),
    ("en", "eng"),
    ("in", "ing"),
    ("ian", "iang"),
    ("uan", "uang"),
    ("an", "ai"),
    ("en", "ei"),
    ("ong", "eng"),
    ("ou", "o"),
    ("ie", "ia"),
    ("u", "ou"),
    ("i", "e"),
)


@dataclass(frozen=True, slots=True)
class Syllable:
    """A syllable as heard: `plain` without tone (ü is v), tone 1 to 4, 5 for neutral; a Latin letter has tone 0."""

    plain: str
    tone: int
    start_ms: int
    end_ms: int
    confidence: float
    alternatives: "Alternatives" = ()
    """What else the acoustic model considered."""

    @property
    def is_letter(self) -> bool:
        """True for a spoken Latin letter."""
        return self.tone == 0


Alternatives = tuple[tuple[str, int, float], ...]
"""Other (plain, tone) with log10 of how much less likely each is."""


def _no_alternatives(initial: int | None, final: int) -> Alternatives:
    del initial, final
    return ()


def syllables(
    units: Sequence[str],
    starts_s: Sequence[float],
    log_probabilities: Sequence[float],
    alternatives: Callable[[int | None, int], Alternatives] = _no_alternatives,
) -> list[Syllable]:
    """Put units together.

    Args:
        units: initials (`zh`) and toned finals (`ōng`), or Latin capitals.
        starts_s: when each unit began, in seconds.
        log_probabilities: natural logarithm of each unit's probability.
        alternatives: what else the syllable with its initial and final at these positions may have been.
    """
    found: list[Syllable] = []
    initial: int | None = None
    for index, unit in enumerate(units):
        if is_initial(unit):
            initial = index
            continue
        first = index if initial is None else initial
        plain, tone = spelt("".join(units[first : index + 1]))
        confidence = math.exp(sum(log_probabilities[first : index + 1]) / (index + 1 - first))
        start, end = int(starts_s[first] * 1000), int(starts_s[index] * 1000) + _UNIT_MS
        others = alternatives(initial, index) if tone else ()
        initial = None
        found.append(Syllable(plain, tone, start, end, min(1.0, confidence), others))
    return found


def is_initial(unit: str) -> bool:
    """Tell whether a unit begins a syllable (`zh`)."""
    return unit in _INITIALS


@cache
def spelt(toned: str) -> tuple[str, int]:
    """Return the toneless spelling (ü is v) and the tone of `zhōng`; a Latin capital has tone 0."""
    if toned.isascii() and toned.isupper():
        return toned, 0
    tone = _NEUTRAL
    letters: list[str] = []
    for mark in unicodedata.normalize("NFD", toned):
        if mark in _TONES:
            tone = _TONES[mark]
        elif mark == _DIAERESIS:
            letters[-1] = "v"
        else:
            letters.append(mark)
    plain = "".join(letters)
    return (plain[0] + "u" + plain[2:] if plain[:1] in "jqxy" and plain[1:2] == "v" else plain), tone


def split(plain: str) -> tuple[str, str]:
    """Return initial (possibly empty) and final of a toneless syllable."""
    length = 2 if plain[:2] in _INITIALS else 1 if plain[:1] in _INITIALS else 0
    return plain[:length], plain[length:]


def near_misses(plain: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the syllables of `known` that accents and the telephone make of `plain`."""
    initial, final = split(plain)
    wanted = {other + final for other in _partners(initial, _NEAR_INITIALS)}
    wanted |= {initial + other for other in _partners(final, _NEAR_FINALS)}
    return tuple(sorted(wanted & set(known)))


def _partners(part: str, pairs: Iterable[tuple[str, str]]) -> set[str]:
    return {b if part == a else a for a, b in pairs if part in (a, b)}
