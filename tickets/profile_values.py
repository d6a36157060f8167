"""The kinds of values a regional profile is made of; each names its clause and its basis."""

from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

T = TypeVar("T")

Clause = Annotated[str, Field(pattern=r"^[A-Z]{2,3}-[0-9A-Za-z.()一二三四五六七八九十—-]+$")]
"""Clause id as the requirements page writes it (`YC-14d`), or the reading that stands in for one (`AMB-03`)."""


class Basis(StrEnum):
    """Where a value comes from."""

    REGULATION = "regulation"
    READING = "reading"
    PRODUCT_DEFAULT = "product_default"


class LimitUnit(StrEnum):
    """How a period is counted."""

    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    NATURAL_HOURS = "natural_hours"
    NATURAL_MINUTES = "natural_minutes"
    SAME_DAY = "same_day"
    CALENDAR_YEARS = "calendar_years"


class StartEvent(StrEnum):
    """The event a period runs from; `due` is used by warnings, which count backwards."""

    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    SIGNED = "signed"
    DUE = "due"
    REQUESTED = "requested"
    ANSWERED = "answered"
    OCCURRED = "occurred"
    """The event that the rule itself is about."""
    DRAFTED = "drafted"
    """The draft of an assessment was shown."""
    RECORDING_ENDED = "recording_ended"
    RESULT_REPORTED = "result_reported"


class Section(BaseModel):
    """A part of a profile: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RuledSection(Section):
    """A part of a profile that one clause governs."""

    clause: Clause
    basis: Basis
    note: str = ""


class Ruled(RuledSection, Generic[T]):
    """One value with its clause and basis."""

    value: T


class Limit(RuledSection):
    """A period: `amount` of `unit`, counted from `start`; `due` counts backwards from a deadline."""

    amount: int = Field(ge=1, le=1000)
    unit: LimitUnit
    start: StartEvent


def _clock_time(value: object) -> object:
    return time.fromisoformat(value) if isinstance(value, str) else value


ClockTime = Annotated[time, BeforeValidator(_clock_time)]


class Season(Section):
    """Business sessions from a day of the year (month-day) until the next season begins."""

    from_: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] = Field(alias="from")
    sessions: tuple[tuple[ClockTime, ClockTime], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        edges = [edge for session in self.sessions for edge in session]
        if edges != sorted(set(edges)):
            raise ValueError("sessions must be in order and must not overlap")
        date.fromisoformat(f"2024-{self.from_}")
        return self


class BusinessHours(RuledSection):
    """When units work (AMB-03)."""

    day_end: Literal["close_of_business", "midnight"]
    seasons: tuple[Season, ...] = Field(min_length=1)
    units: Mapping[str, tuple[Season, ...]] = Field(default_factory=dict)
    """Code of a unit → its own seasons, where they differ."""

    def of_unit(self, code: str) -> Self:
        """Return the hours that unit `code` keeps."""
        own = self.units.get(code)
        return self.model_copy(update={"seasons": own}) if own else self

    def sessions(self, day: date) -> tuple[tuple[time, time], ...]:
        """Return the sessions of a working day, in order."""
        mark = day.strftime("%m-%d")
        begun = [season for season in self.seasons if season.from_ <= mark]
        return max(begun or self.seasons, key=lambda season: season.from_).sessions
