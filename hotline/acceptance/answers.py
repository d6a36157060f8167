"""What the platform shows for a ticket at an instant, in the words of the examples."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotline.acceptance.course import Work
from hotline.acceptance.moments import Moments
from hotline.acceptance.vocabulary import DUE_KEYS
from surveys.ladder import owed
from tickets.duties import (
    Duty,
    DutyFact,
    DutyKind,
    assignment_duties,
    card,
    handling_limit,
    intake_duties,
    near_due,
    overdue,
    supervision_step,
)
from tickets.lifecycle import TicketState
from tickets.rules.extensions import file_by
from tickets.rules.periods import counted_in
from tickets.rules.routing import dispatching, platform_for
from tickets.rules.supervision import SupervisionFacts, level

_STATES = {
    TicketState.DRAFT: None,
    TicketState.ACCEPTED: "created",
    TicketState.AWAITING_APPROVAL: "created",
    TicketState.APPROVED: "created",
    TicketState.ARCHIVED: "closed",
}
_RESTING = (TicketState.RETURN_PENDING, TicketState.RETURNED, TicketState.ANSWERED, TicketState.CLOSED)
_LEVELS = frozenset({"system", "written", "special", "instruction"})
"""Levels of a ladder that goes by letters; cards have their own key."""


class Answers:
    """The answers of one ticket at `now`; each duty's counting is kept for people."""

    def __init__(self, case: Moments, now: datetime) -> None:
        self._case = case
        self._now = now
        self._duties = self._computed()
        self.counting: dict[str, tuple[str, ...]] = {
            f"{duty.kind}_due": (*duty.due.counting, f"依据{duty.due.clause}") for duty in self._duties
        }

    def all(self) -> dict[str, Any]:
        """Return every key the examples may expect."""
        case = self._case
        return {
            **dict.fromkeys(DUE_KEYS),
            **{f"{duty.kind}_due": duty.due.at for duty in self._duties if _is_limit(duty)},
            **self._handling(),
            **self._shown(),
            **self._asked(),
            "sms": list(case.sms),
            "push": sorted(case.pushes),
            "platform": platform_for(case.profile, case.level),
            "calendar_status": self._calendar_status(),
            **dict.fromkeys(("clause", "reports", "purge_not_before", "retention_basis", "telephony", "metric")),
            **dict.fromkeys(("access", "decided_by", "assigned_unit", "first_unit_must")),
            **self._requests(),
            **case.said,
        }

    def _calendar_status(self) -> str:
        """Tell whether a limit that is shown needs a year whose calendar is not published (AMB-10)."""
        provisional = any(duty.due.provisional for duty in self._duties if _is_limit(duty))
        return "provisional" if provisional else "official"

    def _computed(self) -> list[Duty]:
        case = self._case
        if case.matter is None:
            return []
        owed_by_centre = intake_duties(case.profile, case.matter, case.time_of)
        if case.answered_directly:
            owed_by_centre = []
        if case.work is None:
            return owed_by_centre
        return owed_by_centre + assignment_duties(case.profile, case.work.matter, case.work.facts, case.time_of)

    def _facts(self) -> list[DutyFact]:
        """Return the duties that may be breached; nothing of an assignment that has ended."""
        case, work = self._case, self._case.work
        done: dict[DutyKind, datetime | None] = {
            DutyKind.DISPATCH: case.dispatched_at,
            DutyKind.TRANSFER: case.transferred_at,
        }
        if work:
            done |= _done(work)
        over = work is not None and work.ended
        return [
            DutyFact(duty.kind, duty.due.at, done.get(duty.kind), duty.warn_at, duty.assessed)
            for duty in self._duties
            if duty.kind is not DutyKind.RETURN
            and not (over and duty.kind not in (DutyKind.DISPATCH, DutyKind.TRANSFER))
        ]

    def _handling(self) -> dict[str, Any]:
        case = self._case
        resolve = self._duty(DutyKind.RESOLVE)
        mode = dispatching(case.profile, case.matter) if case.matter else None
        return {
            "state": self._state(),
            "warn_at": resolve.warn_at if resolve else None,
            "extension_file_by": self._file_by(resolve),
            "extension_pending": case.asked_days is not None,
            "dispatch_mode": mode.mode if mode else None,
            "phone_notice": mode.phone_notice if mode else None,
        }

    def _file_by(self, resolve: Duty | None) -> datetime | None:
        case = self._case
        if resolve is None or case.work is None or case.profile.extension.filing == "before_due":
            return None
        limit = handling_limit(case.profile, case.work.matter, case.work.facts.special)
        return file_by(case.profile, resolve.due, case.time_of) if limit and limit.extendable else None

    def _shown(self) -> dict[str, Any]:
        case, facts = self._case, self._facts()
        pending = case.asked_days is not None
        missed = overdue(facts, self._now, extension_pending=pending)
        resting = case.state in _RESTING
        shown = card(case.profile, facts, self._now, resting=resting, extension_pending=pending)
        near = near_due(facts, self._now) and not resting
        reached = level(case.profile, SupervisionFacts(near, frozenset(missed), frozenset(case.happened)))
        by_letter = reached is not None and reached.code in _LEVELS
        asked = supervision_step(case.profile, shown, enquiry_failed=case.enquiry_failed)
        return {
            "overdue": missed,
            "card": shown.value,
            "supervision": reached.code if reached and by_letter else "none",
            "next": self._next(asked),
        }

    def _next(self, asked_by_card: str) -> str:
        case = self._case
        if case.state is TicketState.CLOSED and case.asking:
            asking = case.asking
            return owed(case.rules, asking.state, asking.decided, by_message=asking.by_message)
        return case.next_step if case.next_step not in (None, "none") else asked_by_card

    def _asked(self) -> dict[str, Any]:
        case = self._case
        counted = counted_in(case.closed_at) if case.closed_at else None
        return {
            "ledger": case.in_ledger,
            "excluded": bool(case.asking and case.asking.excluded),
            "counted_in": counted.month if counted else None,
            "counted_year": counted.year if counted else None,
            "published_in": counted.published_in if counted else None,
        }

    def _requests(self) -> dict[str, Any]:
        verdict = self._case.verdict
        return {
            "outcome": verdict.outcome.value if verdict else None,
            "reason": (verdict.reason or None) if verdict else None,
        }

    def _state(self) -> str | None:
        case = self._case
        if case.work and case.work.review_failed and case.state is TicketState.SIGNED:
            return "review_failed"
        return _STATES.get(case.state, case.state.value)

    def _duty(self, kind: DutyKind) -> Duty | None:
        return next((duty for duty in self._duties if duty.kind is kind), None)


def _done(work: Work) -> Mapping[DutyKind, datetime | None]:
    given = [at for at in (work.prelim_at, work.answered_at) if at]
    return {
        DutyKind.SIGN: work.facts.signed_at,
        DutyKind.CONTACT: work.contacted_at,
        # an answer in full makes a preliminary opinion superfluous
        DutyKind.PRELIM: min(given, default=None),
        DutyKind.RESOLVE: work.answered_at,
    }


def _is_limit(duty: Duty) -> bool:
    """Tell whether the instant is a limit of the regulation, not an alert or target of the product."""
    return duty.assessed or duty.kind is DutyKind.RETURN
