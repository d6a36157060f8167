"""The rooms' services put together from the settings and the regional profile."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from api.accounts.limits import SignOnLimiter
from api.probes import broker_probe, database_probe, disk_probe, role_probe, valkey_probe
from api.services import Services
from asr.acceptance import AcceptanceLog
from asr.knowledge.service import KnowledgeService
from asr.service import TranscriptService
from core.valkey import connect
from hotline.accounts import local_accounts
from hotline.hotlines import open_directory
from hotline.house import House
from hotline.phones import tell_switch
from hotline.probes import probe_service
from hotline.switch_parts import switch_parts
from hotline.tickets import own_profiles, profile, ticket_service
from hotline.topics import ENGINE_STATE, RECORDER_STATE, SPEECH_STATE
from recordings.retention import RetentionRule
from recordings.service import RecordingService
from routing.figures.service import FigureLog
from routing.plan.service import PlanService
from routing.presence import PresenceStore
from routing.service import AgentDirectory, DecisionLog
from surveys.gateways.file import FileGateway
from surveys.rules import SurveyRules
from surveys.service import SurveyService
from telephony.service import CallRecorder
from telephony.supervision.service import SupervisionLedger


def survey_service(house: House) -> SurveyService:
    """Return the survey service under the profile of the house."""
    rules = profile(house.settings.profile, own_profiles(house.settings))
    return SurveyService(
        house.database,
        house.clock,
        SurveyRules.model_validate(rules.surveys.values()),
        FileGateway(house.settings.sms_dir),
        rules.hotline,
    )


def recording_service(house: House) -> RecordingService:
    """Return the recording service: kept as long as the profile says, and while a ticket of the call is open."""
    tickets = ticket_service(house)
    kept = profile(house.settings.profile, own_profiles(house.settings)).retention.recordings

    async def still_needed(calls: Collection[str]) -> set[str]:
        return {call_id for call_id in calls if await tickets.open_of_call(call_id)}

    return RecordingService(
        house.database,
        house.clock,
        house.settings.recordings_dir,
        RetentionRule(years=kept.amount, clause=kept.clause, basis=kept.basis.value),
        still_needed,
    )


@asynccontextmanager
async def api_services(house: House) -> AsyncIterator[Services]:
    """Open what the routes stand on."""
    valkey = connect(house.settings.redis, house.secrets.redis_password)
    database, clock, bus = house.database, house.clock, house.bus
    try:
        yield Services(
            settings=house.settings,
            clock=clock,
            database=database,
            bus=bus,
            accounts=local_accounts(database, clock, house.secrets, house.settings, SignOnLimiter(clock, valkey)),
            calls=CallRecorder(database, clock, house.settings.spool_dir),
            transcripts=TranscriptService(database, clock),
            agents=AgentDirectory(database, clock),
            presence=PresenceStore(valkey),
            decisions=DecisionLog(database),
            figures=FigureLog(database, clock),
            plan=PlanService(database, clock, lambda: switch_parts(house.settings)),
            supervision=SupervisionLedger(database, clock),
            tickets=ticket_service(house),
            surveys=survey_service(house),
            recordings=recording_service(house),
            probe_calls=probe_service(house),
            hotlines=lambda: open_directory(house.settings),
            phones_changed=lambda: tell_switch(house.settings, house.secrets),
            acceptance=AcceptanceLog(database, clock),
            knowledge=KnowledgeService(database, clock),
            probes={
                "database": database_probe(database),
                "broker": broker_probe(bus),
                "disk": disk_probe(house.settings),
                "valkey": valkey_probe(valkey),
                "switch": role_probe(bus, ENGINE_STATE),
                "recorder": role_probe(bus, RECORDER_STATE),
                "speech": role_probe(bus, SPEECH_STATE),
            },
        )
    finally:
        await valkey.aclose()
