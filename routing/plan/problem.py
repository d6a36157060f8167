"""One thing that speaks against a plan."""

from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where in the document: names of fields and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place, and what to do about it, both for people."""

    path: Path
    reason: str
    remedy: str
