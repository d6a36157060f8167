"""An act on one ticket: who, on which, having seen which version. One dependency for all such routes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Response

from api.identity import ServicesOf
from api.operations import permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets import Ticket
from api.versions import SeenVersion, judged, tag
from core.actors import Actor
from tickets.service import TicketService

ERRORS = (404, 409, 412)
"""What an act on a ticket may be answered with: unknown or not theirs, not in this state, changed meanwhile."""


@dataclass(frozen=True, slots=True)
class OnTicket:
    """What every act on a ticket is given.

    Attributes:
        version: the version the asker saw (`If-Match`); None: not said.
    """

    tickets: TicketService
    actor: Actor
    ticket_id: str
    version: int | None
    response: Response

    async def shown(self) -> Ticket:
        """Return the ticket as the actor sees it now, its version in the ETag."""
        return await shown(self.tickets, self.ticket_id, self.actor, self.response)


async def shown(tickets: TicketService, ticket_id: str, actor: Actor, response: Response) -> Ticket:
    """Return a ticket as `actor` sees it, its version in the ETag."""
    view = await tickets.get(ticket_id, actor)
    response.headers["ETag"] = tag(view.version)
    return Ticket.model_validate(view)


def on_ticket(act: Act) -> Any:
    """Return the dependency for routes that do `act` on a ticket; a version that has changed is answered with 412."""

    async def given(
        services: ServicesOf,
        actor: Annotated[Actor, permitted(act)],
        ticket_id: Identifier,
        version: SeenVersion,
        response: Response,
    ) -> AsyncIterator[OnTicket]:
        with judged():
            yield OnTicket(services.tickets, actor, ticket_id, version, response)

    return Depends(given)
