"""How often one may try to sign on (GB/T 22239-2019 8.1.4.1 b: limit of unlawful attempts).

Counted for the pair of account and address, for the address alone (one machine, many accounts) and for the account
alone (many machines, one account). In Valkey, so that every `api` process counts together; in this process where
Valkey is away.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.clock import Clock
from core.errors import HotlineError

T = TypeVar("T")
log = structlog.get_logger(__name__)

WINDOW = timedelta(minutes=15)
PAIR_LIMIT = 5
ADDRESS_LIMIT = 100
ACCOUNT_LIMIT = 50
_MOST_KEYS = 10_000
_PATIENCE_SECONDS = 0.3
"""A sign-on does not wait longer for Valkey (its client would try again for many seconds)."""
_AWAY_FOR = timedelta(seconds=10)
"""After a failure Valkey is left alone this long."""


class TooManyAttempts(HotlineError):  # noqa: N818 - reads as the sentence "raise TooManyAttempts"
    """The limit of attempts is reached; `detail.retry_after_seconds` tells how long to wait."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after_seconds: int, *, first: bool) -> None:
        minutes = -(-retry_after_seconds // 60)
        super().__init__(f"尝试过于频繁,请 {minutes} 分钟后再试", detail={"retry_after_seconds": retry_after_seconds})
        self.first = first
        """True for the attempt that crossed the limit: it is logged once, not each time."""


class SignOnLimiter:
    """Counts attempts in windows of 15 minutes that begin with the first attempt."""

    def __init__(self, clock: Clock, valkey: Redis | None = None) -> None:
        self._clock = clock
        self._valkey = valkey
        self._away_until = clock.now()
        self._counts: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    async def attempt(self, login: str, address: str) -> None:
        """Count an attempt before the password is looked at.

        Raises:
            TooManyAttempts: this one is over a limit.
        """
        for key, limit in _keys(login, address):
            count, seconds_left = await self._count(key)
            if count > limit:
                raise TooManyAttempts(max(1, seconds_left), first=count == limit + 1)

    async def succeeded(self, login: str, address: str) -> None:
        """Forget the attempts of the pair: the right person came in."""
        (key, _), *_others = _keys(login, address)
        self._counts.pop(key, None)
        await self._in_valkey(lambda valkey: valkey.delete(key))

    async def _count(self, key: str) -> tuple[int, int]:
        return await self._in_valkey(lambda valkey: _count_in_valkey(valkey, key)) or self._count_here(key)

    async def _in_valkey(self, act: Callable[[Redis], Awaitable[T]]) -> T | None:
        """Return what `act` returns; None: Valkey is away, count in this process."""
        if self._valkey is None or self._clock.now() < self._away_until:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await act(self._valkey)
        except (RedisError, OSError, TimeoutError):
            self._away_until = self._clock.now() + _AWAY_FOR
            log.warning("sign_on_limit_in_process", reason="valkey away")
            return None

    def _count_here(self, key: str) -> tuple[int, int]:
        now = self._clock.now()
        count, ends = self._counts.pop(key, (0, now + WINDOW))
        if ends <= now:
            count, ends = 0, now + WINDOW
        self._counts[key] = (count + 1, ends)
        if len(self._counts) > _MOST_KEYS:
            self._counts.popitem(last=False)
        return count + 1, int((ends - now).total_seconds())


async def _count_in_valkey(valkey: Redis, key: str) -> tuple[int, int]:
    async with valkey.pipeline(transaction=True) as pipeline:
        pipeline.incr(key)
        pipeline.expire(key, int(WINDOW.total_seconds()), nx=True)
        pipeline.ttl(key)
        count, _, seconds_left = await pipeline.execute()
    return int(count), int(seconds_left)


def _keys(login: str, address: str) -> tuple[tuple[str, int], ...]:
    """Keys with their limits; hashed, for a name may be a mistyped password and of any length."""
    account = hashlib.sha256(login.encode()).hexdigest()[:32]
    return (
        (f"hotline:sign-on:pair:{account}:{address}", PAIR_LIMIT),
        (f"hotline:sign-on:address:{address}", ADDRESS_LIMIT),
        (f"hotline:sign-on:account:{account}", ACCOUNT_LIMIT),
    )
