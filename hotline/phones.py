"""Which phones the switch knows: one for each active agent, and one on which a citizen can be played."""

import base64
import hmac

from asterisk.phones import Phone
from core import personal
from core.clock import SystemClock
from core.database import Database
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import Settings
from routing.service import AgentDirectory

CITIZEN_NUMBER = "13900000001"
"""Account for a softphone that registers before it dials 12345 (pyVoIP does); unregistered phones need none."""


def citizen_phone(secrets: Secrets) -> Phone:
    """Return the citizen's account; its password follows from the instance's secrets."""
    digest = hmac.digest(secrets.token_key.encode(), b"citizen phone", "sha256")
    return Phone(CITIZEN_NUMBER, base64.urlsafe_b64encode(digest[:18]).decode(), "citizen", "市民话机")


async def phones_of(settings: Settings, secrets: Secrets) -> list[Phone]:
    """Read the agents and return all phones."""
    personal.install_keys(PersonalKeys(secrets.personal_key))
    database = Database(settings.database_url)
    try:
        agents = await AgentDirectory(database, SystemClock()).list()
    finally:
        await database.close()
    return [Phone(agent.number, agent.phone_secret.reveal(), "agent", agent.name) for agent in agents] + [
        citizen_phone(secrets)
    ]
