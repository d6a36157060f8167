"""An assignment: beginning one, who may see the ticket then, the running one, and what rules refuse."""

from core.errors import Conflict
from core.ids import new_id
from tickets import repository
from tickets.base import Change
from tickets.duties import DutyKind, SpecialRule
from tickets.events import TICKET_DISPATCHED
from tickets.model import NO_LIMIT, TicketAssignment
from tickets.planning import plan
from tickets.reminding import tell_of_dispatch
from tickets.rules.verdicts import Outcome, Verdict
from tickets.shares import ShareState
from tickets.tasks import begin_task

_CENTRE_LEVEL = 1
_PENDING = ("pending_approval", "needs_override")


async def assign(change: Change, unit_id: str, special: SpecialRule | None = None) -> TicketAssignment:
    """Begin a new assignment with all its limits and tell the others (AMB-12)."""
    ticket = change.ticket
    before = await repository.assignments(change.session, ticket.id)
    work = TicketAssignment(
        id=new_id(), ticket_id=ticket.id, seq=len(before) + 1, round=ticket.round, unit_id=unit_id, kind="lead",
        state=ShareState.WAITING.value, due_at=NO_LIMIT, reminders=0,
        dispatched_at=change.now, special_days=special.days if special else None,
        special_basis=special.basis if special else None, special_clause=special.clause if special else None,
        phone_enquiry_failed=False,
    )  # fmt: skip
    change.session.add(work)
    ticket.unit_id, ticket.assignment_id = unit_id, work.id
    await let_see(change, unit_id)
    await plan(change, work)
    await change.push("dispatched")
    await change.tell(TICKET_DISPATCHED, f"{ticket.id}:{work.seq}")
    await tell_of_dispatch(change, work)
    _owe_telephone(change)
    return work


def _owe_telephone(change: Change) -> None:
    """An urgent matter is told to the unit by telephone too, where text (FJ-14c) or grade (YC-21) order it."""
    urgent, ticket = change.profile.dispatch.urgent, change.ticket
    grade = change.profile.grade(ticket.urgency)
    if urgent and urgent.phone_notice and set(ticket.marks or ()) & set(urgent.marks):
        begin_task(change, DutyKind.PHONE_NOTICE, urgent.alert)
    elif grade and grade.phone_notice:
        begin_task(change, DutyKind.PHONE_NOTICE, grade.phone_notice)


async def let_see(change: Change, unit_id: str) -> None:
    """Let a unit and those above it see the ticket (YC-9.7; the 主管部门 of an enterprise: JS-3b, YC-5)."""
    role, seen = "handling", set[str]()
    waiting: list[str] = [unit_id]
    while waiting:
        current_id = waiting.pop()
        row = None if current_id in seen else await repository.unit(change.session, current_id)
        if row is None:
            continue
        seen.add(current_id)
        await repository.add_party(change.session, change.ticket.id, current_id, role)
        role = "superior"
        waiting += [above for above in (row.parent_id, row.managing_unit_id) if above]
    change.texts_changed = True


async def current(change: Change) -> TicketAssignment:
    """Return the running assignment.

    Raises:
        Conflict: the ticket was never dispatched.
    """
    if change.ticket.assignment_id is None:
        raise Conflict("工单尚未派发", code="ticket_not_dispatched")
    return await repository.assignment(change.session, change.ticket.assignment_id)


def granted(what: str, verdict: Verdict) -> Verdict:
    """Return a verdict that is not a refusal.

    Raises:
        Conflict: it is one (code `<what>_<reason>`).
    """
    if verdict.outcome is Outcome.REFUSED:
        raise Conflict(
            f"{verdict.words}(依据{verdict.clause})",
            code=f"{what}_{verdict.reason}",
            detail={"reason": verdict.reason, "clause": verdict.clause},
        )
    return verdict
