"""Sending a ticket back (退回, 退件): is the request well-formed and in time, and when does it take effect. Pure.

The order of the checks is part of the rule: signed first, then contents in the profile's order, then time (AMB-09).
"""

from dataclasses import dataclass
from datetime import datetime

from tickets.deadlines import WorkingTime
from tickets.duties import Assignment, Matter, return_stage, return_window
from tickets.profile import Profile
from tickets.profile_handling import Given, ReturnStage
from tickets.rules.verdicts import Outcome, Verdict

_WORDS: dict[str, str] = {
    "reason": "应说明理由",
    "basis": "应提供依据",
    "suggestion": "应提供办理建议或改派意见",
    "written": "应书面提出",
    "leader_consent": "应经本单位领导同意",
}
_DECISIONS = {
    "approved": Outcome.APPROVED,
    "refused": Outcome.REFUSED,
    "out_of_scope": Outcome.OUT_OF_SCOPE,
}


@dataclass(frozen=True, slots=True)
class ReturnAsked:
    """A request to send a ticket back; the flags say what it holds.

    Attributes:
        hazard_open: a safety hazard was found and has not been made safe (FJ-19c).
    """

    at: datetime
    given: frozenset[str]
    hazard_open: bool = False


def judge_return(
    profile: Profile, matter: Matter, work: Assignment, asked: ReturnAsked, time_of: WorkingTime
) -> Verdict:
    """Judge a return request against the profile's rule; a refused one changes nothing."""
    rule = profile.returning
    if rule.signed_first and work.signed_at is None:
        return Verdict(Outcome.REFUSED, rule.clause, "not_signed", "签收后方可退回")
    stage = return_stage(profile, matter, work)
    if stage is None:
        return Verdict(Outcome.REFUSED, rule.clause, "late", "当前环节不能退回")
    if rule.safe_first and asked.hazard_open:
        return Verdict(Outcome.REFUSED, rule.clause, "hazard_not_made_safe", "涉及安全隐患,应先简易处理确保安全")
    missing = _missing(stage, asked)
    if missing:
        return Verdict(Outcome.REFUSED, rule.clause, f"missing_{missing}", _WORDS[missing])
    window = return_window(profile, matter, work, time_of)
    if window and asked.at > window.at:
        return Verdict(Outcome.REFUSED, rule.clause, "late", "已超过退回时限")
    return Verdict(Outcome.PENDING_APPROVAL if rule.effect == "centre_decides" else Outcome.RETURNED, rule.clause)


def judge_return_decision(profile: Profile, result: str) -> Verdict:
    """Return what the centre's decision (`approved`, `refused`, `out_of_scope`) makes of a pending return."""
    return Verdict(_DECISIONS[result], profile.returning.clause)


def _missing(stage: ReturnStage, asked: ReturnAsked) -> Given | None:
    for needed in stage.all_of:
        if needed not in asked.given:
            return needed
    if stage.any_of and not asked.given & set(stage.any_of):
        return stage.any_of[0]
    return None
