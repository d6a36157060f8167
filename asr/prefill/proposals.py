"""The shapes that prefill takes and gives."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Said:
    """One finished utterance; speaker is `caller`, `agent` or `hotline`."""

    utterance_id: str
    speaker: str
    text: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed value for a ticket field, with the utterances and the very words it rests on."""

    field: str
    value: str = dataclasses.field(repr=False)
    confidence: float
    """0 to 1: how often such a proposal is expected to be kept by the agent."""
    utterance_ids: tuple[str, ...]
    words: str = dataclasses.field(repr=False)
    reason: str = dataclasses.field(default="", repr=False)
    """Why, for the agent to read: the clause and guidance of a ground, the title of an article, the earlier matter."""


class Labeller(Protocol):
    """Tells the label of a text; learned from an operator's own tickets."""

    def tell(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return (label, probability) for each text."""
        ...
