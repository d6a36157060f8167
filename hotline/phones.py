"""Which phones the switch knows: one for each active agent, and one on which a citizen can be played."""

import base64
import hmac

from asterisk.instance import AsteriskInstance
from asterisk.phones import Phone
from core import personal
from core.clock import SystemClock
from core.database import Database
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import Settings
from routing.service import AgentDirectory
from telephony.probes import PROBE_NUMBER, probe_numbers

CITIZEN_NUMBER = "13900000001"
"""Account for a softphone that registers before it dials 12345 (pyVoIP does); unregistered phones need none."""


def citizen_phone(secrets: Secrets) -> Phone:
    """Return the citizen's account; its password follows from the instance's secrets."""
    return Phone(CITIZEN_NUMBER, _password(secrets, b"citizen phone"), "citizen", "市民话机")


def probe_phone(secrets: Secrets) -> Phone:
    """Return the account of probe calls."""
    return Phone(PROBE_NUMBER, _password(secrets, b"probe phone"), "probe", "拨测话机")


def is_probe(settings: Settings, number: str) -> bool:
    """Tell whether a caller is a probe: served as any, counted in no figure."""
    return number in probe_numbers(settings)


def _password(secrets: Secrets, of: bytes) -> str:
    digest = hmac.digest(secrets.token_key.encode(), of, "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()


async def phones_of(settings: Settings, secrets: Secrets) -> list[Phone]:
    """Read the agents and return all phones."""
    personal.install_keys(PersonalKeys(secrets.personal_key))
    database = Database(settings.database_url)
    try:
        agents = await AgentDirectory(database, SystemClock()).list()
    finally:
        await database.close()
    return [Phone(agent.number, agent.phone_secret.reveal(), "agent", agent.name) for agent in agents] + [
        citizen_phone(secrets),
        probe_phone(secrets),
    ]


async def tell_switch(settings: Settings, secrets: Secrets) -> None:
    """Let a running switch of ours know the phones that there are now; one elsewhere is told by its own operator."""
    phones = await phones_of(settings, secrets)
    switch = AsteriskInstance(settings, secrets, phones)
    if settings.asterisk.mode == "rootfs" and switch.pid is not None:
        await switch.reload_phones(phones)
