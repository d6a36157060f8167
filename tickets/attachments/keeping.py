"""How long the files of a ticket are kept: as its papers (YC-6c), counted from the closing."""

from collections.abc import Sequence

from tickets import repository as tickets
from tickets.attachments import repository
from tickets.base import Change
from tickets.model import Ticket
from tickets.rules.archive import unit_archive


async def date_attachments(change: Change) -> None:
    """Give the files of a ticket that is being archived, and of its duplicates, the instant they are erased from.

    A duplicate is never closed or archived itself: its papers belong to the ticket it was merged into.
    """
    closed_at = change.ticket.closed_at or change.now
    for ticket in (change.ticket, *await _duplicates(change)):
        category = ticket.category or change.ticket.category
        kept = unit_archive(change.profile, category, closed_at, change.time_of)
        for row in await repository.of_ticket(change.session, ticket.id):
            row.erase_at, row.erase_clause = kept.not_before, kept.basis


async def _duplicates(change: Change) -> Sequence[Ticket]:
    """Return what was merged into the ticket, and into that."""
    found: list[Ticket] = []
    into = [change.ticket.id]
    while merged := await tickets.merged_into(change.session, into):
        found += merged
        into = [ticket.id for ticket in merged]
    return found
