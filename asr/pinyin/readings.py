"""What a syllable may have been: the acoustic model's second thoughts, and the confusions of accents and the line."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from asr.pinyin.syllables import Syllable

_NEUTRAL = 5
_TONES = 6


class Reading(NamedTuple):
    """A syllable without tone, and its score (log10, ≤ 0) with each tone; index 0: whatever the tone."""

    plain: str
    scores: tuple[float, ...]

    @property
    def best(self) -> float:
        """Score with the tone that fits best."""
        return self.scores[0]


@dataclass(frozen=True, slots=True)
class Confusions:
    """How freely a syllable is read otherwise than it was heard. Scores are log10."""

    acoustic: float = 0.75
    """Weight of the acoustic model's own score of an alternative."""
    near_miss: float = -2.2
    tone: float = -1.1
    sandhi: float = -0.4
    """A neutral tone on either side, or the second heard for the third."""
    most: int = 14
    """Most readings of one syllable."""


DEFAULT_CONFUSIONS = Confusions()


def readings_of(
    heard: Syllable, near: Callable[[str], tuple[str, ...]], weights: Confusions = DEFAULT_CONFUSIONS
) -> tuple[Reading, ...]:
    """Return the readings of a syllable, best first.

    Args:
        heard: the syllable, with alternatives when the engine gives them.
        near: which syllables accents and the telephone make of one (see `syllables.near_misses`).
        weights: how freely.
    """
    table: dict[str, dict[int, float]] = {}
    _note(table, heard.plain, heard.tone, 0.0)
    for plain, tone, score in heard.alternatives:
        _note(table, plain, tone, weights.acoustic * score)
    for plain in near(heard.plain):
        _note(table, plain, heard.tone, weights.near_miss)
    found = [Reading(plain, _smoothed(scores, weights)) for plain, scores in table.items()]
    return tuple(sorted(found, key=lambda one: -one.best)[: weights.most])


def _note(table: dict[str, dict[int, float]], plain: str, tone: int, score: float) -> None:
    scores = table.setdefault(plain, {})
    scores[tone] = max(scores.get(tone, score), score)


def _smoothed(scores: dict[int, float], weights: Confusions) -> tuple[float, ...]:
    """Let every tone be had from every other at a price."""
    prices = _prices(weights)
    if len(scores) == 1:
        [(tone, score)] = scores.items()
        return tuple([score + price for price in prices[tone]])
    rows = [[score + price for price in prices[tone]] for tone, score in scores.items()]
    return tuple(map(max, *rows))


@lru_cache(maxsize=8)
def _prices(weights: Confusions) -> tuple[tuple[float, ...], ...]:
    """Return a row for each tone heard: the price of whatever tone, and of each."""
    return tuple((0.0, *(_price(heard, wanted, weights) for wanted in range(1, _TONES))) for heard in range(_TONES))


def _price(heard: int, wanted: int, weights: Confusions) -> float:
    if heard == wanted:
        return 0.0
    mild = _NEUTRAL in (heard, wanted) or (heard == 2 and wanted == 3)  # noqa: PLR2004 - third-tone sandhi
    return weights.sandhi if mild else weights.tone
