"""The metrics of assessment: formulas, targets, rounding (AMB-23, profiles §15). Pure.

No text gives a formula. Rates are percentages with two decimals, half up; a target is compared before rounding; an
empty denominator is no value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tickets.profile import Profile

_CENT = Decimal("0.01")
_WHOLE = 100

RATES: Mapping[str, tuple[str, str]] = {
    "connect_rate": ("answered", "offered"),
    "internet_channel_provision": ("available", "channels"),
    "on_time_rate": ("on_time", "due"),
    "timely_sign_rate": ("signed_in_time", "dispatched"),
    "return_rate": ("returned", "dispatched"),
    "finish_rate": ("finished", "dispatched"),
    "direct_rate": ("answered_directly", "accepted"),
}
"""Metric → what is counted ÷ out of what."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's value as shown; None: no value. `meets_target`: None where the profile has no target."""

    value: Decimal | None
    meets_target: bool | None
    counted: Fraction
    out_of: Fraction

    @property
    def shown(self) -> str | None:
        """The value with two decimals."""
        return None if self.value is None else str(self.value)


def rate(counted: int, out_of: int, target: Decimal | None = None) -> Figure:
    """Return `counted` ÷ `out_of` in percent."""
    exact = Fraction(counted * _WHOLE, out_of) if out_of > 0 else None
    return _figure(exact, target, Fraction(counted), Fraction(out_of))


def satisfaction(satisfied: int, rated: int, excluded: int = 0, target: Decimal | None = None) -> Figure:
    """Return the share of satisfied among the rated, the excluded (YC-32) left out; unrated ones are not in it."""
    return rate(satisfied, rated - excluded, target)


def annual_score(months: Sequence[Decimal | None], target: Decimal | None = None) -> Figure:
    """Return the mean of the monthly scores (YC-31.3a); a month without value is left out (AMB-24)."""
    known = [Fraction(month) for month in months if month is not None]
    exact = sum(known, Fraction(0)) / len(known) if known else None
    return _figure(exact, target, sum(known, Fraction(0)), Fraction(len(known)))


def measure(profile: Profile, name: str, inputs: Mapping[str, int]) -> Figure:
    """Return metric `name` (a key of `RATES`, or `satisfaction`) from counts, against the profile's target.

    Raises:
        KeyError: the metric or one of its inputs is unknown.
    """
    target = target_of(profile, name)
    if name == "satisfaction":
        return satisfaction(inputs["satisfied"], inputs["rated"], inputs.get("excluded", 0), target)
    counted, out_of = RATES[name]
    return rate(inputs[counted], inputs[out_of], target)


def target_of(profile: Profile, name: str) -> Decimal | None:
    """Return the profile's target for a metric in percent; None: the text sets none."""
    metric = profile.assessment.metrics.get(name)
    return metric.target if metric else None


def _figure(exact: Fraction | None, target: Decimal | None, counted: Fraction, out_of: Fraction) -> Figure:
    if exact is None:
        return Figure(None, None, counted, out_of)
    return Figure(_half_up(exact), None if target is None else exact >= Fraction(target), counted, out_of)


def _half_up(exact: Fraction) -> Decimal:
    # Fractions are exact: a decimal division first would round 0.005 away
    cents = exact * _WHOLE
    whole = (cents.numerator * 2 + cents.denominator) // (cents.denominator * 2)
    return (Decimal(whole) / _WHOLE).quantize(_CENT, ROUND_HALF_UP)
