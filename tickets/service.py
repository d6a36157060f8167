"""The use cases of tickets, one transaction each, in one object for the wiring and the API."""

from tickets.aftercare import Aftercare
from tickets.clockwork import Clockwork
from tickets.handling import Handling
from tickets.intake import Intake
from tickets.reading import Reading
from tickets.search.service import Searching


class TicketService(Intake, Handling, Aftercare, Clockwork, Searching, Reading):
    """Tickets from the call to the archive.

    Args of the constructor (see `tickets.base.TicketServiceBase`): database, clock, profile (new tickets are born under
    it, old ones keep theirs), calendar (None: the official one).
    """
