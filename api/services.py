"""What the application is made of: the services of the rooms, put together by `hotline`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.accounts.service import AccountService
from api.health import Probe
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the routes stand on."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    accounts: AccountService
    probes: Mapping[str, Probe] = field(default_factory=dict)
    """What `/readyz` looks at, by part: database, broker, valkey, switch."""
