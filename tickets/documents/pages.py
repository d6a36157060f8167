"""Documents of several sections: case files, bulletins, assessments. Their words; `page_type` sets them in type."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, and a table with a row of titles."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document; `mark` stands at the foot of every page (who had it made, when, its number)."""

    heading: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    mark: str
