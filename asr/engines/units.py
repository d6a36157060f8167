"""The units of a streaming transducer."""

from dataclasses import dataclass
from pathlib import Path

from asr.pinyin.syllables import is_initial

_FIRST_SOUND = 3
"""<blk>, <sos/eos> and <unk> stand before it."""


@dataclass(frozen=True, slots=True)
class UnitTable:
    """Names of the units by their number."""

    names: tuple[str, ...]

    @classmethod
    def read(cls, tokens: Path) -> "UnitTable":
        """Read `tokens.txt` (lines `unit number`)."""
        pairs = [line.rsplit(maxsplit=1) for line in tokens.read_text("utf-8").splitlines() if line.strip()]
        return cls(tuple(name for name, _ in sorted(pairs, key=lambda pair: int(pair[1]))))

    @property
    def is_pinyin(self) -> bool:
        """True when the units are initials and toned finals."""
        return {"zh", "ch", "sh", "ōng"} <= set(self.names)

    def is_final(self, number: int) -> bool:
        """Tell whether a unit of a pinyin model ends a syllable (`ōng`); Latin capitals do not count."""
        name = self.names[number]
        return number >= _FIRST_SOUND and not is_initial(name) and not (name.isascii() and name.isupper())
