"""Regional profiles: the regulation as data, validated when it is loaded.

Every value names its clause and its basis, so that a screen can always say why a deadline is what it is.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from core.errors import PartUnavailable
from tickets.profile_values import BusinessHours, Limit, Ruled, RuledSection, Section

PROFILES = Path(__file__).parent / "profiles"


class Category(Section):
    """A kind of ticket and its handling limit."""

    title: str
    limit: Limit


class Repeated(Section):
    """The limit of matters brought up again and again (YC-14, AMB-11)."""

    calls: int = Field(ge=2)
    must_be_hard: bool
    limit: Limit


class SpecialLimit(RuledSection):
    """Limits set by other rules prevail when they rest on one of these."""

    allowed_bases: tuple[Literal["law", "regulation", "channel"], ...]


class Emergency(Section):
    """Public emergencies: which tickets, and until when they must be transferred by telephone."""

    categories: tuple[str, ...]
    topics: Mapping[str, str]
    transfer: Limit


class Approval(RuledSection):
    """Approval before dispatch (呈批); standing approvals go out at once."""

    required: bool
    standing_categories: tuple[str, ...] = ()
    standing_emergency: bool = False


class Dispatch(Section):
    """The centre's own duty to dispatch; an alert where the text gives no number."""

    alert: Limit | None = None


class Routing(RuledSection):
    """The tiers of the hotline's system."""

    tiers: int = Field(ge=1)
    one_tier_down: bool
    """The centre dispatches to the tier below it only."""


class Sign(Section):
    """Sign-off by the unit; None where the text sets no limit."""

    limit: Limit | None = None


class Returning(RuledSection):
    """Sending a ticket back (退回)."""

    window: Limit | None
    requires: Literal["basis_or_suggestion", "basis_and_suggestion", "reason", "reason_and_basis"]
    signed_first: bool
    effect: Literal["centre_decides", "at_once"]


class Extension(RuledSection):
    """Longer handling on request (延期)."""

    max: Literal["original_limit", "none"]
    times: int = Field(ge=1)
    decided_by: Literal["centre", "unit_leader"]
    filing: Literal["before_due", "half_working_day_before"]


class YellowCard(Section):
    """Near-due warning: how long before the handling limit."""

    before: Limit


class RedCard(RuledSection):
    """Breaches that show red."""

    triggers: tuple[str, ...]


class Cards(Section):
    """Warnings shown on tickets."""

    yellow: YellowCard
    red: RedCard


class Supervision(RuledSection):
    """Triggers and instruments of supervision (督办)."""

    dissatisfied_callbacks: int = Field(ge=1)
    notice_after_failed_phone_enquiry: bool
    instruments: tuple[str, ...]


class Closing(RuledSection):
    """Grounds on which the centre closes a ticket."""

    grounds: Mapping[str, str]


class SurveyParameters(Section):
    """What the surveys room is told; meanings in `surveys.rules.SurveyRules`, which has the same names."""

    acceptance_sms: Ruled[bool]
    coverage_percent: Ruled[int]
    survey_sms: Ruled[bool]
    survey_sms_answered_directly: Ruled[bool]
    answered_directly_too: Ruled[bool]
    no_reply_hours: Ruled[int]
    no_reply_manual: Ruled[bool]
    callback_tries: Ruled[int]
    callback_days: Ruled[int]
    verify_before_rework: Ruled[Literal["never", "first", "always"]]
    reworks_before_supervision: Ruled[int]
    excluded_not_adopted: Ruled[tuple[str, ...]]
    excluded_no_basis_explained: Ruled[bool]

    def values(self) -> dict[str, Any]:
        """Return the plain values by name."""
        return {name: getattr(self, name).value for name in type(self).model_fields}


class Retention(Section):
    """How long records are kept; `case_rules_categories` have no date of their own."""

    recordings: Limit
    unit_archive: Limit
    case_rules_categories: tuple[str, ...] = ()


class Refusal(RuledSection):
    """A ground on which a matter is not accepted, and what the caller is told."""

    code: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: str
    guidance: str = Field(min_length=1)
    needs_supervisor: bool = False


class Profile(Section):
    """One jurisdiction's regulation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    title: str
    hotline: str
    regulation: str
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")]
    business_hours: BusinessHours
    categories: Mapping[str, Category] = Field(min_length=1)
    repeated: Repeated | None = None
    special_limit: SpecialLimit
    emergency: Emergency | None = None
    approval: Approval
    dispatch: Dispatch = Dispatch()
    routing: Routing
    sign: Sign = Sign()
    returning: Returning
    extension: Extension
    cards: Cards | None = None
    supervision: Supervision | None = None
    closing: Closing
    surveys: SurveyParameters
    retention: Retention
    refusals: tuple[Refusal, ...]

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        named = {
            "approval.standing_categories": self.approval.standing_categories,
            "retention.case_rules_categories": self.retention.case_rules_categories,
            "surveys.excluded_not_adopted": self.surveys.excluded_not_adopted.value,
            "emergency.categories": self.emergency.categories if self.emergency else (),
        }
        for where, categories in named.items():
            unknown = sorted(set(categories) - set(self.categories))
            if unknown:
                raise ValueError(f"{where}: unknown categories {unknown}")
        codes = [refusal.code for refusal in self.refusals]
        if len(codes) != len(set(codes)):
            raise ValueError("refusals: a code stands twice")
        return self

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of the contents: the same contents, the same version."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:12]

    def canonical(self) -> str:
        """Return the contents as canonical JSON, from which `Profile.model_validate_json` makes the same profile."""
        data = self.model_dump(mode="json", by_alias=True)
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def refusal(self, code: str) -> Refusal | None:
        """Return the ground with this code; None when the regulation does not list it."""
        return next((refusal for refusal in self.refusals if refusal.code == code), None)


def load_profile(name: str, directory: Path = PROFILES) -> Profile:
    """Read and validate `<directory>/<name>.toml`; `inherits` names a profile whose values are used where it is silent.

    Raises:
        PartUnavailable: the file is missing or a value is wrong; the message names file, place and reason.
    """
    path = directory / f"{name}.toml"
    try:
        return Profile.model_validate(_merged(path, seen=()))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "(整体)"
        raise PartUnavailable("profile", f"{path.name}: {place}: {first['msg']}", remedy=f"修改 {path}") from error


def _merged(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path in seen:
        raise PartUnavailable("profile", f"{path.name}: inherits 形成循环", remedy=f"修改 {path}")
    try:
        own = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(found.stem for found in path.parent.glob("*.toml")))
        raise PartUnavailable("profile", f"没有 {path}", remedy=f"设置 profile 为其中之一:{known}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PartUnavailable("profile", f"{path.name}: {error}", remedy=f"修改 {path}") from error
    parent = own.pop("inherits", None)
    return own if parent is None else _overlay(_merged(path.with_name(f"{parent}.toml"), (*seen, path)), own)


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        # a period or a ruled value is replaced whole: half of one with the clause of another would be a lie
        if isinstance(old, dict) and isinstance(value, dict) and "clause" not in value:
            merged[key] = _overlay(old, value)
        else:
            merged[key] = value
    return merged
