"""The use cases of tickets, one transaction each, in one object for the wiring and the API."""

from tickets.aftercare import Aftercare
from tickets.approving import UnitApproving
from tickets.assessment.export import AssessmentExport
from tickets.assessment.factors import Evaluating
from tickets.campaigns.service import Campaigning
from tickets.casefile.service import CaseFiling
from tickets.clockwork import Clockwork
from tickets.directives.service import Directing
from tickets.exchange.service import Exchanging
from tickets.exchange.upward import HandingUp
from tickets.exports.service import Exporting
from tickets.extending import Extending
from tickets.faults.service import FaultFinding
from tickets.handling import Handling
from tickets.intake import Intake
from tickets.linking import Linking
from tickets.lists.saved import SavingViews
from tickets.matters import Matters
from tickets.oversight.service import Overseeing
from tickets.people.service import UnitPeople
from tickets.protecting import Protecting
from tickets.reading import Reading
from tickets.reports.service import Reporting
from tickets.sanctions.service import Sanctioning
from tickets.search.service import Searching
from tickets.suggesting import Suggesting
from tickets.supervision.service import Supervising
from tickets.supervision.upward import UpwardTelling
from tickets.teamwork import Teamwork
from tickets.unsolved import Unsolved
from tickets.urgent import Telephoning
from tickets.verifying.service import Verifying


class TicketService(
    Exchanging,
    HandingUp,
    Protecting,
    Intake,
    Linking,
    Handling,
    Extending,
    UnitApproving,
    Telephoning,
    Unsolved,
    Verifying,
    Campaigning,
    Directing,
    FaultFinding,
    Overseeing,
    Teamwork,
    Matters,
    Aftercare,
    Clockwork,
    CaseFiling,
    AssessmentExport,
    Evaluating,
    Exporting,
    Reporting,
    Sanctioning,
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
