"""The schema of acceptance files: what an example may say, and plain errors for what it may not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hotline.acceptance.vocabulary import DAYS, EVENTS, EXPECTATIONS, FLAG, NUMBER, NUMBERS, REQUIRED, TEXT, Kind

_FIRST_YEAR, _LAST_YEAR = 1950, 2150
_MOST, _MOST_DAYS = 100_000_000, 3650


def _aware(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError("an instant needs its zone, e.g. 2026-03-02T10:00:00+08:00")
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"an instant lies between {_FIRST_YEAR} and {_LAST_YEAR}")
    return instant


def _words(value: object) -> object:
    """Take a number for words: `clauses: 11.3` is not quoted by everybody."""
    return str(value) if isinstance(value, int | float) else "" if value is None else value


Instant = Annotated[datetime, AfterValidator(_aware)]
Words = Annotated[str, BeforeValidator(_words)]


class Event(BaseModel):
    """What happened, and when; the other fields are those of the vocabulary."""

    model_config = ConfigDict(extra="allow", frozen=True)

    at: Instant
    event: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of this event."""
        return self.__pydantic_extra__ or {}

    @model_validator(mode="after")
    def _in_vocabulary(self) -> Self:
        known = EVENTS.get(self.event)
        if known is None:
            raise ValueError(f"unknown event {self.event!r}")
        for name, value in self.fields.items():
            if name not in known:
                raise ValueError(f"{self.event}: unknown field {name!r}, known are {sorted(known)}")
            _check_value(f"{self.event}.{name}", value, known[name])
        missing = [name for name in REQUIRED.get(self.event, ()) if self.fields.get(name) is None]
        if missing:
            raise ValueError(f"{self.event}: {', '.join(missing)} is missing")
        return self


class Example(BaseModel):
    """One example: events, the instant at which is asked, and what must be shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Words = Field(min_length=1)
    profile: str
    category: Literal["consult", "help", "complaint", "report", "suggestion", "opinion"] | None = None
    topic: Words = ""
    title: Words = ""
    clauses: Words = ""
    basis: Words = ""
    events: tuple[Event, ...] = Field(min_length=1)
    query_at: Instant
    expect: Mapping[str, Any] = Field(min_length=1)
    counting: Any = None
    """How the dates were counted: for people, never compared."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        instants = [event.at for event in self.events]
        if instants != sorted(instants):
            raise ValueError("events: not in time order")
        if instants[-1] > self.query_at:
            raise ValueError("query_at lies before the last event")
        unknown = sorted(set(self.expect) - EXPECTATIONS)
        if unknown:
            raise ValueError(f"expect: unknown keys {unknown}")
        return self


@dataclass(frozen=True, slots=True)
class Fault:
    """An example that is not of the schema; it counts as failed."""

    id: str
    message: str


def _check_value(where: str, value: object, kind: Kind) -> None:
    """Refuse a value of the wrong kind; a closed set of words is given as a frozenset."""
    if isinstance(kind, frozenset):
        if value is not None and not (isinstance(value, str) and value in kind):
            raise ValueError(f"{where}: {value!r} is none of {sorted(kind)}")
        return
    fits = {
        FLAG: isinstance(value, bool),
        NUMBER: _is_count(value, _MOST),
        DAYS: _is_count(value, _MOST_DAYS),
        NUMBERS: isinstance(value, list) and all(month is None or _is_number(month) for month in value),
        TEXT: isinstance(value, str | int | float) and not isinstance(value, bool),
    }
    if value is not None and not fits[kind]:
        raise ValueError(f"{where}: {value!r} is not a {kind}")


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_number(value: object) -> bool:
    """Tell whether a score is finite; figures may be written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False
