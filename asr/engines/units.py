"""The units of a sherpa-onnx model, and how lexicon words are spelt in them."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pypinyin.contrib.tone_convert import to_finals_tone, to_initials

_CODE_BASE = 0x4E00
_FIRST_CODED = 3
"""<blk>, <sos/eos> and <unk> keep their names."""


@dataclass(frozen=True, slots=True)
class UnitTable:
    """Names of the units by their number.

    sherpa-onnx spells hotwords character by character, which would tear `ēng` apart: for pinyin models every unit is
    given one CJK character as its code name, and results are read back through `name_of`.
    """

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

    def code(self, number: int) -> str:
        """Return the code name of a unit."""
        return self.names[number] if number < _FIRST_CODED else chr(_CODE_BASE + number)

    def name_of(self, token: str) -> str:
        """Return the unit behind a token of a result."""
        if not self.is_pinyin or len(token) != 1:
            return token
        number = ord(token) - _CODE_BASE
        return self.names[number] if _FIRST_CODED <= number < len(self.names) else token

    def hotwords(self, readings: Iterable[Sequence[str]]) -> str:
        """Return the hotwords file's text: a line a word, spelt in code names; words with other units are left out."""
        numbers = {name: number for number, name in enumerate(self.names)}
        lines = []
        for reading in readings:
            spelt = [unit for syllable in reading for unit in _units_of(syllable) if unit]
            if len(reading) > 1 and all(unit in numbers for unit in spelt):
                lines.append("".join(self.code(numbers[unit]) for unit in spelt))
        return "\n".join(lines) + "\n" if lines else ""

    @contextmanager
    def files(self, hotwords: str) -> Iterator[tuple[Path, Path]]:
        """Write token table and hotwords where the library can read them while it loads."""
        with tempfile.TemporaryDirectory(prefix="hotline-units-") as name:
            tokens, words = Path(name) / "tokens.txt", Path(name) / "hotwords.txt"
            coded = self.is_pinyin
            lines = [f"{self.code(n) if coded else unit} {n}\n" for n, unit in enumerate(self.names)]
            tokens.write_text("".join(lines), "utf-8")
            words.write_text(hotwords, "utf-8")
            yield tokens, words


def _units_of(syllable: str) -> tuple[str, str]:
    # not strict: y and w count as initials, as in the model's training
    return to_initials(syllable, strict=False), to_finals_tone(syllable, strict=False)
