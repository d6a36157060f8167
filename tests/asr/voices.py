"""Twenty matters as two parties speak of them (`dialogues/voices`): forty sentences in real sound files."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

VOICES = Path(__file__).parent / "dialogues" / "voices"
PARTIES = ("caller", "agent")


@dataclass(frozen=True)
class Matter:
    """What both parties of one talk say, and a word of each that nobody else says."""

    name: str
    says: dict[str, str]
    only: dict[str, str]

    @classmethod
    def of(cls, row: dict[str, str]) -> Self:
        """Read a row of the script."""
        return cls(row["name"], {one: row[one] for one in PARTIES}, {one: row[f"{one}_only"] for one in PARTIES})

    def sound(self, party: str) -> Path:
        """Return the file of a party's words (8 kHz, G.711)."""
        return VOICES / f"{self.name}-{party}.wav"


MATTERS = [Matter.of(row) for row in tomllib.loads((VOICES / "script.toml").read_text("utf-8"))["talks"]]
