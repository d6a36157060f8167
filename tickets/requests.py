"""What a unit asks the centre for: a return or an extension; whether the request is well-formed and in time. Pure.

The order of the checks is part of the rule: contents before time, time before length.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tickets.deadlines import Due, WorkingTime, half_day_before
from tickets.profile import Extension, Profile, Returning

_MISSING = {
    "missing_basis": "应提供依据或改派意见",
    "missing_reason": "应说明理由",
    "missing_suggestion": "应提供改派意见",
}


class Outcome(StrEnum):
    """What becomes of a request."""

    PENDING_APPROVAL = "pending_approval"
    NEEDS_OVERRIDE = "needs_override"
    REFUSED = "refused"
    EFFECTIVE = "effective"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome, machine-readable reason, Chinese explanation, and the clause."""

    outcome: Outcome
    clause: str
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReturnAsked:
    """A request to send a ticket back."""

    at: datetime
    signed: bool
    reason: bool = False
    basis: bool = False
    suggestion: bool = False


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """A request for more time: `days` working days, `granted` extensions before it."""

    at: datetime
    days: int
    reason: bool
    granted: int


def judge_return(rule: Returning, asked: ReturnAsked, window: Due | None) -> Verdict:
    """Judge a return request against the profile's rule."""
    if rule.signed_first and not asked.signed:
        return Verdict(Outcome.REFUSED, rule.clause, "not_signed", "签收后方可退回")
    missing = _missing(rule, asked)
    if missing:
        words = {
            "missing_basis": "应提供依据或改派意见",
            "missing_reason": "应说明理由",
            "missing_suggestion": "应提供改派意见",
        }
        return Verdict(Outcome.REFUSED, rule.clause, missing, words[missing])
    if window and asked.at > window.at:
        return Verdict(Outcome.REFUSED, rule.clause, "late", "已超过退回时限")
    return Verdict(Outcome.PENDING_APPROVAL if rule.effect == "centre_decides" else Outcome.RETURNED, rule.clause)


def _missing(rule: Returning, asked: ReturnAsked) -> str:
    match rule.requires:
        case "basis_or_suggestion":
            return "" if asked.basis or asked.suggestion else "missing_basis"
        case "basis_and_suggestion":
            return "missing_basis" if not asked.basis else "" if asked.suggestion else "missing_suggestion"
        case "reason":
            return "" if asked.reason else "missing_reason"
        case "reason_and_basis":
            return "missing_basis" if not asked.basis else "" if asked.reason else "missing_reason"


def judge_extension(
    profile: Profile, asked: ExtensionAsked, due: Due, original_amount: int, time_of: WorkingTime
) -> Verdict:
    """Judge an extension request; `original_amount` is the ticket's own limit in working days (AMB-17)."""
    rule = profile.extension
    if not asked.reason:
        return Verdict(Outcome.REFUSED, rule.clause, "missing_reason", "应说明延期理由")
    if _is_late(rule, asked.at, due, time_of):
        return Verdict(Outcome.REFUSED, rule.clause, "late", "应在工单到期前提出")
    if rule.max == "original_limit" and asked.days > original_amount:
        words = f"所延期限不得超过原办理时限{original_amount}个工作日"
        return Verdict(Outcome.REFUSED, rule.clause, "too_long", words)
    if asked.granted >= rule.times:
        return Verdict(Outcome.NEEDS_OVERRIDE, rule.clause, "count_exceeded", f"原则上只能申请延期{rule.times}次")
    return Verdict(Outcome.PENDING_APPROVAL if rule.decided_by == "centre" else Outcome.EFFECTIVE, rule.clause)


def _is_late(rule: Extension, at: datetime, due: Due, time_of: WorkingTime) -> bool:
    return at >= due.at if rule.filing == "before_due" else at > half_day_before(due, time_of)
