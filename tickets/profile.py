"""Regional profiles: the regulation as data, validated when it is loaded.

Every value names its clause and its basis, so that a screen can always say why a deadline is what it is.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from core.errors import PartUnavailable
from tickets.profile_files import PROFILES, merged, over_defaults
from tickets.profile_handling import (
    Approval,
    Category,
    Closing,
    ContactDuty,
    Dispatch,
    Emergency,
    Extension,
    MarkedLimit,
    Refusal,
    Repeated,
    Returning,
    Review,
    Routing,
    Service,
    Sign,
    Source,
    SpecialLimit,
)
from tickets.profile_oversight import (
    Access,
    Accountability,
    Assessment,
    Cards,
    Hotlines,
    NearDue,
    Push,
    Reports,
    Retention,
    Supervision,
    SurveyParameters,
    UnclearDuty,
)
from tickets.profile_people import Adoption, Faults, Grade, KeepContact, PeopleRules, UnitApproval, Verifying
from tickets.profile_values import BusinessHours, Section

Urgency = Literal["normal", "important", "urgent", "critical"]

__all__ = ["PROFILES", "Profile", "load_profile", "stored_profile"]


class Profile(Section):
    """One jurisdiction's regulation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    title: str
    hotline: str
    regulation: str
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")]
    level: Annotated[str, Field(pattern=r"^(province|city|county)$")]
    authority: str
    unit_word: str
    inherited_from: str = ""
    """Profile whose values are used where this one is silent; shown beside every deadline that rests on it."""
    service: Service
    people: PeopleRules
    unit_approval: UnitApproval
    verifying: Verifying
    faults: Faults
    keep_contact: KeepContact | None = None
    adoption: Adoption | None = None
    grades: Mapping[Urgency, Grade] = Field(default_factory=dict)
    business_hours: BusinessHours
    categories: Mapping[str, Category] = Field(min_length=1)
    marked: tuple[MarkedLimit, ...] = ()
    repeated: Repeated | None = None
    special_limit: SpecialLimit
    sources: Mapping[str, Source] = Field(default_factory=dict)
    emergency: Emergency | None = None
    approval: Approval
    dispatch: Dispatch
    routing: Routing
    unclear: UnclearDuty
    sign: Sign
    contact: ContactDuty | None = None
    returning: Returning
    extension: Extension
    review: Review
    warning: NearDue | None = None
    cards: Cards | None = None
    supervision: Supervision
    closing: Closing
    surveys: SurveyParameters
    retention: Retention
    assessment: Assessment
    reports: Reports
    accountability: Accountability
    push: Push
    access: Access
    hotlines: Hotlines
    refusals: tuple[Refusal, ...]

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        for where, names, known in self._references():
            unknown = sorted(set(names) - set(known))
            if unknown:
                raise ValueError(f"{where}: unknown {unknown}, known are {sorted(known)}")
        codes = [refusal.code for refusal in self.refusals]
        if len(codes) != len(set(codes)):
            raise ValueError("refusals: a code stands twice")
        return self

    def _references(self) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
        categories = tuple(self.categories)
        yield "approval.standing_categories", self.approval.standing_categories, categories
        yield "retention.case_rules_categories", self.retention.case_rules_categories, categories
        yield "surveys.excluded_not_adopted", self.surveys.excluded_not_adopted.value, categories
        yield "adoption.categories", self.adoption.categories if self.adoption else (), categories
        grounds = tuple(self.closing.grounds)
        yield "keep_contact.grounds", self.keep_contact.grounds if self.keep_contact else (), grounds
        yield "emergency.categories", self.emergency.categories if self.emergency else (), categories
        yield "contact.categories", self.contact.categories if self.contact else (), categories
        for place, stage in enumerate(self.returning.stages):
            yield f"returning.stages.{place}.categories", stage.categories, categories
        for marked in self.marked:
            yield f"marked.{marked.code}.categories", marked.categories, categories
        modes, lines = tuple(self.hotlines.modes), self.hotlines
        yield "hotlines.numbers", [line.mode for line in lines.numbers.values()], modes
        yield "hotlines.kinds", [kind.mode for kind in lines.kinds.values()], modes
        yield "hotlines.unlisted", [lines.unlisted.value] if lines.unlisted.value else (), modes
        yield "special_limit.channel_sources", self.special_limit.channel_sources, tuple(self.sources)

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of the contents: the same contents, the same version."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:12]

    def canonical(self) -> str:
        """Return the contents as canonical JSON, from which `stored_profile` makes the same profile."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def grade(self, urgency: str) -> Grade | None:
        """Return how a grade of urgency is responded to; None: the profile knows no such grade."""
        return next((rules for name, rules in self.grades.items() if name == urgency), None)

    def refusal(self, code: str) -> Refusal | None:
        """Return the ground with this code; None when the regulation does not list it."""
        return next((refusal for refusal in self.refusals if refusal.code == code), None)


def stored_profile(content: str) -> Profile:
    """Read a profile that was kept with tickets (`Profile.canonical`).

    What a later release of the product asks for in addition, it finds in the product's defaults: a ticket is led on
    under the profile that it was born under, also when that one was written before.
    """
    return Profile.model_validate(over_defaults(json.loads(content)))


def load_profile(name: str, directory: Path = PROFILES, own: Path | None = None) -> Profile:
    """Read and validate a profile.

    Args:
        name: file name without `.toml`. `inherits` in it names a profile whose values are used where it is silent.
        directory: the product's profiles.
        own: the operator's directory; a file there goes before the product's of the same name.

    Raises:
        PartUnavailable: the file is missing or a value is wrong; the message names file, place and reason.
    """
    directories = (own, directory) if own else (directory,)
    data, path = merged(name, directories)
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "(整体)"
        raise PartUnavailable("profile", f"{path.name}: {place}: {first['msg']}", remedy=f"修改 {path}") from error
