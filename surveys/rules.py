"""Parameters of surveys and callbacks, as the regional profile gives them, and the texts citizens read."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TEXTS = Path(__file__).parent / "texts.toml"


class SurveyRules(BaseModel):
    """What the profile says about asking citizens; the names are those of the profile's `surveys` section."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    acceptance_sms: bool
    coverage_percent: int = Field(ge=0, le=100)
    survey_sms: bool
    survey_sms_answered_directly: bool
    """Whether a ticket answered on the call is asked about by message first; otherwise a person calls at once."""
    answered_directly_too: bool
    first_step: Literal["message", "callback", "sample"]
    """What the regulation orders at closing: a message, a callback of every ticket, or a callback of a sample."""
    after_callback: Literal["ladder", "feedback"]
    """Where a callback leads: up the ladder, or back to the unit as feedback."""
    rework_as: Literal["rework", "unit_verify_and_rectify"]
    no_reply_hours: int = Field(ge=1)
    no_reply_manual: bool
    callback_tries: int = Field(ge=1)
    callback_days: int = Field(ge=1)
    """On how many different days the tries must lie."""
    verify_before_rework: Literal["never", "first", "always"]
    reworks_before_supervision: int = Field(ge=0)
    rework_with_supervision: bool
    """Whether the rework that follows a rework comes together with supervision (FJ-22b)."""
    supervision_enters_ledger: bool
    excluded_not_adopted: tuple[str, ...]
    excluded_no_basis_explained: bool


def tells_acceptance(rules: SurveyRules, round_: int) -> bool:
    """Tell whether a dispatch is told to the citizen: a rework tells nothing new (YC-14b, AMB-12)."""
    return rules.acceptance_sms and not round_


def asks_by_message(rules: SurveyRules, *, answered_directly: bool) -> bool:
    """Tell whether a closed ticket is asked about by message first (JS-11.5a: of tickets that a unit has closed)."""
    return rules.survey_sms and (rules.survey_sms_answered_directly or not answered_directly)


def load_texts(path: Path = TEXTS) -> Mapping[str, str]:
    """Return the message templates by kind."""
    return {kind: str(text) for kind, text in tomllib.loads(path.read_text("utf-8")).items()}
