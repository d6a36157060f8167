"""Live push: what the bus tells goes to the desktops that may see it.

One reader of the bus for all clients; a bounded queue a client. A client that does not keep up gets no more partial
transcripts (it is told so once: `behind`), and is dropped with a close code when its queue is full all the same: it
comes back and reads the present state by the routes. Finished utterances are in the database, never only here.
"""

import asyncio
import json
from dataclasses import dataclass, field

import structlog

from api.metrics import Metrics
from core.actors import Actor, Role
from core.bus import Bus

log = structlog.get_logger(__name__)

PATTERN = "hotline/#"
QUEUE_LENGTH = 256
PARTIALS_UNTIL = QUEUE_LENGTH // 2
"""Messages waiting for a client beyond which it gets no more partial transcripts."""
_PREFIX = "hotline"
_SEE_EVERY_CALL = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.INSPECTOR})


@dataclass(eq=False)
class Client:
    """One desktop: who looks, what waits to be sent, and whether it fell behind."""

    actor: Actor
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))
    too_slow: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0
    is_behind: bool = False
    """True while partial transcripts are kept from it."""


class Hub:
    """Reads the bus and fills the queues of the clients."""

    def __init__(self, bus: Bus, metrics: Metrics) -> None:
        self._bus = bus
        self._metrics = metrics
        self._clients: set[Client] = set()
        self._call_of: dict[str, str] = {}

    async def run(self) -> None:
        """Read the bus until cancelled; survives reconnects (`Bus.subscribe`) and messages it does not understand."""
        async for message in self._bus.subscribe(PATTERN):
            try:
                self.tell(message.topic, message.payload)
            except (KeyError, TypeError, ValueError):
                log.warning("live_message_not_understood", topic=message.topic)

    def join(self, client: Client) -> None:
        """Let a client hear from now on."""
        self._clients.add(client)
        self._metrics.live_clients.set(len(self._clients))

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        self._metrics.live_clients.set(len(self._clients))

    def seat(self, agent_id: str, call_id: str | None) -> None:
        """Note which call an agent is in (None: in none)."""
        if call_id is None:
            self._call_of.pop(agent_id, None)
        else:
            self._call_of[agent_id] = call_id

    def tell(self, topic: str, payload: dict[str, object]) -> None:
        """Put a message of the bus in the queue of everyone who may see it."""
        root, *parts = topic.split("/")
        if root != _PREFIX or not parts or parts[0] == "rpc":
            return
        if parts[0] == "agents" and parts[-1] == "state":
            call_id = payload.get("call_id")
            self.seat(parts[1], str(call_id) if call_id else None)
        listeners = [client for client in self._clients if self._may_see(client.actor, parts)]
        body = json.dumps({"topic": "/".join(parts), "payload": payload}, ensure_ascii=False) if listeners else ""
        is_partial = parts[-1] == "transcript" and payload.get("final") is False
        for client in listeners:
            if not (is_partial and self._falls_behind(client)):
                self._put(client, body)

    def _falls_behind(self, client: Client) -> bool:
        """Tell whether a partial is to be kept from a client; say so to it and to the operator when that begins."""
        was_behind, client.is_behind = client.is_behind, client.queue.qsize() >= PARTIALS_UNTIL
        if client.is_behind:
            self._metrics.live_partials_dropped.inc()
        if client.is_behind and not was_behind:
            log.warning("live_client_behind", role=client.actor.role, waiting=client.queue.qsize())
            self._put(client, json.dumps({"topic": "behind", "payload": {"left_out": "partial transcripts"}}))
        return client.is_behind

    def _put(self, client: Client, body: str) -> None:
        client.sent += 1
        try:
            client.queue.put_nowait(f'{{"n":{client.sent},{body[1:]}')
            self._metrics.live_pushed.inc()
        except asyncio.QueueFull:
            self._metrics.live_dropped.inc()
            client.too_slow.set()
            self.leave(client)

    def _may_see(self, actor: Actor, parts: list[str]) -> bool:
        match parts:
            case ["calls", call_id, kind]:
                own = actor.agent_id is not None and self._call_of.get(actor.agent_id) == call_id
                # proposed fields hold names and numbers in clear: for who writes the ticket, nobody else
                return own or (kind != "fields" and actor.role in _SEE_EVERY_CALL)
            case ["agents", agent_id, *_]:
                return actor.agent_id == agent_id or actor.role in _SEE_EVERY_CALL
            case ["queues", *_]:
                return not actor.bound
            case _:
                return False
