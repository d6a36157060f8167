"""The account service of an instance; apart from the services of the API, so that commands start without those."""

from datetime import timedelta

from api.accounts.limits import SignOnLimiter
from api.accounts.service import AccountService
from core.clock import Clock
from core.database import Database
from core.secrets import Secrets
from core.settings import Settings


def local_accounts(
    database: Database, clock: Clock, secrets: Secrets, settings: Settings, limiter: SignOnLimiter | None = None
) -> AccountService:
    """Return the account service; without a limiter attempts are counted in this process only."""
    return AccountService(
        database,
        clock,
        token_key=secrets.token_key,
        limiter=limiter or SignOnLimiter(clock),
        token_lifetime=timedelta(minutes=settings.api.token_minutes),
    )
