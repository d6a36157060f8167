"""How long the files of a ticket are kept: as its papers (YC-6c), counted from the closing."""

from tickets.attachments import repository
from tickets.base import Change
from tickets.rules.archive import unit_archive


async def date_attachments(change: Change) -> None:
    """Give the files of a ticket that is being archived the instant from which they are erased."""
    ticket = change.ticket
    kept = unit_archive(change.profile, ticket.category, ticket.closed_at or change.now, change.time_of)
    for row in await repository.of_ticket(change.session, ticket.id):
        row.erase_at, row.erase_clause = kept.not_before, kept.basis
