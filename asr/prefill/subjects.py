"""What a matter is about, in three levels (一级/二级/三级), by the words of `subjects.tsv` (edit it for your city)."""

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from asr.prefill.units import UnitWord, unit_of

_FILE = Path(__file__).with_name("subjects.tsv")


@cache
def shipped_subjects() -> tuple[UnitWord, ...]:
    """Return the words of the shipped file, each with its subject's path."""
    rows = csv.DictReader(_FILE.read_text("utf-8").splitlines(), delimiter="\t")
    return tuple(
        UnitWord("/".join((row["level_1"], row["level_2"], row["level_3"])), word, 1.0 + 0.2 * (len(word) - 2))
        for row in rows
        for word in row["words"].split()
    )


def subject_of(texts: Sequence[str]) -> tuple[str, float, tuple[str, ...], tuple[int, ...]] | None:
    """Return (path, confidence, words, indexes of the texts) or None; longer words tell more than short ones."""
    return unit_of(texts, shipped_subjects())
