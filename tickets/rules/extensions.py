"""Longer handling on request (延期, 延时): contents, time, length, number, and whose approval counts. Pure.

The order of the checks is part of the rule: extendable, contents in the profile's order, time, length, number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.deadlines import Due, WorkingTime, half_day_before
from tickets.duties import Assignment, Matter, handling_limit, resolve_duty
from tickets.profile import Profile
from tickets.profile_handling import Beyond
from tickets.profile_values import LimitUnit
from tickets.rules.verdicts import Outcome, Verdict

_MISSING = {
    "reason": ("missing_reason", "应说明延期理由"),
    "written": ("not_written", "应书面提出"),
    "leader_consent": ("missing_leader_consent", "应经本单位领导同意"),
}


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """A request for `days` more working days; `given` says what it holds."""

    at: datetime
    days: int
    given: frozenset[str]


def file_by(profile: Profile, due: Due, time_of: WorkingTime) -> datetime:
    """Return the instant up to which an extension may be filed; where it must lie before the deadline, that instant."""
    return due.at if profile.extension.filing == "before_due" else half_day_before(due, time_of)


def judge_extension(
    profile: Profile, matter: Matter, work: Assignment, asked: ExtensionAsked, time_of: WorkingTime
) -> Verdict:
    """Judge an extension request against the profile's rule; a refused one changes nothing."""
    rule = profile.extension
    limit = handling_limit(profile, matter, work.special)
    duty = resolve_duty(profile, matter, work, time_of)
    if limit is None or duty is None or not limit.extendable:
        return _refused(rule.clause, "not_extendable", "该时限不能延期")
    for needed in rule.requires:
        if needed not in asked.given:
            return _refused(rule.clause, *_MISSING[needed])
    latest = file_by(profile, duty.due, time_of)
    if asked.at >= latest if rule.filing == "before_due" else asked.at > latest:
        return _refused(rule.clause, "late", "应在办理时限届满前提出")
    original = limit.limit.amount if limit.limit.unit is LimitUnit.WORKING_DAYS else 0
    past = _past_bounds(profile, asked.days, original, len(work.extensions))
    for reason, words, clause, beyond in past:
        if beyond != "advise":
            return Verdict(_OUTCOME[beyond], clause, reason, words)
    advice = tuple(words for _, words, _, _ in past)
    return Verdict(Outcome.PENDING_APPROVAL if rule.approvers else Outcome.EFFECTIVE, rule.clause, advice=advice)


_OUTCOME: dict[Beyond, Outcome] = {"refuse": Outcome.REFUSED, "override": Outcome.NEEDS_OVERRIDE}


def judge_extension_decision(profile: Profile, *, approved: bool, by: str) -> Verdict:
    """Return what a decision `by` centre, supervisor or superior_unit makes of a pending request (AMB-16)."""
    rule = profile.extension
    if by not in rule.approvers:
        return Verdict(Outcome.NOT_EFFECTIVE, rule.clause, "wrong_approver", "该单位的审批不发生延期效力")
    return Verdict(Outcome.APPROVED if approved else Outcome.REJECTED, rule.clause)


def _past_bounds(profile: Profile, days: int, original: int, granted: int) -> Sequence[tuple[str, str, str, Beyond]]:
    length, times = profile.extension.length, profile.extension.times
    past: list[tuple[str, str, str, Beyond]] = []
    if length.measure == "original_limit" and days > original:
        past.append(("too_long", f"所延期限不得超过原办理时限{original}个工作日", length.clause, length.beyond))
    elif length.days is not None and days > length.days:
        past.append(("exceeds_normal_max", f"一般不超过{length.days}个工作日", length.clause, length.beyond))
    if granted >= times.value:
        past.append(("count_exceeded", f"原则上只能申请延期{times.value}次", times.clause, times.beyond))
    return past


def _refused(clause: str, reason: str, words: str) -> Verdict:
    return Verdict(Outcome.REFUSED, clause, reason, words)
