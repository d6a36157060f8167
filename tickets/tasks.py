"""Tasks: duties that follow from a finding or an order, with a deadline of their own, beside the handling."""

from core.ids import new_id
from tickets import repository
from tickets.base import Change
from tickets.deadlines import due_after
from tickets.duties import DutyKind
from tickets.model import TicketDuty
from tickets.profile_values import Limit


def begin_task(change: Change, kind: DutyKind, limit: Limit, unit_id: str | None = None) -> TicketDuty:
    """Begin a task now; `unit_id`: the unit that owes it, None: the centre.

    Its limit is a number of the product where the text gives none ("及时"), so it is shown and warned of, not assessed.
    """
    due = due_after(limit, change.now, change.time_of)
    row = TicketDuty(
        id=new_id(), ticket_id=change.ticket.id, assignment_id=None, kind=kind, unit_id=unit_id,
        started_at=change.now, due_at=due.at, warn_at=None, next_alert_at=due.at, assessed=False,
        clause=due.clause, basis=due.basis, counting=list(due.counting), provisional=due.provisional, open=True,
    )  # fmt: skip
    change.session.add(row)
    return row


async def open_tasks(change: Change, *kinds: DutyKind) -> list[TicketDuty]:
    """Return the open duties of these kinds."""
    rows = await repository.duties(change.session, [change.ticket.id])
    return [row for row in rows if row.open and row.kind in kinds]
