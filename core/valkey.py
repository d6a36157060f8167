"""What is true only now: the Valkey/Redis client, and the lease that says who is in charge.

Losing the server loses seconds, never a call or a ticket: callers catch `PartUnavailable` and go on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from core.errors import PartUnavailable
from core.settings import ServerSettings

# KEYS: lease, counter. ARGV: holder, milliseconds. The token also follows the server's clock, so that it keeps growing
# when the server lost its memory.
_ACQUIRE = """
local held = redis.call('GET', KEYS[1])
if held then
  local token, holder = string.match(held, '^(%d+):(.*)$')
  if holder ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return tonumber(token)
end
local now = redis.call('TIME')
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('SET', KEYS[2], string.format('%.0f', token))
redis.call('SET', KEYS[1], string.format('%.0f', token) .. ':' .. ARGV[1], 'PX', ARGV[2])
return token
"""
_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


def connect(settings: ServerSettings, password: str) -> Redis:
    """Return a client; it connects at first use and reconnects by itself. Close it with `aclose`."""
    return Redis(
        host=settings.host,
        port=settings.port,
        password=password,
        decode_responses=True,
        socket_connect_timeout=1,
        socket_timeout=2,
        health_check_interval=15,
    )


@contextmanager
def guard() -> Iterator[None]:
    """Turn the client's errors into ours.

    Raises:
        PartUnavailable: the server is away or refuses us.
    """
    try:
        yield
    except AuthenticationError as error:
        raise PartUnavailable("valkey", "口令被拒绝", remedy="修正 secrets.toml 中的 redis_password") from error
    except (RedisError, OSError) as error:
        raise PartUnavailable(
            "valkey", f"无法使用({type(error).__name__})", remedy="确认 Valkey 正在运行(hotline doctor)"
        ) from error


class Lease:
    """The right to be the only one who does a thing, with a fencing token that grows with every new holder.

    Args:
        redis: client of `connect`.
        name: what the right is for, e.g. `engine`.
        holder: id of this process.
        seconds: how long the right holds without `renew`.
    """

    def __init__(self, redis: Redis, name: str, holder: str, seconds: float) -> None:
        self._redis = redis
        self._key, self._counter = f"hotline:lease:{name}", f"hotline:lease:{name}:token"
        self._holder = holder
        self._milliseconds = str(int(seconds * 1000))
        self.token: int | None = None
        """Fencing token while held, as far as we know."""

    async def acquire(self) -> int | None:
        """Take the right; return its token, or None while another holds it.

        Raises:
            PartUnavailable: the server is away.
        """
        token = await self._run(_ACQUIRE, [self._key, self._counter], [self._holder, self._milliseconds])
        self.token = token or None
        return self.token

    async def renew(self) -> bool:
        """Hold on; False when the right was lost, after which nothing may be done in its name.

        Raises:
            PartUnavailable: the server is away; the right ends when its time is over.
        """
        if self.token is None:
            return False
        if not await self._run(_RENEW, [self._key], [self._value, self._milliseconds]):
            self.token = None
        return self.token is not None

    async def release(self) -> None:
        """Give the right back if it is still ours.

        Raises:
            PartUnavailable: the server is away.
        """
        if self.token is not None:
            await self._run(_RELEASE, [self._key], [self._value])
            self.token = None

    @property
    def _value(self) -> str:
        return f"{self.token}:{self._holder}"

    async def _run(self, script: str, keys: list[str], arguments: list[str]) -> int:
        with guard():
            return int(await self._redis.eval(script, len(keys), *keys, *arguments))
