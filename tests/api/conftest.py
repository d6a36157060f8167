import asyncio
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from redis.asyncio import Redis

from api.accounts import passwords
from api.accounts.limits import SignOnLimiter
from api.accounts.service import AccountService
from api.app import create_app
from api.probes import broker_probe, database_probe, valkey_probe
from api.services import Services
from asr.acceptance import AcceptanceLog
from asr.events import UtteranceHeard
from asr.knowledge.service import KnowledgeService
from core import personal
from core.actors import BOUND_TO_A_UNIT, SYSTEM, Role
from core.bus import Bus
from core.clock import ManualClock
from core.database import Base, Database
from core.ids import new_id
from core.personal import Personal
from core.secrets import Secrets
from core.settings import ServerSettings, Settings
from hotline.house import House
from hotline.parts.process import free_port
from hotline.parts.valkey import Valkey
from hotline.prefilling import transcript_service
from hotline.probes import probe_service
from hotline.services import recording_service, survey_service
from hotline.tickets import profile, ticket_service
from migrations.models import import_models
from routing.figures.service import FigureLog
from routing.model import Agent
from routing.plan.service import PlanService
from routing.presence import PresenceStore
from routing.service import AgentDirectory, DecisionLog
from telephony.events import CallArrived, LegJoined, LegRinging, Party
from telephony.service import CallRecorder
from telephony.supervision.service import SupervisionLedger
from tests.conftest import fresh_database, run_now
from tickets.service import TicketService

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]
PASSWORD = "Correct-horse-7"
START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]


@dataclass(frozen=True)
class Server:
    settings: ServerSettings
    password: str


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = ServerSettings(port=free_port())
    configuration = tmp_path_factory.mktemp("mosquitto") / "mosquitto.conf"
    configuration.write_text(f"listener {settings.port} 127.0.0.1\nallow_anonymous true\nlog_dest none\n")
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto"
    process = subprocess.Popen([program, "-c", configuration])
    yield Server(settings, "any")
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings, password = ServerSettings(port=free_port()), secrets.token_urlsafe(16)
    server = Valkey(settings, password, tmp_path_factory.mktemp("valkey"))
    server.start()
    server.wait_ready()
    yield Server(settings, password)
    server.stop()


@pytest.fixture
async def valkey(valkey_server: Server) -> AsyncIterator[Redis]:
    client = Redis(port=valkey_server.settings.port, password=valkey_server.password)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(autouse=True)
def cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2 at the least cost, except where a test is about the cost."""
    if "takes_as_long" not in request.node.name:
        monkeypatch.setattr(
            passwords, "_hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
        )


@pytest.fixture(autouse=True)
def short_traces() -> Iterator[None]:
    """Logged faults without structlog's pictures of all locals, which take seconds each."""
    structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def settings(tmp_path: Path, broker: Server) -> Settings:
    return Settings(home=tmp_path / "home", mqtt=broker.settings, instance="test")


@pytest.fixture
def keys(settings: Settings) -> Secrets:
    made = Secrets.load_or_create(settings.home)
    personal.install_keys(personal.PersonalKeys(made.personal_key))
    return made


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and units, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "hotline.db"

    async def make() -> None:
        import_models()
        database, clock = Database(f"sqlite+aiosqlite:///{path}"), ManualClock(START)
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await TicketService(database, clock, profile("yichun")).seed_units()
        await database.close()

    run_now(make())
    return path


@pytest.fixture
def database_kind() -> str:
    """Modules about what the database does override it, to run on PostgreSQL too (`BOTH`)."""
    return "sqlite"


@pytest.fixture
async def database(
    request: pytest.FixtureRequest, settings: Settings, keys: Secrets, database_kind: str
) -> AsyncIterator[Database]:
    if database_kind == "sqlite":
        empty: Path = request.getfixturevalue("empty_database")
        shutil.copy(empty, settings.home / "hotline.db")
        opened = Database(settings.database_url)
        yield opened
        await opened.close()
        return
    async with fresh_database(
        request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    ) as opened:
        await TicketService(opened, ManualClock(START), profile("yichun")).seed_units()
        yield opened


@pytest.fixture
async def bus(broker: Server) -> AsyncIterator[Bus]:
    async with Bus(broker.settings, "hotline", broker.password, "test") as opened:
        await opened.wait_connected(5)
        yield opened


@pytest.fixture
def accounts(database: Database, clock: ManualClock) -> AccountService:
    return AccountService(
        database, clock, token_key="t" * 43, limiter=SignOnLimiter(clock), token_lifetime=timedelta(hours=8)
    )


@pytest.fixture
def services(  # noqa: PLR0917 - pytest calls it by name
    settings: Settings,
    keys: Secrets,
    database: Database,
    clock: ManualClock,
    bus: Bus,
    valkey: Redis,
    accounts: AccountService,
    tmp_path: Path,
) -> Services:
    house = House(settings, keys, clock, database, bus)
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        bus=bus,
        accounts=accounts,
        calls=CallRecorder(database, clock, tmp_path / "spool"),
        transcripts=transcript_service(house),
        agents=AgentDirectory(database, clock),
        presence=PresenceStore(valkey),
        decisions=DecisionLog(database),
        figures=FigureLog(database, clock),
        plan=PlanService(database, clock),
        supervision=SupervisionLedger(database, clock),
        acceptance=AcceptanceLog(database, clock),
        knowledge=KnowledgeService(database, clock),
        tickets=ticket_service(house),
        surveys=survey_service(house),
        recordings=recording_service(house),
        probe_calls=probe_service(house),
        probes={
            "database": database_probe(database),
            "broker": broker_probe(bus),
            "valkey": valkey_probe(valkey),
        },
    )


@pytest.fixture
def app(services: Services) -> FastAPI:
    return create_app(services)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as opened:
        yield opened


@pytest.fixture
async def seat(services: Services) -> Agent:
    """Agent 8001."""
    known = await services.agents.by_number("8001")
    return known or await services.agents.add(number="8001", name="张敏", actor=SYSTEM)


@pytest.fixture
def signed_on(services: Services, accounts: AccountService) -> SignOn:
    """Adds an account of the given role, with the links its role needs, and returns the headers of its session."""

    async def add(role: Role, login: str | None = None, **links: Any) -> Headers:
        login = login or f"{role.value.replace('_', '-')}1"
        if role in BOUND_TO_A_UNIT and not links:
            links = {"unit_id": (await services.tickets.units())[1].id}
        if role is Role.AGENT and not links:
            agent = await services.agents.by_number("8001")
            agent = agent or await services.agents.add(number="8001", name="张敏", actor=SYSTEM)
            links = {"agent_id": agent.id}
        await accounts.add(login=login, name="测试", password=PASSWORD, role=role, **links)
        session = await accounts.sign_on(login, PASSWORD, "127.0.0.1")
        return {"Authorization": f"Bearer {session.token}"}

    return add


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Waits until a condition holds; fails when it does not within five seconds."""

    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - a condition of other tasks, not an event
                await asyncio.sleep(0.01)

    return wait


@dataclass(frozen=True)
class TalkedCall:
    """A call of 13900005678 that agent 8001 answered."""

    call_id: str
    caller_leg: str
    agent_leg: str


@pytest.fixture
async def call(services: Services, seat: Agent, clock: ManualClock) -> TalkedCall:
    made = TalkedCall(new_id(), new_id(), new_id())
    at = clock.now()
    phone = Personal("13900005678")
    caller = (made.call_id, made.caller_leg, Party.CALLER)
    agent = (made.call_id, made.agent_leg, Party.AGENT, seat.number)
    for fact in (
        CallArrived(made.call_id, made.caller_leg, "1.1", phone, "12345", "general", at),
        LegRinging(*agent, at),
        LegJoined(*agent, "1.2", at),
        LegJoined(*caller, "", "1.1", at),
    ):
        await services.calls.take(fact)
    words = "我叫王建国,家住袁州区,电话13900005678,路灯坏了三天"
    heard = UtteranceHeard(new_id(), made.call_id, made.caller_leg, "caller", Personal(words), at, at, 0.9)
    await services.transcripts.add(heard)
    return made
