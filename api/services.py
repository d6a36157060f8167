"""What the application is made of: the services of the rooms, put together by `hotline`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from api.accounts.service import AccountService
from api.health import Probe
from asr.acceptance import AcceptanceLog
from asr.knowledge.service import KnowledgeService
from asr.service import TranscriptService
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.settings import Settings
from recordings.service import RecordingService
from routing.figures.service import FigureLog
from routing.plan.service import PlanService
from routing.presence import PresenceStore
from routing.service import AgentDirectory, DecisionLog
from surveys.service import SurveyService
from telephony.hotlines.directory import Directory
from telephony.probes.service import ProbeService
from telephony.service import CallRecorder
from telephony.supervision.service import SupervisionLedger
from tickets.service import TicketService


async def _no_switch() -> None:
    """Nobody to be told of phones."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the routes stand on."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    accounts: AccountService
    calls: CallRecorder
    transcripts: TranscriptService
    agents: AgentDirectory
    presence: PresenceStore
    decisions: DecisionLog
    figures: FigureLog
    plan: PlanService
    supervision: SupervisionLedger
    tickets: TicketService
    surveys: SurveyService
    recordings: RecordingService
    probe_calls: ProbeService
    """Probe calls (拨测)."""
    hotlines: Callable[[], Directory] = lambda: Directory(())
    """Reads the directory of hotlines as it is now."""
    phones_changed: Callable[[], Awaitable[None]] = _no_switch
    """Lets a running switch know the phones that there are now."""
    acceptance: AcceptanceLog | None = None
    """What becomes of proposals."""
    knowledge: KnowledgeService | None = None
    """Articles agents answer from."""
    probes: Mapping[str, Probe] = field(default_factory=dict)
    """What `/readyz` looks at, by part: database, broker, valkey, switch (`api.probes` makes them)."""
