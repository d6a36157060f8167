"""The application in a process of its own, for the test of SIGTERM: prints a token, then that it listens."""

import asyncio
import contextlib
import signal
import sys
from datetime import timedelta
from pathlib import Path

from api.accounts.limits import SignOnLimiter
from api.accounts.service import AccountService
from api.app import create_app
from api.server import serve
from api.services import Services
from asr.service import TranscriptService
from core.actors import Role
from core.clock import SystemClock
from core.database import Base
from core.secrets import Secrets
from core.settings import ApiSettings, ServerSettings, Settings
from core.valkey import connect
from hotline.house import open_house
from hotline.services import recording_service, survey_service
from hotline.tickets import ticket_service
from routing.presence import PresenceStore
from routing.service import AgentDirectory, DecisionLog
from telephony.service import CallRecorder


async def main(home: Path, port: int, broker_port: int) -> None:
    settings = Settings(home=home, mqtt=ServerSettings(port=broker_port), api=ApiSettings(port=port))
    keys = Secrets.load_or_create(home)
    async with open_house(settings, "api") as house:
        async with house.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        clock = SystemClock()
        accounts = AccountService(
            house.database,
            clock,
            token_key=keys.token_key,
            limiter=SignOnLimiter(clock),
            token_lifetime=timedelta(hours=1),
        )
        await accounts.add(login="li", name="李", password="Correct-horse-7", role=Role.SUPERVISOR)
        print((await accounts.sign_on("li", "Correct-horse-7", "")).token, flush=True)
        services = Services(
            settings=settings,
            clock=clock,
            database=house.database,
            bus=house.bus,
            accounts=accounts,
            calls=CallRecorder(house.database, clock, home / "spool"),
            transcripts=TranscriptService(house.database, clock),
            agents=AgentDirectory(house.database, clock),
            presence=PresenceStore(connect(settings.redis, "")),
            decisions=DecisionLog(house.database),
            tickets=ticket_service(house),
            surveys=survey_service(house),
            recordings=recording_service(house),
        )
        serving = asyncio.create_task(serve(create_app(services), settings.api))
        while not serving.done():
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.02)
        print("listening", flush=True)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await serving


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
