"""Runs examples and compares: what an example expects is a subset of what the platform shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core.clock import LOCAL
from core.errors import HotlineError
from hotline.acceptance.answers import Answers
from hotline.acceptance.moments import Moments
from hotline.acceptance.schema import Event, Example, Fault
from tickets.calendar import WorkingCalendar
from tickets.deadlines import WorkingTime
from tickets.profile import Profile, load_profile
from tickets.profile_files import PROFILES, names

LOADED_UNTIL = date(2026, 12, 31)
"""Last day of the calendar that the examples are written against (their page, section 2)."""

_UNFIT = (ValueError, ArithmeticError, TypeError, LookupError)
"""What inputs that nobody thought of may raise: their example fails with the reason, the others are run."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected under a key and what was shown, with the counting in words."""

    key: str
    expected: Any
    got: Any
    counting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """How an example ended; it passed when there is neither a problem nor a difference."""

    id: str
    title: str = ""
    problem: str = ""
    differences: tuple[Difference, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.problem and not self.differences


def profiles() -> Mapping[str, Profile]:
    """Return the product's profiles by their short code (JS, CZ …)."""
    loaded = [load_profile(name) for name in names([PROFILES])]
    return {profile.number_prefix: profile for profile in loaded}


def run(examples: Sequence[Example | Fault], last_official: date = LOADED_UNTIL) -> list[Result]:
    """Lead every example through the rules.

    Args:
        examples: what `schema.load` gave.
        last_official: last day of the published calendar; later days give provisional deadlines.
    """
    known, calendar = profiles(), WorkingCalendar(last_official)
    return [
        Result(example.id, problem=example.message) if isinstance(example, Fault) else _one(example, known, calendar)
        for example in examples
    ]


def _one(example: Example, known: Mapping[str, Profile], calendar: WorkingCalendar) -> Result:
    profile = known.get(example.profile)
    if profile is None:
        return Result(example.id, example.title, f"unknown profile {example.profile!r}, known are {sorted(known)}")
    case = Moments(profile, WorkingTime(calendar, profile.business_hours), example.category)
    for event in example.events:
        problem = _led(case, event)
        if problem:
            return Result(example.id, example.title, f"{event.event}: {problem}")
    try:
        answers = Answers(case, example.query_at)
        shown = answers.all()
    except (HotlineError, *_UNFIT) as wrong:
        return Result(example.id, example.title, f"{type(wrong).__name__}: {wrong}")
    differences = [
        Difference(key, expected, shown.get(key), answers.counting.get(key, ()))
        for key, expected in example.expect.items()
        if not _fits(expected, shown.get(key))
    ]
    return Result(example.id, example.title, differences=tuple(differences))


def _led(case: Moments, event: Event) -> str:
    """Lead the ticket through one event; return why that was not possible, or nothing."""
    try:
        getattr(case, f"on_{event.event}")(event)
    except HotlineError as refused:
        return str(refused)
    except KeyError as missing:
        return f"{missing} is missing"
    except _UNFIT as wrong:
        return f"{type(wrong).__name__}: {wrong}"
    return ""


def _fits(expected: Any, got: Any) -> bool:
    """Tell whether `got` is what is expected; a nested map is a subset too."""
    if isinstance(expected, Mapping):
        return isinstance(got, Mapping) and all(_fits(value, got.get(key)) for key, value in expected.items())
    if isinstance(got, Mapping) and isinstance(expected, str):
        return bool(got.get("decision") == expected)  # `access` may be given as one word
    if isinstance(got, datetime):
        return _instant(expected) == got
    return bool(expected == got or (_number(expected) is not None and _number(expected) == _number(got)))


def _number(value: Any) -> Decimal | None:
    """Return a number, or text that is one: the examples write figures as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _instant(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.utcoffset() is not None else None


def words(value: Any) -> str:
    """Return a value as it is printed: instants in local time."""
    return value.astimezone(LOCAL).isoformat() if isinstance(value, datetime) else repr(value)
