"""The application in a process of its own: prints the token of each role, then that it listens."""

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.accounts import passwords
from api.app import create_app
from api.server import serve
from api.services import Services
from core import logs
from core.actors import BOUND_TO_A_UNIT, SYSTEM, Role
from core.database import Base
from core.secrets import Secrets
from core.settings import ApiSettings, ServerSettings, Settings
from hotline.house import open_house
from hotline.services import api_services
from migrations.models import import_models


async def _tokens(services: Services) -> dict[str, str]:
    """Add one account of each role and return their tokens."""
    agent = await services.agents.add(number="8001", name="张敏", actor=SYSTEM)
    links = {
        Role.AGENT: {"agent_id": agent.id},
    }
    unit_id = (await services.tickets.units())[1].id
    links |= {role: {"unit_id": unit_id} for role in BOUND_TO_A_UNIT}
    tokens = {}
    for role in Role:
        if role is not Role.SYSTEM:
            login = role.value.replace("_", "-")
            await services.accounts.add(
                login=login, name="测试", password="Correct-horse-7", role=role, **links.get(role, {})
            )
            tokens[role.value] = (await services.accounts.sign_on(login, "Correct-horse-7", "")).token
    return tokens


async def main(home: Path, port: int, broker_port: int) -> None:
    settings = Settings(home=home, mqtt=ServerSettings(port=broker_port), api=ApiSettings(port=port))
    Secrets.load_or_create(home)
    async with open_house(settings, "api") as house, api_services(house) as services:
        async with house.database.engine.begin() as connection:
            import_models()
            await connection.run_sync(Base.metadata.create_all)
        await services.tickets.seed_units()
        print(json.dumps(await _tokens(services)), flush=True)
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
    logs.setup()
    # many accounts are made and signed on: real argon2 at the least cost
    passwords._hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
