"""The shapes that prefill takes and gives."""

import dataclasses
from dataclasses import dataclass


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
