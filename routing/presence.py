"""Agents' presence in Valkey, so that a restarted engine seats them again. Its loss costs seconds, never a call."""

from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import wire
from core.errors import InvalidInput
from routing.engine_events import AgentPresence
from routing.events import AgentState

_log = structlog.get_logger(__name__)

KEY = "hotline:routing:presence"
"""Hash: agent id → `AgentPresence` as JSON."""


class PresenceStore:
    """Writes through what the engine knows; no failure reaches the engine.

    Args:
        valkey: client with `decode_responses` on or off.
        key: the hash; one a hotline.
    """

    def __init__(self, valkey: Redis, key: str = KEY) -> None:
        self._valkey = valkey
        self._key = key

    async def save(self, presence: AgentPresence) -> bool:
        """Keep one agent; who is signed off is forgotten. False: Valkey is away, save all when it is back."""
        gone = presence.wants is AgentState.OFFLINE and presence.state is AgentState.OFFLINE
        try:
            if gone:
                await self._valkey.hdel(self._key, presence.agent_id)
            else:
                await self._valkey.hset(self._key, presence.agent_id, wire.dumps(wire.payload_of(presence)))
        except (RedisError, OSError) as error:
            _log.warning("presence_not_kept", error=type(error).__name__)
            return False
        return True

    async def save_all(self, everyone: list[AgentPresence]) -> bool:
        """Make the hash hold exactly these agents, at once. False: Valkey is away."""
        rows: dict[Any, Any] = {
            one.agent_id: wire.dumps(wire.payload_of(one)) for one in everyone if one.wants is not AgentState.OFFLINE
        }
        try:
            async with self._valkey.pipeline(transaction=True) as pipeline:
                pipeline.delete(self._key)
                if rows:
                    pipeline.hset(self._key, mapping=rows)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            _log.warning("presence_not_kept", error=type(error).__name__)
            return False
        return True

    async def load(self) -> tuple[AgentPresence, ...] | None:
        """Return who was there; None: Valkey is away. A row that cannot be read is left out."""
        try:
            rows = await self._valkey.hgetall(self._key)
        except (RedisError, OSError) as error:
            _log.warning("presence_not_read", error=type(error).__name__)
            return None
        found = (_presence(row) for row in rows.values())
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.agent_id))


def _presence(row: str | bytes) -> AgentPresence | None:
    try:
        return wire.read(AgentPresence, wire.loads(row))
    except InvalidInput as error:
        _log.warning("presence_row_unreadable", field=error.field)
        return None
