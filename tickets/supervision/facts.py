"""What the ladder of supervision must know of a ticket, read from its rows and its ledger. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.deadlines import WorkingTime, due_after
from tickets.duties import DutyFact, DutyKind, near_due, overdue
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import Ticket, TicketAssignment, TicketDuty, TicketEventRow
from tickets.profile import Profile
from tickets.profile_oversight import Trigger
from tickets.rules.supervision import Counts, SupervisionFacts, consecutive_send_backs

OF_PEOPLE: tuple[Trigger, ...] = (
    "letter_ignored", "instruction", "could_but_does_not", "duty_unclear", "shirking", "result_untrue", "dissatisfied",
)  # fmt: skip
"""Triggers that only a person can find; the others follow from duties, enquiries and callbacks."""
_RESTING = (TicketState.RETURN_PENDING, TicketState.RETURNED, TicketState.ANSWERED, TicketState.CLOSED)
_HANDED_IN = frozenset({TicketState.ANSWERED, TicketState.CLOSED, TicketState.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of one ticket."""

    ticket: Ticket
    work: TicketAssignment | None
    duties: Sequence[TicketDuty]
    events: Sequence[TicketEventRow]
    extension_pending: bool = False

    def of(self, event: TicketEvent) -> list[TicketEventRow]:
        """Return the entries of one kind, oldest first."""
        return [row for row in self.events if row.event == event]


def supervision_facts(profile: Profile, known: Known, now: datetime, time_of: WorkingTime) -> SupervisionFacts:
    """Return what the ladder must know at `now`."""
    facts = _duty_facts(known)
    near = near_due(facts, now) and TicketState(known.ticket.state) not in _RESTING
    missed = frozenset(overdue(facts, now, extension_pending=known.extension_pending))
    return SupervisionFacts(near, missed, _happened(profile, known, now, time_of))


def counts(known: Known, now: datetime) -> Counts:
    """Return what is counted for accountability (JS-28.3, YC-36)."""
    returned = known.of(TicketEvent.RETURN_EFFECTIVE) + known.of(TicketEvent.RETURN_APPROVED)
    reviews = [row.event == TicketEvent.CLOSED for row in known.events if row.event in _REVIEWS]
    asked = known.of(TicketEvent.EXTENSION_ASKED) + known.of(TicketEvent.EXTENSION_FILED)
    return Counts(
        returns=len(returned),
        reminders=known.work.reminders if known.work else 0,
        consecutive_send_backs=consecutive_send_backs(reviews),
        calls=known.ticket.repeat_calls,
        overdue=DutyKind.RESOLVE in overdue(_duty_facts(known), now, extension_pending=known.extension_pending),
        reason_reported=bool(asked),
        solved=TicketState(known.ticket.state) in _HANDED_IN,
    )


_REVIEWS = (TicketEvent.SENT_BACK, TicketEvent.CLOSED)


def hazard_open(events: Sequence[TicketEventRow]) -> bool:
    """Tell whether a safety hazard was found and nobody has made it safe since (FJ-19c)."""
    marks = [row.event for row in events if row.event in (TicketEvent.HAZARD_FOUND, TicketEvent.MADE_SAFE)]
    return bool(marks) and marks[-1] == TicketEvent.HAZARD_FOUND


def _duty_facts(known: Known) -> list[DutyFact]:
    return [
        DutyFact(DutyKind(row.kind), row.due_at, row.done_at, row.warn_at, row.assessed)
        for row in known.duties
        if (row.open or row.done_at) and row.kind != DutyKind.RETURN and _is_current(known, row)
    ]


def _is_current(known: Known, row: TicketDuty) -> bool:
    return row.assignment_id is None or (known.work is not None and row.assignment_id == known.work.id)


def _happened(profile: Profile, known: Known, now: datetime, time_of: WorkingTime) -> frozenset[Trigger]:
    found: set[Trigger] = {
        trigger for row in known.of(TicketEvent.FACT_NOTED) for trigger in OF_PEOPLE if row.data.get("fact") == trigger
    }
    if known.work is not None and known.work.phone_enquiry_failed:
        found.add("phone_enquiry_failed")
    entered = {row.data.get("step") for row in known.of(TicketEvent.SUPERVISED)}
    if any(step.code in entered for step in profile.supervision.ladder if step.trigger == "dissatisfied_after_rework"):
        found.add("dissatisfied_after_rework")
    if _letter_ignored(profile, known, now, time_of):
        found.add("letter_ignored")
    return frozenset(found)


def _letter_ignored(profile: Profile, known: Known, now: datetime, time_of: WorkingTime) -> bool:
    """A letter stayed without effect longer than the profile has patience (CZ-三(四)3)."""
    patience, work = profile.supervision.letter_patience, known.work
    if patience is None or work is None or work.answered_at is not None:
        return False
    letters = [row.at for row in known.of(TicketEvent.NOTICE_ISSUED) if row.at >= work.dispatched_at]
    return bool(letters) and now > due_after(patience, letters[0], time_of).at
