"""The use cases of tickets, one transaction each, in one object for the wiring and the API."""

from tickets.aftercare import Aftercare
from tickets.assessment.service import Assessing
from tickets.casefile.service import CaseFiling
from tickets.clockwork import Clockwork
from tickets.exchange.service import Exchanging
from tickets.exports.service import Exporting
from tickets.extending import Extending
from tickets.handling import Handling
from tickets.intake import Intake
from tickets.linking import Linking
from tickets.lists.saved import SavingViews
from tickets.matters import Matters
from tickets.people.service import UnitPeople
from tickets.reading import Reading
from tickets.reports.service import Reporting
from tickets.search.service import Searching
from tickets.suggesting import Suggesting
from tickets.supervision.service import Supervising
from tickets.supervision.upward import UpwardTelling
from tickets.teamwork import Teamwork


class TicketService(
    Exchanging,
    Intake,
    Linking,
    Handling,
    Extending,
    Teamwork,
    Matters,
    Aftercare,
    Clockwork,
    CaseFiling,
    Assessing,
    Exporting,
    Reporting,
    Searching,
    SavingViews,
    Suggesting,
    Supervising,
    UpwardTelling,
    UnitPeople,
    Reading,
):
    """Tickets from the call to the archive.

    Args of the constructor (see `tickets.base.TicketServiceBase`): database, clock, profile (new tickets are born under
    it, old ones keep theirs), calendar (None: the official one), directory of files, upward (whether a platform above
    is told what the profile orders).
    """
