"""Which unit a matter belongs to, by the words of `units.tsv` (edit it for your city)."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("units.tsv")


@dataclass(frozen=True, slots=True)
class UnitWord:
    """A word that points to a unit, with its weight."""

    unit: str
    word: str
    weight: float


def read_units(lines: Iterable[str]) -> tuple[UnitWord, ...]:
    """Read `unit<TAB>weight<TAB>words separated by spaces`; the first line names the columns."""
    rows = csv.DictReader(lines, delimiter="\t")
    return tuple(UnitWord(row["unit"], word, float(row["weight"])) for row in rows for word in row["words"].split())


@cache
def shipped_units() -> tuple[UnitWord, ...]:
    """Return the words of the shipped file."""
    return read_units(_FILE.read_text("utf-8").splitlines())


def unit_of(
    texts: Sequence[str], words: Sequence[UnitWord]
) -> tuple[str, float, tuple[str, ...], tuple[int, ...]] | None:
    """Return (unit, confidence, words, indexes of the texts) or None when no word fits."""
    scores: dict[str, float] = defaultdict(float)
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in words:
        indexes = [index for index, text in enumerate(texts) if one.word in text]
        if indexes:
            scores[one.unit] += one.weight
            found[one.unit].append((one.word, indexes[0]))
    if not scores:
        return None
    best = max(scores, key=lambda unit: scores[unit])
    confidence = min(0.9, scores[best] / (sum(scores.values()) + 1.0))
    evidence = found[best]
    return best, confidence, tuple(word for word, _ in evidence), tuple(sorted({index for _, index in evidence}))
